import type { Readable, Writable } from 'node:stream'
import type { Logger } from 'pino'
import type { AdminHandler } from '../admin/handler.ts'
import type { StagePlan } from '../stage/plan.ts'
import type { HandedSockets } from '../systemd/sockets.ts'
import type { Window } from '../transport/link.ts'

/** What the stages of a process share. */
export interface Surface {
  /** The name of the process; a single daemon's stage has the same. */
  name: string
  log: Logger
  /** Whose standard streams the links may use. */
  host: { readonly stdin: Readable; readonly stdout: Writable }
  env: NodeJS.ProcessEnv
  /** What systemd has handed over. */
  sockets: HandedSockets
  /** The state folder, which is there after the call. */
  stateFolder(): Promise<string>
  /** Its first stage: whom all others take from. */
  first: StagePlan
  /** Aborted when the process gives up. */
  signal: AbortSignal
  /** Ends the process with exit code 70. */
  fatal(error: unknown): void
  /** Called when nothing can ever go out any more: there is nothing to wait for. */
  gone(reason: string): void
  /** What each tells of the bytes that a sender may have under way towards this process: undefined, where nothing bounds it. */
  windows: Set<() => Window | undefined>
  /** What each tells of its records on disk, as soon as its spool is open. */
  spools: Set<() => number>
  /** What daemons answer on the admin faces, by path. */
  admin: Map<string, AdminHandler>
  /** Called on SIGHUP. */
  reloads: Set<() => void | Promise<void>>
  /** Called when what a stage waits for has changed. */
  changed(): void
}
