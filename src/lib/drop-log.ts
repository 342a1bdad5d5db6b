import type { Logger } from 'pino'

/** Milliseconds in which drops are told of once. */
const ONCE_IN = 60_000

/** Tells the log of records that are dropped: at once, then once a minute, and at the end. */
export class DropLog {
  readonly #log: Logger
  readonly #why: () => readonly string[]
  #records = 0
  #timer: NodeJS.Timeout | undefined

  /** @param why what is waited for at the moment */
  constructor(log: Logger, why: () => Iterable<string>) {
    this.#log = log
    this.#why = () => [...why()]
  }

  note(records: number): void {
    this.#records += records
    if (!this.#timer) this.#tell()
  }

  close(): void {
    clearTimeout(this.#timer)
    if (this.#records > 0) this.#write()
  }

  #tell(): void {
    this.#write()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#records > 0) this.#tell()
    }, ONCE_IN).unref()
  }

  #write(): void {
    const reasons = ['no room for them', ...this.#why()].join('; ')
    this.#log.warn({ records: this.#records }, `records were dropped, as --when-full says: ${reasons}`)
    this.#records = 0
  }
}
