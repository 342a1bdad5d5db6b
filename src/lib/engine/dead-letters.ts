import { inspect } from 'node:util'
import { Batch } from '../batch.ts'
import { messageOf } from '../errors.ts'
import { createRecord, type LogRecord } from '../record.ts'
import type { Outgoing } from './outlet.ts'

interface Letter {
  record: LogRecord
  written: PromiseWithResolvers<void>
}

/** Refused records, kept with the reason, durable before anybody is told that they were accepted. */
export class DeadLetters {
  readonly #open: () => Promise<Outgoing>
  #link: Promise<Outgoing> | undefined
  #waiting: Letter[] = []
  #writing = false

  /** Opened at the first dead letter: most daemons never need one. */
  constructor(open: () => Promise<Outgoing>) {
    this.#open = open
  }

  /** Settles when the record is durable; as long as it cannot be, whoever waits for it waits. */
  write(record: LogRecord, stage: string, reason: string, detail?: string, attempts = 1): Promise<void> {
    const dead = {
      reason,
      ...(detail !== undefined && { detail }),
      stage,
      attempts,
      at: new Date().toISOString(),
    }
    const written = Promise.withResolvers<void>()
    this.#waiting.push({ record: { ...writable(record), '@meta': { ...record['@meta'], dead } }, written })
    if (!this.#writing) this.#writeAll()
    return written.promise
  }

  /** One write at a time: what is refused meanwhile goes into the next one together. */
  async #writeAll(): Promise<void> {
    this.#writing = true
    try {
      this.#link ??= this.#open()
      const link = await this.#link
      while (this.#waiting.length > 0) {
        const letters = this.#waiting
        this.#waiting = []
        await deliver(letters, link)
      }
    } catch (error) {
      for (const { written } of this.#waiting) written.reject(error)
    } finally {
      this.#writing = false
    }
  }
}

async function deliver(letters: readonly Letter[], link: Outgoing): Promise<void> {
  try {
    const { batch } = Batch.fromRecords(letters.map(letter => letter.record)).encode(Number.POSITIVE_INFINITY)
    await link.accept(batch)
    for (const { written } of letters) written.resolve()
  } catch (error) {
    for (const { written } of letters) written.reject(error)
  }
}

/** What cannot be written as JSON (a filter made a cycle, a BigInt) is kept as a description of itself. */
function writable(record: LogRecord): LogRecord {
  try {
    JSON.stringify(record)
    return record
  } catch (error) {
    const message = inspect(record, { depth: 8, maxStringLength: null, maxArrayLength: null })
    return createRecord(record['@meta'], { message, unwritable: messageOf(error) })
  }
}
