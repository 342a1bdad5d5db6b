import { parseJson } from '../json.ts'
import type { LogRecord } from '../record.ts'
import { estimateSize } from '../size.ts'

/** An event on its way to people. */
export class LiveEvent {
  /** How many came before it, since the process began, and itself. */
  readonly sequence: number
  readonly topic: string
  /** Bytes that it counts for. */
  readonly size: number
  #record: LogRecord | undefined
  #line: string | undefined

  constructor(sequence: number, record: LogRecord, topic: string) {
    this.sequence = sequence
    this.topic = topic
    this.size = estimateSize(record)
    this.#record = record
  }

  /** The record that was given; later, one that is read again. */
  get record(): LogRecord {
    return this.#record ?? (parseJson(this.line) as LogRecord)
  }

  /** As JSON, made once for all who get it. Empty where it has none: a filter before it made a cycle, say. */
  get line(): string {
    this.#line ??= lineOf(this.#record!)
    return this.#line
  }

  /**
   * Everybody who is there has seen it. Where it goes on to somebody who may change it, it is kept as it is now.
   * @param goesOn whether it does
   */
  settle(goesOn: boolean): void {
    const line = goesOn ? this.line : this.#line
    if (line) this.#record = undefined
  }
}

function lineOf(record: LogRecord): string {
  try {
    return JSON.stringify(record)
  } catch {
    return ''
  }
}
