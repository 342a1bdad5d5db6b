// The three daemons under the soak, joined by acknowledged links, each as a supervisor would keep it.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ipcEndpoint, temporary } from '../support/folder.ts'
import { packageFolder } from '../support/package.ts'
import { kernelDrops } from '../support/proc.ts'
import { eventually, Program } from '../support/program.ts'
import type { DaemonName, Strike } from './plan.ts'
import { INDEX } from './stored.ts'

/** What the sink may leave with: 75 says that it gave back what it had not stored yet. */
const ORDERLY = [0, 75]
const PATIENCE = 180_000

/** One daemon, whatever became of the processes that it was. */
export class Soaked {
  readonly name: DaemonName
  readonly #args: readonly string[]
  readonly #ended: (error: Error) => void
  #program: Program
  /** Counts its starts. */
  life = 0
  /** performance.now() since when the present life is ready; undefined while it is not. */
  readyAt: number | undefined

  /** @param ended is told when it ends without being struck */
  constructor(name: DaemonName, args: readonly string[], ended: (error: Error) => void) {
    this.name = name
    this.#args = args
    this.#ended = ended
    this.#program = this.#start()
  }

  get pid(): number {
    return this.#program.pid
  }

  get program(): Program {
    return this.#program
  }

  async ready(): Promise<void> {
    await this.#program.ready()
    this.readyAt = this.#program.readyAt
  }

  async restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const code = await this.stop(signal)
    if (signal === 'SIGTERM' && !ORDERLY.includes(code ?? -1))
      throw new Error(`${this.name} ended with ${code} after SIGTERM: ${this.#program.stderr.slice(-2000)}`)
    this.#program = this.#start()
    await this.ready()
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.readyAt = undefined
    this.#program.child.kill(signal)
    return this.#program.exited
  }

  #start(): Program {
    this.life++
    const program = new Program(`sluice-${this.name}`, this.#args, {
      home: packageFolder(),
      env: { SLUICE_LOG_LEVEL: 'info' },
    })
    program.exited.then(code => {
      if (this.readyAt !== undefined && this.#program === program)
        this.#ended(new Error(`${this.name} ended by itself with ${code}: ${program.stderr.slice(-2000)}`))
    })
    return program
  }
}

export class Chain {
  readonly daemons: readonly Soaked[]

  /**
   * @param url of the Elasticsearch that it writes to, into an index an hour
   * @param ended is told when a daemon ends by itself
   */
  constructor(url: string, ended: (error: Error) => void) {
    const [raw, parsed] = [`ack+${ipcEndpoint()}`, `ack+${ipcEndpoint()}`]
    const listen = ['--listen', '127.0.0.1:0', '--spool', temporary('spool')]
    this.daemons = [
      new Soaked('syslog-udp', [...listen, '--push-connect', raw], ended),
      new Soaked('syslog-json', ['--pull-bind', raw, '--push-connect', parsed], ended),
      new Soaked('elasticsearch', ['--pull-bind', parsed, '--node', url, '--index', INDEX], ended),
    ]
  }

  async ready(): Promise<void> {
    for (const daemon of this.daemons) await daemon.ready()
  }

  get port(): number {
    return this.daemons[0]!.program.port()
  }

  /** Datagrams that never came to the first daemon. */
  get kernelDropped(): number {
    return kernelDrops(this.port)
  }

  /** How often each was started. */
  get lives(): string {
    return this.daemons.map(({ name, life }) => `${name} ${life}`).join(', ')
  }

  async strike({ daemon, signal }: Strike): Promise<void> {
    await this.daemons.find(({ name }) => name === daemon)!.restart(signal)
  }

  /** Records that are in the spool. */
  async spooled(): Promise<number> {
    const { stages } = await this.daemons[0]!.program.status()
    return stages[0]!.spool?.records ?? 0
  }

  /** Waits until no daemon holds anything; false when it does not come to that. */
  async drained(): Promise<boolean> {
    return eventually(async () => {
      const all = await Promise.all(this.daemons.map(({ program }) => program.status()))
      const held = all.reduce((sum, { stages }) => sum + stages[0]!.books.held, 0)
      return held === 0 && (await this.spooled()) === 0
    }, PATIENCE)
  }

  /** What `sluice ledger` says of the three, and whether its verdict is that all is accounted for. */
  async ledger(): Promise<{ balanced: boolean; summary: string }> {
    const sockets = this.daemons.map(({ program }) => program.socket)
    const command = join(packageFolder(), 'bin/sluice')
    const run = promisify(execFile)(command, ['ledger', '--json', ...sockets])
    const { stdout } = await run.catch((error: Error & { stdout: string }) => error)
    const { verdict, summary } = JSON.parse(stdout) as { verdict: string; summary: string }
    return { balanced: verdict === 'balanced', summary }
  }

  async stop(): Promise<void> {
    for (const daemon of this.daemons) await daemon.stop('SIGTERM')
  }
}
