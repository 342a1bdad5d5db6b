import { Arena } from '../arena.ts'
import type { Batch } from '../batch.ts'
import type { Refused } from '../reader.ts'
import { Gate } from './gate.ts'
import { type Group, Grouper } from './group.ts'
import { Queue } from './queue.ts'
import { addReceipt, type Receipt } from './receipt.ts'
import type { Outgoing, PushSide } from './target.ts'
import { Turns } from './turns.ts'

/** What happens to a batch when the buffer is full. */
export type WhenFull = 'block' | 'drop-oldest' | 'drop-newest'

export interface OutletOptions {
  links: readonly Outgoing[]
  /** Small batches are joined up to so many bytes, and sent at most once in so many milliseconds. */
  batch: { bytes: number; delay: number }
  /** Whoever brings them waits for the receipt: they are sent at once where nothing is under way. */
  eager?: boolean
  /** Bytes held, whether still queued or sent and not yet acknowledged. */
  buffer: number
  whenFull: WhenFull
  maxRecord: number
  /** Whether what waits here holds up more than itself. */
  pressure?: OutletPressure
  /** Told of records that are dropped here because there is no room for them. */
  dropped(records: number): void
  /** Settles when the refused record is durable as a dead letter. */
  refuse(refused: Refused): Promise<void>
  /** Told when a link failed with what it was given: either it was closed under it, or something is wrong. */
  lost?(error: unknown): void
}

/** What a buffer that drops goes by beside its own size. */
export interface OutletPressure {
  /** It soon will: then it sends only one after the other, so that most of it can still be given up. */
  isBehind(): boolean
  /** It does: what has waited for a while is given up, however little is in the buffer. */
  isInTheWay(): boolean
}

/** Milliseconds that something may wait while it is in the way: as long as two answers take that are not slower than others. */
const PATIENCE = 200
const MOST_PATIENCE = 1_000

/** A daemon's push side: the one buffer, its policy when full, and the links that take turns at emptying it. */
export class Outlet implements PushSide {
  readonly #options: OutletOptions
  readonly #gate: Gate
  readonly #grouper: Grouper
  readonly #queue = new Queue<Group>()
  readonly #turns: Turns
  /** What is lent to links until they have acknowledged it. */
  readonly #arena = new Arena()
  readonly #keep = (bytes: Buffer) => this.#arena.copy(bytes)
  #inFlight = 0
  /** Milliseconds that the last receipt took. */
  #lastAnswer = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: OutletOptions) {
    this.#options = options
    this.#gate = new Gate(options.buffer)
    this.#turns = new Turns(options.links, () => this.#dispatch())
    const isFree = () => options.eager === true && this.#isFree
    this.#grouper = new Grouper({ ...options.batch, paced: true, isFree }, group => {
      group.since = performance.now()
      this.#queue.push(group)
      this.#dispatch()
      this.#watch()
    })
  }

  get held(): number {
    return this.#gate.held
  }

  accept(batch: Batch): Promise<Receipt> {
    if (batch.count === 0) return Promise.resolve({})
    // What is joined is sent, or given up, as a whole: it must not be all that waits.
    if (this.#isBehind) this.#grouper.flush()
    if (this.#gate.full && !this.#makeRoom()) {
      this.#options.dropped(batch.count)
      return Promise.resolve({ 'dropped:buffer-full': batch.count })
    }
    this.#gate.take(batch.size)
    return this.#grouper.add(batch)
  }

  room(): Promise<void> | undefined {
    return this.#options.whenFull === 'block' ? this.#gate.room() : undefined
  }

  hurry(): void {
    this.#grouper.hurry()
  }

  /** Nothing that was sent is without a receipt, and nothing waits to be sent. */
  get #isFree(): boolean {
    return this.#inFlight === 0 && this.#queue.length === 0
  }

  get #isBehind(): boolean {
    const { whenFull, pressure } = this.#options
    return whenFull !== 'block' && pressure !== undefined && pressure.isBehind()
  }

  get #patience(): number {
    return Math.min(Math.max(PATIENCE, 2 * this.#lastAnswer), MOST_PATIENCE)
  }

  /** False when the batch at hand is the one to drop. */
  #makeRoom(): boolean {
    if (this.#options.whenFull === 'block') return true
    if (this.#options.whenFull === 'drop-newest') return false
    while (this.#gate.full) {
      const oldest = this.#queue.shift()
      if (!oldest) return false
      this.#drop(oldest)
    }
    return true
  }

  #drop(group: Group): void {
    this.#gate.give(group.bytes)
    this.#options.dropped(group.count)
    group.settle({ 'dropped:buffer-full': group.count })
  }

  /** As long as something waits that may be given up: pressure may come later. */
  #watch(delay = this.#patience): void {
    if (this.#timer || this.#queue.length === 0 || !this.#options.pressure) return
    if (this.#options.whenFull !== 'block') this.#timer = setTimeout(() => this.#relieve(), delay).unref()
  }

  /** Once it is in the way, gives up one after the other until it is not even behind, or the oldest has not waited for long. */
  #relieve(goesOn = false): void {
    this.#timer = undefined
    const { whenFull, pressure } = this.#options
    const oldest = this.#queue.peek()
    const left = oldest ? oldest.since + this.#patience - performance.now() : 0
    if (oldest && left <= 0 && (goesOn ? pressure!.isBehind() : pressure!.isInTheWay())) {
      this.#drop(whenFull === 'drop-newest' ? this.#queue.pop()! : this.#queue.shift()!)
      // Whether that is enough shows when those who brought it have heard of it.
      setImmediate(() => this.#relieve(true))
    } else this.#watch(left > 0 ? left : undefined)
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      if (this.#inFlight > 0 && this.#isBehind) return
      const link = this.#turns.next()
      if (!link) return
      const group = this.#nextFor(link)
      const sent = performance.now()
      this.#inFlight++
      this.#send(group, link).then(
        receipt => {
          this.#inFlight--
          this.#lastAnswer = performance.now() - sent
          this.#turns.succeeded(link)
          this.#gate.give(group.bytes)
          group.settle(receipt)
          if (this.#options.pressure) setImmediate(() => this.#dispatch())
          if (this.#options.eager && this.#isFree) this.#grouper.flush()
        },
        // The link was closed under it. What it held stays held: it was not delivered.
        error => {
          this.#inFlight--
          this.#turns.failed(link)
          group.fail(error)
          this.#options.lost?.(error)
        },
      )
    }
  }

  #nextFor(link: Outgoing): Group {
    // Of a small buffer some has to stay that can still be dropped.
    const most = Math.min(link.most ?? 0, this.#options.buffer / 4)
    const group = this.#queue.shift()!
    for (let next = this.#queue.peek(); next && group.bytes + next.bytes <= most; next = this.#queue.peek())
      group.absorb(this.#queue.shift()!)
    return group
  }

  async #send(group: Group, link: Outgoing): Promise<Receipt> {
    const joined = group.join()
    if (link.form === 'records') return link.accept(joined)
    const { maxRecord, refuse } = this.#options
    const { batch, refused } = joined.encode(maxRecord, link.borrows ? this.#keep : undefined)
    const sent = batch.size > 0 ? this.#handOver(batch, link) : undefined
    if (sent && refused.length === 0) return sent
    const receipt: Receipt = { dead: refused.length }
    // Together: either may fail while the other is under way.
    await Promise.all([sent, ...refused.map(refuse)])
    if (sent) addReceipt(receipt, await sent)
    return receipt
  }

  /** Only the bytes are held until the receipt comes. */
  #handOver(batch: Batch, link: Outgoing): Promise<Receipt> {
    if (!link.borrows) return link.accept(batch)
    const { bytes } = batch
    return link.accept(batch).then(receipt => {
      this.#arena.release(bytes)
      return receipt
    })
  }
}
