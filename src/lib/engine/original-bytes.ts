import type { LogRecord } from '../record.ts'
import { withoutBytes } from './identify.ts'

/** What a filter took out of a message must not still be there in the bytes that the message came in. */
export class OriginalBytes {
  /** The messages of those records of a batch that have such bytes, before the filter had them. */
  readonly #messages = new Map<LogRecord, unknown>()

  note(records: readonly LogRecord[]): void {
    for (const one of records) if (one['@meta'].bytes !== undefined) this.#messages.set(one, one.message)
  }

  /** What became of a record, with its bytes only where they are still what it says. */
  check(outputs: LogRecord[], origin: LogRecord): LogRecord[] {
    if (!this.#messages.has(origin)) return outputs
    const message = this.#messages.get(origin)
    return outputs.map(one => (one.message === message ? one : withoutBytes(one)))
  }

  clear(): void {
    this.#messages.clear()
  }
}
