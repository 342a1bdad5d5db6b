import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type RunOptions, Sluice, type Status } from '../support/process.ts'

/** A daemon under a supervisor: killed, it is started again with the same flags and folders. */
export class Service {
  readonly name: string
  readonly folder: string
  readonly #t: TestContext
  readonly #args: readonly string[]
  readonly #options: RunOptions
  #run: Sluice
  starts = 1

  /** @param program in bin/ */
  constructor(t: TestContext, program: string, args: readonly string[], options: RunOptions = {}) {
    this.name = program
    this.folder = mkdtempSync(join(tmpdir(), 'sluice-service-'))
    t.after(() => rmSync(this.folder, { recursive: true, force: true }))
    this.#t = t
    this.#args = args
    const places = { RUNTIME_DIRECTORY: this.folder, STATE_DIRECTORY: this.folder }
    this.#options = {
      ...options,
      cwd: this.folder,
      env: { ...places, ...options.env },
    }
    this.#run = this.#start()
  }

  get run(): Sluice {
    return this.#run
  }

  /** Ready for the first time, so that others find it. */
  async ready(): Promise<this> {
    await this.#run.ready()
    return this
  }

  /** SIGKILL, and a new start at once. */
  async kill(): Promise<void> {
    await this.#run.stop('SIGKILL')
    this.restart()
  }

  restart(env: NodeJS.ProcessEnv = {}): void {
    this.starts++
    this.#run = this.#start(env)
  }

  async stop(): Promise<number | null> {
    return this.#run.stop()
  }

  status(): Promise<Status> {
    return this.#run.status()
  }

  #start(env: NodeJS.ProcessEnv = {}): Sluice {
    return new Sluice(this.#t, this.name, this.#args, {
      ...this.#options,
      env: { ...this.#options.env, ...env },
    })
  }
}
