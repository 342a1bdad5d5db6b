import type { Acceptance, LogRecord } from '../../lib/index.ts'

/** What becomes of a record: itself, changed or not, or nothing. */
export type Step = (record: LogRecord) => LogRecord | undefined

/** What steps are given when the daemon is opened. */
export interface Tools {
  drop(record: LogRecord, reason: string, after?: Acceptance): undefined
  acceptance(): Acceptance
  count(counter: 'forgottenKeys'): void
  /** A field could not be set: it stays as it was. */
  failed(step: string, error: unknown): void
  /** The key for hashes. */
  key: Buffer | undefined
  /** Keys that a step remembers at most. */
  remember: number
}

/** A step that was understood. `n` is its place among those of the same kind, from 0. */
export type Make = (tools: Tools, n: number) => Step
