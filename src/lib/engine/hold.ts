import type { Token } from '../daemon.ts'
import { Fatal } from '../errors.ts'
import type { LogRecord } from '../record.ts'
import { estimateSize } from '../size.ts'
import type { Part } from './outputs.ts'
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
  readonly #fatal: (error: unknown) => void
  // In the order in which they were held: the first is the oldest.
  readonly #held = new Set<Held>()
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  /**
   * @param flush joins what the tokens stand for
   * @param fatal told when it does not: what is held could then never be acknowledged
   */
  constructor(
    limits: HoldLimits,
    flush: (tokens: readonly Token[]) => void,
    fatal: (error: unknown) => void,
  ) {
    this.#limits = limits
    this.#flush = flush
    this.#fatal = fatal
  }

  hold(record: LogRecord, work: Work): Token {
    const held = { record, work, bytes: estimateSize(record), since: Date.now() }
    this.#held.add(held)
    this.#bytes += held.bytes
    work.begin()
    this.#expireIn(this.#limits.timeout)
    return held
  }

  /** After each record: the oldest go as long as there is more than may be held. */
  bound(): void {
    while (this.#held.size > this.#limits.records || this.#bytes > this.#limits.bytes) {
      if (!this.#giveUp([...this.#held.values().take(1)])) return
    }
  }

  /**
   * Releases tokens that were joined into so many records. The receipt of these, once known, is dealt to the batches
   * that the tokens came in, in the order of the tokens.
   */
  release(tokens: readonly Token[], outputs: number): Part {
    const held = tokens.map(token => this.#take(token))
    return {
      count: outputs,
      end(sent) {
        // One that was only held back: most are, where any line may begin something.
        if (held.length === 1 && outputs === 1) return held[0]!.work.end(sent)
        const whole = { ...sent, ...shrunk(held.length, outputs, sent) }
        const parts = dealReceipt(
          whole,
          held.map(() => 1),
        )
        held.forEach((one, n) => {
          one.work.end(parts[n]!)
        })
      },
      fail(error) {
        for (const one of held) one.work.fail(error)
      },
    }
  }

  /** At the end: everything. */
  flushAll(): void {
    if (this.#held.size > 0) this.#giveUp([...this.#held])
  }

  #take(token: Token): Held {
    const held = token as Held
    if (!this.#held.delete(held)) throw new Fatal('join: a token was used twice')
    this.#bytes -= held.bytes
    return held
  }

  #expire(): void {
    this.#timer = undefined
    const now = Date.now()
    const left = (held: Held) => held.since + this.#limits.timeout - now
    // Held longer than the timeout, or since a moment that the clock, set back, has not reached yet.
    const old = [...this.#held].filter(held => left(held) <= 0 || held.since > now)
    if (old.length > 0 && !this.#giveUp(old)) return
    const oldest = this.#held.values().next().value
    if (oldest) this.#expireIn(Math.max(1, left(oldest)))
  }

  /** Not a reason for the process to stay: at the end everything is flushed. */
  #expireIn(milliseconds: number): void {
    this.#timer ??= setTimeout(() => this.#expire(), milliseconds).unref()
  }

  /** False when the filter failed to join them: then nothing is true any more. */
  #giveUp(tokens: readonly Held[]): boolean {
    try {
      this.#flush(tokens)
      if (!tokens.some(held => this.#held.has(held))) return true
      throw new Fatal('flush: returned without joining its tokens')
    } catch (error) {
      this.#fatal(error)
      return false
    }
  }
}

/** What the joining itself did: `tokens` records came, `outputs` went. */
function shrunk(tokens: number, outputs: number, sent: Receipt): Receipt {
  if (outputs === 0) return { 'dropped:joined': tokens }
  if (outputs < tokens) return { merged: (sent.merged ?? 0) + tokens - outputs }
  if (outputs > tokens) return { made: (sent.made ?? 0) + outputs - tokens }
  return {}
}
