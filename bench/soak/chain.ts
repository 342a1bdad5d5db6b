// The three daemons under the soak, joined by acknowledged links.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ipcEndpoint, temporary } from '../support/folder.ts'
import { packageFolder } from '../support/package.ts'
import { kernelDrops } from '../support/proc.ts'
import { eventually } from '../support/program.ts'
import { type Keeping, Soaked } from './daemon.ts'
import type { Strike } from './plan.ts'
import { INDEX } from './stored.ts'

const PATIENCE = 180_000

export class Chain {
  readonly daemons: readonly Soaked[]

  /** @param url of the Elasticsearch that it writes to, into an index an hour */
  constructor(url: string, keeping: Keeping) {
    const [raw, parsed] = [`ack+${ipcEndpoint()}`, `ack+${ipcEndpoint()}`]
    const listen = ['--listen', '127.0.0.1:0', '--spool', temporary('spool')]
    this.daemons = [
      new Soaked('syslog-udp', [...listen, '--push-connect', raw], keeping),
      new Soaked('syslog-json', ['--pull-bind', raw, '--push-connect', parsed], keeping),
      new Soaked('elasticsearch', ['--pull-bind', parsed, '--node', url, '--index', INDEX], keeping),
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
