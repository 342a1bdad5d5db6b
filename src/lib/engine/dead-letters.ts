import { inspect } from 'node:util'
import { Backoff } from '../backoff.ts'
import { Batch } from '../batch.ts'
import { Fatal, messageOf } from '../errors.ts'
import { checkDepth } from '../json.ts'
import { createRecord, type Dead, isMeta, type LogRecord, type Meta } from '../record.ts'
import { estimateSize } from '../size.ts'
import type { Outgoing } from './target.ts'

/** Bytes, about, of a write: what has piled up before a file that was full must fit into the next one. */
const PORTION = 2 ** 20

interface Letter {
  record: LogRecord
  size: number
  written: PromiseWithResolvers<void>
}

/** How it is told that they cannot be opened, and until when to try. */
export interface Patience {
  waitingFor(reason: string | undefined): void
  /** Aborted when the process gives up. */
  signal: AbortSignal
}

/** Refused records, kept with the reason, durable before anybody is told that they were accepted. */
export class DeadLetters {
  readonly #open: () => Promise<Outgoing>
  readonly #patience: Patience | undefined
  readonly #kept: ((dead: Dead) => void) | undefined
  #link: Outgoing | undefined
  readonly #waiting: Letter[] = []
  #writing = false

  /**
   * Opened at the first dead letter: most daemons never need one. Without patience, once for each.
   * @param kept told of each that is durable
   */
  constructor(open: () => Promise<Outgoing>, patience?: Patience, kept?: (dead: Dead) => void) {
    this.#open = open
    this.#patience = patience
    this.#kept = kept
  }

  /** Settles when the record is durable; as long as it cannot be, whoever waits for it waits. */
  write(record: LogRecord, stage: string, reason: string, detail?: string): Promise<void> {
    const dead = {
      reason,
      ...(detail !== undefined && { detail }),
      stage,
      attempts: replaysOf(record) + 1,
      at: new Date().toISOString(),
    }
    return this.#add(letterOf(record, dead))
  }

  /** A letter that found no place elsewhere: it says already why it is one. What does not say it is written with this reason. */
  keep(letter: LogRecord, stage: string, reason: string, detail?: string): Promise<void> {
    const isLetter = letter['@meta'].dead !== undefined
    return isLetter ? this.#add(letter) : this.write(letter, stage, reason, detail)
  }

  #add(record: LogRecord): Promise<void> {
    const written = Promise.withResolvers<void>()
    this.#waiting.push({ record, size: estimateSize(record), written })
    if (!this.#writing) this.#writeAll()
    return written.promise
  }

  /** One write at a time: what is refused meanwhile goes into the next one together. */
  async #writeAll(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const letters = this.#waiting.splice(0, portionOf(this.#waiting))
      const { batch } = Batch.fromRecords(letters.map(letter => letter.record)).encode(
        Number.POSITIVE_INFINITY,
      )
      try {
        this.#link ??= await this.#openLink()
        await this.#link.accept(batch)
        for (const { record, written } of letters) {
          this.#kept?.(record['@meta'].dead!)
          written.resolve()
        }
      } catch (error) {
        for (const { written } of letters) written.reject(error)
      }
    }
    this.#writing = false
  }

  async #openLink(): Promise<Outgoing> {
    for (const backoff = new Backoff(); ; ) {
      try {
        const link = await this.#open()
        this.#patience?.waitingFor(undefined)
        return link
      } catch (error) {
        if (!this.#patience || error instanceof Fatal) throw error
        this.#patience.waitingFor(`cannot open the dead letters: ${messageOf(error)}`)
        await backoff.wait(this.#patience.signal)
      }
    }
  }
}

/** How many go together: at least one. */
function portionOf(letters: readonly Letter[]): number {
  let size = letters[0]!.size
  let count = 1
  for (; count < letters.length; count++) {
    size += letters[count]!.size
    if (size > PORTION) break
  }
  return count
}

/** How often it was sent in again. A filter may have made anything of it. */
function replaysOf(record: LogRecord): number {
  const meta = record?.['@meta']
  return (isMeta(meta) ? meta.replays : undefined) ?? 0
}

/** The record with the reason. What cannot be written as JSON (a filter made a cycle, say) is a text instead. */
function letterOf(record: LogRecord, dead: Dead): LogRecord {
  let json: string | undefined
  try {
    const letter = { ...record, '@meta': { ...record['@meta'], dead } }
    json = JSON.stringify(letter)
    if (json === undefined) throw new TypeError('it has no JSON')
    checkDepth(json)
    return letter
  } catch (error) {
    const meta = record?.['@meta']
    const { id, received, peer, bytes, replays } = (isMeta(meta) ? meta : {}) as Meta
    return createRecord({ id, received, peer, bytes, replays, dead } as Meta, {
      message: json ?? describe(record),
      unwritable: messageOf(error),
    })
  }
}

function describe(record: LogRecord): string {
  return inspect(record, { depth: 8, maxStringLength: null, maxArrayLength: null, customInspect: false })
}
