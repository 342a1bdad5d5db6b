import type { Readable, Writable } from 'node:stream'
import type { Logger } from 'pino'
import type { Batch } from '../batch.ts'
import { type Endpoint, formatEndpoint } from '../endpoint.ts'
import type { Outgoing, Target } from '../engine/target.ts'
import type { Reader } from '../reader.ts'
import type { LogRecord } from '../record.ts'

/** What `/status` and `/metrics` say of a link. */
export interface LinkStatus {
  endpoint: string
  direction: 'pull' | 'push'
  mode: 'bind' | 'connect'
  /** Of which output of the stage it is; absent where it is its push side. */
  output?: string
  /** Connected now; absent where there is no such thing. */
  peers?: number
  batches: number
  bytes: number
  records: number
  /** Of a bound link: how often somebody was refused. With keys: who came in, by name. */
  refused?: number
  /** Of one that is published at: to how much somebody has subscribed, records that nobody wanted, and how often one did not keep up. */
  subscriptions?: number
  unwanted?: number
  slow?: number
  senders?: { [name: string]: { admitted: number; records: number } }
}

/** What senders may have under way here. */
export interface Window {
  /** Bytes, of each of them. */
  credit: number
  /** Whether one of them has so much under way that it has to wait. */
  isUsedUp(): boolean
}

/** Brings batches in, from one endpoint or from several. */
export interface PullLink {
  readonly statuses: readonly LinkStatus[]
  /** Feeds the target until the input ends or `stop` is called. */
  run(target: Target): Promise<void>
  /** Reads no more. */
  stop(): void
  /** Undefined where nothing is known of that. */
  window?(): Window | undefined
  close(): Promise<void>
}

/** Takes batches out, to one endpoint or to one of several. */
export interface PushLink extends Outgoing {
  readonly statuses: readonly LinkStatus[]
  /** What the transport still has in hand gets so many milliseconds to leave. */
  close(grace: number): Promise<void>
}

/** What a link is given by its stage. */
export interface LinkContext {
  log: Logger
  reader: Reader
  /** Largest frame, in bytes, that is sent or taken. */
  maxMessage: number
  /** Bytes that the stage may hold (`--buffer`). */
  buffer: number
  /** What a text output writes of a record; without it, its message. */
  template?: ((record: LogRecord) => string) | undefined
  /** Settles when the refused record is durable as a dead letter. */
  refuse(record: LogRecord, reason: string, detail?: string): Promise<void>
  host: { readonly stdin: Readable; readonly stdout: Writable }
  /** Names what is waited for; undefined takes it back. */
  waitingFor(reason: string | undefined): void
  /** Aborted when the process gives up. */
  signal: AbortSignal
  /** On SIGHUP, reads again what may have changed on disk. A throw is logged. */
  onReload(reload: () => void): void
  /** Ends the process with exit code 70, for what fails when nobody waits for it. */
  fatal(error: unknown): void
  /** Says that nothing will ever go through this link again: then the process has nothing to wait for. */
  gone(reason: string): void
}

export function linkStatus(endpoint: Endpoint): LinkStatus {
  const { direction, mode } = endpoint
  return { endpoint: formatEndpoint(endpoint), direction, mode, batches: 0, bytes: 0, records: 0 }
}

/** Enters a batch that came or went. */
export function countBatch(status: LinkStatus, batch: Batch): void {
  status.batches++
  status.bytes += batch.size
  status.records += batch.count
}

/** Lets a link be stopped while it waits. Promise.race with one long promise would leak something at every batch. */
export class Stop {
  #requested = false
  #wake: (() => void) | undefined

  get requested(): boolean {
    return this.#requested
  }

  request(): void {
    this.#requested = true
    this.#wake?.()
  }

  /** Settles with the promise, or as soon as the stop is requested. */
  async interrupts(room: Promise<void>): Promise<void> {
    if (this.#requested) return
    await new Promise<void>(resolve => {
      this.#wake = resolve
      room.then(resolve)
    })
    this.#wake = undefined
  }
}

/**
 * Hands one batch over, after there is room. Nobody upstream of a plain link asks what became of it, and what
 * was not accepted at shutdown shows in the stage's books.
 */
export async function hand(batch: Batch, target: Target, status: LinkStatus, stop: Stop): Promise<void> {
  const room = target.room()
  if (room) await stop.interrupts(room)
  countBatch(status, batch)
  target.accept(batch).catch(() => {})
}
