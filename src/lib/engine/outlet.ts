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
  /** Small batches are joined up to so many bytes, for at most so many milliseconds. */
  batch: { bytes: number; delay: number }
  /** Bytes held, whether still queued or sent and not yet acknowledged. */
  buffer: number
  whenFull: WhenFull
  maxRecord: number
  /** Told of records that are dropped here because there is no room for them. */
  dropped(records: number): void
  /** Settles when the refused record is durable as a dead letter. */
  refuse(refused: Refused): Promise<void>
}

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

  constructor(options: OutletOptions) {
    this.#options = options
    this.#gate = new Gate(options.buffer)
    this.#turns = new Turns(options.links, () => this.#dispatch())
    this.#grouper = new Grouper(options.batch, group => {
      this.#queue.push(group)
      this.#dispatch()
    })
  }

  get held(): number {
    return this.#gate.held
  }

  accept(batch: Batch): Promise<Receipt> {
    if (batch.count === 0) return Promise.resolve({})
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

  /** False when the batch at hand is the one to drop. */
  #makeRoom(): boolean {
    if (this.#options.whenFull === 'block') return true
    if (this.#options.whenFull === 'drop-newest') return false
    while (this.#gate.full) {
      const oldest = this.#queue.shift()
      if (!oldest) return false
      this.#gate.give(oldest.bytes)
      this.#options.dropped(oldest.count)
      oldest.settle({ 'dropped:buffer-full': oldest.count })
    }
    return true
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const link = this.#turns.next()
      if (!link) return
      const group = this.#nextFor(link)
      this.#send(group, link).then(
        receipt => {
          this.#turns.succeeded(link)
          this.#gate.give(group.bytes)
          group.settle(receipt)
        },
        // The link was closed under it. What it held stays held: it was not delivered.
        error => {
          this.#turns.failed(link)
          group.fail(error)
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
