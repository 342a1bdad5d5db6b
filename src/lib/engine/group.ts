import { Batch } from '../batch.ts'
import { dealReceipt, type Receipt } from './receipt.ts'

interface Part {
  /** Until they are joined: then they are in the whole, and would be held twice. */
  batch: Batch | undefined
  count: number
  promise: PromiseWithResolvers<Receipt>
}

/** Batches that travel together, and the promises of those who brought them. */
export class Group {
  #parts: Part[] = []
  bytes = 0
  /** Since when it waits to be sent, by performance.now(). */
  since = 0

  add(batch: Batch): Promise<Receipt> {
    const promise = Promise.withResolvers<Receipt>()
    this.#parts.push({ batch, count: batch.count, promise })
    this.bytes += batch.size
    return promise.promise
  }

  /** Takes over all of another one, which comes after it. */
  absorb(other: Group): void {
    for (const part of other.#parts) this.#parts.push(part)
    this.bytes += other.bytes
  }

  get empty(): boolean {
    return this.#parts.length === 0
  }

  get count(): number {
    return this.#parts.reduce((sum, { count }) => sum + count, 0)
  }

  /** All of them as one batch; once. */
  join(): Batch {
    const joined = Batch.join(this.#parts.map(({ batch }) => batch!))
    for (const part of this.#parts) part.batch = undefined
    return joined
  }

  /** Settles every part with its share of the one receipt. */
  settle(receipt: Receipt): void {
    const receipts = dealReceipt(
      receipt,
      this.#parts.map(({ count }) => count),
    )
    this.#parts.forEach((part, n) => {
      part.promise.resolve(receipts[n]!)
    })
  }

  fail(error: unknown): void {
    for (const part of this.#parts) part.promise.reject(error)
  }
}

/** When a group is ready. */
export interface GroupLimits {
  bytes: number
  /** Milliseconds that the first of a group waits for company at most. */
  delay: number
  /** It waits only as long as the group before has not left so many milliseconds ago. */
  paced?: boolean
  /** It does not wait either as long as this is so; who makes it so calls `flush`. */
  isFree?(): boolean
}

/** Collects batches into groups by size, or by time where too little comes. */
export class Grouper {
  readonly #limits: GroupLimits
  readonly #ready: (group: Group) => void
  #group = new Group()
  #timer: NodeJS.Timeout | undefined
  /** What comes in the same turn of the loop still goes along. */
  #soon: NodeJS.Immediate | undefined
  /** When the last group left, by performance.now(). */
  #left = Number.NEGATIVE_INFINITY
  #hurry = false

  constructor(limits: GroupLimits, ready: (group: Group) => void) {
    this.#limits = limits
    this.#ready = ready
  }

  add(batch: Batch): Promise<Receipt> {
    // What would burst a group that is partly filled goes into the next one.
    if (this.#group.bytes > 0 && this.#group.bytes + batch.size > this.#limits.bytes) this.flush()
    const receipt = this.#group.add(batch)
    if (this.#hurry || this.#group.bytes >= this.#limits.bytes || this.#limits.delay === 0) this.flush()
    else if (!this.#timer && !this.#soon) this.#schedule()
    return receipt
  }

  #schedule(): void {
    const { delay, paced, isFree } = this.#limits
    const wait = paced ? this.#left + delay - performance.now() : delay
    if (wait <= 0 || isFree?.()) this.#soon = setImmediate(() => this.flush())
    else this.#timer = setTimeout(() => this.flush(), wait)
  }

  flush(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#soon)
    this.#timer = undefined
    this.#soon = undefined
    if (this.#group.empty) return
    const group = this.#group
    this.#group = new Group()
    if (this.#limits.paced) this.#left = performance.now()
    this.#ready(group)
  }

  /** From now on nothing waits for company. */
  hurry(): void {
    this.#hurry = true
    this.flush()
  }
}
