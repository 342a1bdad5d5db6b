import { estimateSize } from '../batch.ts'
import type { Token } from '../daemon.ts'
import { Fatal } from '../errors.ts'
import type { LogRecord } from '../record.ts'
import { dealReceipt, type Receipt } from './receipt.ts'
import type { Work } from './work.ts'

/** How much a filter may hold back, and for how long (milliseconds). */
export interface HoldLimits {
  records: number
  bytes: number
  timeout: number
}

interface Held extends Token {
  work: Work
  bytes: number
  since: number
}

/**
 * The records that a filter keeps back. None is acknowledged before what it was joined into is: a line kept in
 * memory and acknowledged would be a lost line.
 */
export class Holds {
  readonly #limits: HoldLimits
  readonly #flush: (tokens: readonly Token[]) => void
  // In the order in which they were held: the first is the oldest.
  readonly #held = new Set<Held>()
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(limits: HoldLimits, flush: (tokens: readonly Token[]) => void) {
    this.#limits = limits
    this.#flush = flush
  }

  hold(record: LogRecord, work: Work): Token {
    const held = { record, work, bytes: estimateSize(record), since: Date.now() }
    this.#held.add(held)
    this.#bytes += held.bytes
    work.begin()
    work.dispose(record)
    this.#timer ??= setTimeout(() => this.#expire(), this.#limits.timeout)
    return held
  }

  /** After each record: the oldest go as long as there is more than may be held. */
  bound(): void {
    while (this.#held.size > this.#limits.records || this.#bytes > this.#limits.bytes) {
      this.#release([...this.#held.values().take(1)])
    }
  }

  /**
   * Releases tokens: the receipt of what they were joined into, once known, is dealt to the batches they came
   * in, in the order of the tokens.
   */
  join(tokens: readonly Token[], outputs: number, receipt: Promise<Receipt>): void {
    const held = tokens.map(token => this.#take(token))
    receipt.then(
      sent => {
        const whole = { ...sent, ...shrunk(held.length, outputs, sent) }
        const parts = dealReceipt(
          whole,
          held.map(() => 1),
        )
        held.forEach((one, n) => {
          one.work.end(parts[n]!)
        })
      },
      error => {
        for (const one of held) one.work.fail(error)
      },
    )
  }

  /** At the end: everything. */
  flushAll(): void {
    if (this.#held.size > 0) this.#release([...this.#held])
  }

  #take(token: Token): Held {
    const held = token as Held
    if (!this.#held.delete(held)) throw new Fatal('join: a token was used twice')
    this.#bytes -= held.bytes
    return held
  }

  #expire(): void {
    const limit = Date.now() - this.#limits.timeout
    this.#timer = undefined
    const old = [...this.#held].filter(held => held.since <= limit)
    if (old.length > 0) this.#release(old)
    const oldest = this.#held.values().next().value
    if (oldest) {
      const wait = Math.max(1, oldest.since + this.#limits.timeout - Date.now())
      this.#timer ??= setTimeout(() => this.#expire(), wait)
    }
  }

  #release(tokens: readonly Held[]): void {
    this.#flush(tokens)
    if (tokens.some(held => this.#held.has(held)))
      throw new Fatal('flush: returned without joining its tokens')
  }
}

/** What the joining itself did: `tokens` records came, `outputs` went. */
function shrunk(tokens: number, outputs: number, sent: Receipt): Receipt {
  if (outputs === 0) return { 'dropped:joined': tokens }
  if (outputs < tokens) return { merged: (sent.merged ?? 0) + tokens - outputs }
  return { made: (sent.made ?? 0) + outputs - tokens }
}
