import { cutLines } from '../cut-lines.ts'
import type { Receipt } from '../engine/receipt.ts'
import { accounted, addReceipt } from '../engine/receipt.ts'
import { countLines } from '../reader.ts'
import { Backlog, type Entry } from './backlog.ts'
import {
  type Acknowledgement,
  CONTROL_ROOM,
  costOf,
  encodeAlive,
  encodeBatch,
  type Hello,
  type Message,
  NotTheProtocol,
} from './message.ts'
import { Party, type Session, type Wire } from './party.ts'

/** Milliseconds between two signs of life. */
const ALIVE = 5_000
/** The consumer remembers what it acknowledged until it hears that we know: so many batches at most. */
const MOST_REMEMBERED = 1_000
const LF = 0x0a

interface Consumer extends Session {
  credit: number
  /** Largest frame that it takes, in bytes. */
  max: number
  /** Bytes sent and not acknowledged. */
  outstanding: number
  entries: Set<Entry>
  /** When it was sent a sign of life, and the batches since then. */
  alive: number
  since: number
}

export interface ProducerOptions<P> {
  /** New at each start of the process. */
  sender: string
  /** Settles when a line that fits into no frame is durable as a dead letter. */
  refuse(line: Buffer): Promise<void>
  /** Told of each batch that leaves, a repeated one too. */
  sent(peer: P, bytes: number, count: number): void
}

/** The producing role: keeps each batch until a consumer says what became of it. */
export class Producer<P> extends Party<P, Consumer> {
  readonly #options: ProducerOptions<P>
  readonly #backlog = new Backlog()
  /** All that is not acknowledged, the lowest number first. */
  readonly #entries = new Map<number, Entry>()
  #next = 1
  #room: PromiseWithResolvers<void> | undefined

  constructor(wire: Wire<P>, options: ProducerOptions<P>) {
    super(wire)
    this.#options = options
  }

  /** Batches that are not acknowledged. */
  get unacknowledged(): number {
    return this.#entries.size
  }

  /**
   * Takes NDJSON of so many records, whose last line is ended; settles with what became of them.
   *
   * @param at when it was made, epoch milliseconds
   */
  offer(bytes: Buffer, count: number, at: number): Promise<Receipt> {
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>()
    this.#enter({ order: [this.#next], at, bytes, count, settle: resolve, fail: reject })
    this.#pump()
    return promise
  }

  /** Undefined when a batch would leave at once, else the promise of it. */
  room(): Promise<void> | undefined {
    if (this.#backlog.empty && this.#roomiest()) return undefined
    this.#room ??= Promise.withResolvers()
    return this.#room.promise
  }

  /** At the end: what is not acknowledged stays so. */
  override leave(): void {
    super.leave()
    for (const entry of this.#entries.values()) entry.fail(new Error('the link was closed'))
    this.#entries.clear()
  }

  /** Asks every consumer for a sign of life: one of them is gone, and a failing send says who. */
  probe(): void {
    for (const [peer, session] of this.sessions) this.#sayAlive(peer, session)
  }

  protected hello(): Hello {
    return { role: 'push', sender: this.#options.sender, from: this.#from }
  }

  protected begin(_peer: P, hello: Message & { type: 'hello' }): Consumer {
    if (hello.role !== 'pull') throw new NotTheProtocol('both ends produce; one of them must pull')
    const now = this.wire.now()
    const { credit, max } = hello
    return { heard: now, credit, max, outstanding: 0, entries: new Set(), alive: now, since: 0 }
  }

  protected began(): void {
    this.#pump()
  }

  protected heard(peer: P, session: Consumer, message: Message): void {
    if (message.type !== 'ack') return
    if (message.credit !== undefined) session.credit = message.credit
    for (const acknowledgement of message.acks) this.#acknowledged(acknowledgement)
    if (session.since >= MOST_REMEMBERED) this.#sayAlive(peer, session)
    this.#pump()
  }

  protected kept(peer: P, session: Consumer, now: number): void {
    if (now - session.alive >= ALIVE) this.#sayAlive(peer, session)
  }

  /** What it had goes to the others, or waits for it to come back. */
  protected lost(_peer: P, session: Consumer): void {
    for (const entry of session.entries) delete entry.consumer
    this.#backlog.giveBack(session.entries)
    this.#pump()
  }

  /** The lowest number that is not acknowledged. */
  get #from(): number {
    return this.#entries.keys().next().value ?? this.#next
  }

  #enter(entry: Omit<Entry, 'number'>): void {
    const numbered = { ...entry, number: this.#next++ }
    this.#entries.set(numbered.number, numbered)
    this.#backlog.push(numbered)
  }

  #sayAlive(peer: P, session: Consumer): void {
    session.alive = this.wire.now()
    session.since = 0
    this.wire.send(peer, encodeAlive(this.#from))
  }

  /** A number that is not held any more was acknowledged before, by another consumer; one that nobody was sent is a mistake. */
  #acknowledged({ number, receipt }: Acknowledgement): void {
    const entry = this.#entries.get(number)
    if (entry?.cost === undefined) return
    this.#entries.delete(number)
    const consumer = entry.consumer as Consumer | undefined
    if (consumer?.entries.delete(entry)) consumer.outstanding -= entry.cost
    else this.#backlog.remove(entry)
    const sound = receipt && accounted(receipt) === entry.count + (receipt.made ?? 0)
    entry.settle(sound ? receipt : { stored: entry.count })
  }

  #pump(): void {
    for (let entry = this.#backlog.peek(); entry; entry = this.#backlog.peek()) {
      const found = this.#roomiest()
      if (!found) return
      const [peer, session] = found
      const frame = CONTROL_ROOM + entry.bytes.length
      if (frame > session.max) this.#split(entry, session.max - CONTROL_ROOM)
      // With nothing outstanding, one batch may go whatever its size.
      else if (session.outstanding > 0 && session.outstanding + costOf(frame) > session.credit) return
      else this.#send(entry, peer, session)
    }
    if (this.#room && this.#roomiest()) {
      this.#room.resolve()
      this.#room = undefined
    }
  }

  #send(entry: Entry, peer: P, session: Consumer): void {
    this.#backlog.shift()
    const frame = encodeBatch(entry.number, entry.at, entry.bytes)
    entry.cost = costOf(frame.length)
    entry.consumer = session
    session.entries.add(entry)
    session.outstanding += entry.cost
    session.since++
    this.wire.send(peer, frame)
    this.#options.sent(peer, entry.bytes.length, entry.count)
  }

  /** The consumer with most credit left. */
  #roomiest(): [P, Consumer] | undefined {
    let most = 0
    let best: [P, Consumer] | undefined
    for (const found of this.sessions) {
      const { credit, outstanding } = found[1]
      const free = outstanding === 0 ? Math.max(credit, credit > 0 ? 1 : 0) : credit - outstanding
      if (free <= most) continue
      most = free
      best = found
    }
    return best
  }

  /** In place of one batch, several with numbers of their own; its receipt is the sum of theirs. */
  #split(entry: Entry, max: number): void {
    this.#backlog.shift()
    this.#entries.delete(entry.number)
    const pieces = [...cutLines(entry.bytes, max)]
    const settle = sumOf(pieces.length, entry.settle)
    const { at, fail } = entry
    const smaller: Entry[] = []
    for (const [n, bytes] of pieces.entries()) {
      // It is longer than that, with its LF.
      if (bytes.at(-1) !== LF) this.#options.refuse(bytes).then(() => settle({ dead: 1 }), fail)
      else {
        // After what stands before the whole, before what stands behind it.
        const order = [...entry.order, n]
        smaller.push({ number: this.#next++, order, at, bytes, count: countLines(bytes), settle, fail })
      }
    }
    for (const one of smaller) this.#entries.set(one.number, one)
    this.#backlog.giveBack(smaller)
  }
}

/** Returns what takes so many receipts and gives on their sum. */
function sumOf(parts: number, settle: (sum: Receipt) => void): (receipt: Receipt) => void {
  const sum: Receipt = {}
  let left = parts
  return receipt => {
    addReceipt(sum, receipt)
    if (--left === 0) settle(sum)
  }
}
