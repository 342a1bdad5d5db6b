import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { type Redis, type RedisOptions, startRedis } from '../servers/redis.ts'
import { freePort } from '../support/port.ts'

/** What it has written in a long test it has to read again; milliseconds. */
const PATIENCE = 120_000

/** A Redis with a port and files of its own, which dies and comes back there. */
export class LivingRedis {
  readonly port: number
  readonly data: string
  #options: RedisOptions
  #redis: Redis | undefined

  private constructor(port: number, data: string, options: RedisOptions) {
    this.port = port
    this.data = data
    this.#options = options
  }

  /** Undefined where there is none: then the test is skipped. */
  static async open(t: TestContext, options: RedisOptions = {}): Promise<LivingRedis | undefined> {
    let data = options.data
    if (data === undefined) {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-redis-data-'))
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      data = folder
    }
    const living = new LivingRedis(await freePort(), data, options)
    if (!(await orSkip(t, () => living.start()))) return undefined
    t.after(async () => {
      living.signal('SIGCONT')
      await living.#redis?.stop()
    })
    return living
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** As it is now. */
  get redis(): Redis {
    return this.#redis!
  }

  async start(config: RedisOptions['config'] = {}): Promise<Redis> {
    const { port, data } = this
    const all = { ...this.#options.config, ...config }
    this.#redis = await startRedis({ timeout: PATIENCE, ...this.#options, port, data, config: all })
    return this.#redis
  }

  /** SIGKILL; its files stay. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#redis!.stop()
  }

  signal(name: NodeJS.Signals): void {
    try {
      process.kill(this.#redis!.pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
