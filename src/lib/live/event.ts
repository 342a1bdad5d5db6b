import type { LogRecord } from '../record.ts'
import { estimateSize } from '../size.ts'

/** An event on its way to people. */
export class LiveEvent {
  /** How many came before it, since the process began, and itself. */
  readonly sequence: number
  readonly record: LogRecord
  readonly topic: string
  /** Bytes that it counts for. */
  readonly size: number
  #line: string | undefined

  constructor(sequence: number, record: LogRecord, topic: string) {
    this.sequence = sequence
    this.record = record
    this.topic = topic
    this.size = estimateSize(record)
  }

  /** As JSON, made once for all who get it. Empty where it has none: a filter before it made a cycle, say. */
  get line(): string {
    this.#line ??= lineOf(this.record)
    return this.#line
  }
}

function lineOf(record: LogRecord): string {
  try {
    return JSON.stringify(record)
  } catch {
    return ''
  }
}
