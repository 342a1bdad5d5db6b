import type { LogRecord } from '../record.ts'
import type { OutputTarget } from './output.ts'
import type { Work } from './work.ts'

/** What a filter puts into its outputs of the batch at hand, beside its push side. */
export class Elsewhere {
  readonly #records = new Map<OutputTarget, LogRecord[]>()

  add(output: OutputTarget, record: LogRecord): void {
    const records = this.#records.get(output)
    if (records) records.push(record)
    else this.#records.set(output, [record])
  }

  /**
   * Sends all of it, as pieces of this work.
   *
   * @param size bytes of the batch that came in
   */
  send(work: Work, size: number): void {
    if (this.#records.size === 0) return
    for (const [output, records] of this.#records) {
      const { end, fail } = work.sent()
      output.accept(records, size).then(end, fail)
    }
    this.#records.clear()
  }
}
