import { accounted, addReceipt, type Receipt } from './receipt.ts'

/** Records that were taken together, and when (epoch milliseconds). */
export interface Entry {
  records: number
  since: number
}

// Weight of the newest batch in the running average of latencies.
const NEWEST = 0.1
/** Milliseconds after which a latency says nothing of now any more. */
const FRESH = 10_000

/**
 * What a stage took in and what became of it. They balance at any moment:
 * in + made = stored + sent + duplicate + dead + merged + dropped + held.
 */
export class Books {
  #taken = 0
  #held = 0
  #latency: number | undefined
  #measured = 0
  readonly #rate = new Rate()
  readonly #outcomes: Receipt = {}
  #idle: PromiseWithResolvers<void> | undefined

  /** Enters records that came in. */
  take(records: number): Entry {
    const since = Date.now()
    this.#taken += records
    this.#held += records
    this.#rate.add(records, since)
    return { records, since }
  }

  /**
   * Enters what becomes of them. (Here, and not in the function that took them: V8 keeps all that a function which waits has
   * in its hands, and records that outlive the next scavenge cost a third of a chain's CPU.)
   */
  async entered(entry: Entry, receipt: Promise<Receipt>): Promise<Receipt> {
    const settled = await receipt
    this.settle(entry, settled)
    return settled
  }

  /** Enters what became of them. */
  settle({ records, since }: Entry, receipt: Receipt): void {
    // The clock may have stepped back.
    const now = Date.now()
    const latency = Math.max(0, now - since)
    const before = this.latency
    this.#latency = before === undefined ? latency : before + NEWEST * (latency - before)
    this.#measured = now
    this.#held -= records
    addReceipt(this.#outcomes, receipt)
    if (this.#held === 0) {
      this.#idle?.resolve()
      this.#idle = undefined
    }
  }

  get taken(): number {
    return this.#taken
  }

  /** Records that are neither stored, sent, nor given up. */
  get held(): number {
    return this.#held
  }

  get outcomes(): Readonly<Receipt> {
    return this.#outcomes
  }

  /** Records a second, over the last ten seconds. */
  get rate(): number {
    return this.#rate.read(Date.now())
  }

  /** Milliseconds from taking to acceptance, a running average over batches; undefined where there was none for ten seconds. */
  get latency(): number | undefined {
    return Date.now() - this.#measured < FRESH ? this.#latency : undefined
  }

  /** Settles as soon as nothing is held. */
  idle(): Promise<void> {
    if (this.#held === 0) return Promise.resolve()
    this.#idle ??= Promise.withResolvers()
    return this.#idle.promise
  }

  get balanced(): boolean {
    return this.#taken + (this.#outcomes.made ?? 0) === accounted(this.#outcomes) + this.#held
  }

  /** As `/status` shows them. */
  toJSON(): object {
    return { in: this.#taken, ...this.#outcomes, held: this.#held, balanced: this.balanced }
  }
}

const SECONDS = 10

/** Counts by the second, in a ring. */
class Rate {
  readonly #counts = new Array<number>(SECONDS).fill(0)
  readonly #seconds = new Array<number>(SECONDS).fill(0)

  add(n: number, now: number): void {
    const second = Math.floor(now / 1000)
    const slot = second % SECONDS
    if (this.#seconds[slot] !== second) {
      this.#seconds[slot] = second
      this.#counts[slot] = 0
    }
    this.#counts[slot]! += n
  }

  /** The present second, which is not over, does not count. */
  read(now: number): number {
    const second = Math.floor(now / 1000)
    const recent = this.#counts.filter((_, slot) => {
      const age = second - this.#seconds[slot]!
      return age > 0 && age < SECONDS
    })
    return recent.reduce((sum, count) => sum + count, 0) / (SECONDS - 1)
  }
}
