import type { Receipt } from '../engine/receipt.ts'
import {
  type Acknowledgement,
  costOf,
  encodeAck,
  type Hello,
  type Message,
  NotTheProtocol,
  takeAcks,
} from './message.ts'
import { Party, type Session, type Wire } from './party.ts'
import { SenderMemory } from './sender-memory.ts'

/** Milliseconds that a sender is remembered after its last session. */
const REMEMBERED = 600_000
/** What is remembered of one sender: in progress and runs of done ones, which no sender has that numbers one by one. */
const MOST_REMEMBERED = 100_000
/** Senders that are remembered without a session. */
const MOST_SENDERS = 10_000

interface Sender extends Session {
  memory: SenderMemory<Sender>
  /** Bytes in progress here that came by this session. */
  held: number
  /** Bytes of its largest batch. */
  largest: number
  hasEnded: boolean
  /** The credit that it was told last, and the most that it was ever told. */
  credit: number
  granted: number
  acks: Acknowledgement[]
}

/** A batch that is new here. */
export interface Arrived<P> {
  peer: P
  sender: string
  number: number
  /** When its producer made it, epoch milliseconds. */
  at: number | undefined
  records: Buffer
}

export interface ConsumerOptions<P> {
  /** Bytes of credit for each producer, and for all of them together. */
  window: number
  total: number
  /** Largest frame, in bytes. */
  max: number
  /** Takes a batch and says, some time, what became of its records; never, where it could not be taken. */
  take(batch: Arrived<P>, done: (count: number, receipt: Receipt) => void): void
  /** Calls `flush` soon: what is acknowledged until then goes in one message. */
  soon(): void
}

/** The consuming role: takes each batch once, and says what became of it. */
export class Consumer<P> extends Party<P, Sender> {
  readonly #options: ConsumerOptions<P>
  readonly #memories = new Map<string, SenderMemory<Sender>>()
  /** Bytes in progress that came by sessions that have ended. */
  #orphaned = 0
  #leaving = false

  constructor(wire: Wire<P>, options: ConsumerOptions<P>) {
    super(wire)
    this.#options = options
  }

  /** Bytes that each producer may have under way. */
  get credit(): number {
    const { window, total } = this.#options
    // A producer that is started again and again has a new window each time.
    const free = total - this.#orphaned
    if (this.#leaving || free <= 0) return 0
    return Math.max(1, Math.min(window, Math.floor(free / Math.max(1, this.sessions.size))))
  }

  /** Whether one of them may have to wait: one more batch like its largest, or like what it has under way, would not fit. */
  get isCreditUsedUp(): boolean {
    const { credit } = this
    return this.sessions
      .values()
      .some(({ held, largest }) => held > 0 && held + Math.max(held, largest) > credit)
  }

  /** Batches in progress and runs of done ones that are remembered, so that none is processed twice. */
  get remembered(): number {
    return this.#memories.values().reduce((sum, { size }) => sum + size, 0)
  }

  /** Takes no more batches; those in progress are still acknowledged. */
  stop(): void {
    this.#leaving = true
    this.flush()
  }

  override leave(): void {
    this.flush()
    super.leave()
  }

  /** Asks every producer for a sign of life: one of them is gone, and a failing send says who. */
  probe(): void {
    for (const [peer, session] of this.sessions) this.#sendAck(peer, session)
  }

  /** Sends the acknowledgements that are due, and credit where it has changed. */
  flush(): void {
    for (const [peer, session] of this.sessions) {
      while (session.acks.length > 0) this.#sendAck(peer, session)
      if (session.credit !== this.credit) this.#sendAck(peer, session)
    }
  }

  protected hello(): Hello {
    return { role: 'pull', credit: this.credit, max: this.#options.max }
  }

  protected begin(peer: P, hello: Message & { type: 'hello' }): Sender {
    if (hello.role !== 'push') throw new NotTheProtocol('both ends consume; one of them must push')
    const name = this.wire.nameOf(peer)
    // One who is allowed in, and says hello as the sender of another one, must not make that one's batches look done. (A name
    // has no slash, and no sender has one.)
    const key = name === undefined ? hello.sender : `${name}/${hello.sender}`
    const memory = this.#memories.get(key) ?? new SenderMemory(hello.sender, key)
    this.#memories.set(key, memory)
    memory.forget(hello.from)
    const heard = this.wire.now()
    const session = { heard, memory, held: 0, largest: 0, hasEnded: false, credit: -1, granted: 0, acks: [] }
    memory.join(session)
    return session
  }

  protected began(): void {
    // There is one more to share the credit with.
    this.#options.soon()
  }

  protected heard(peer: P, session: Sender, message: Message): void {
    if (message.type === 'batch') this.#arrived(peer, session, message)
    if (message.type !== 'alive') return
    session.memory.forget(message.from)
    this.#sendAck(peer, session)
  }

  protected kept(): void {}

  override tick(): void {
    super.tick()
    const now = this.wire.now()
    let idle = 0
    for (const memory of [...this.#memories.values()].reverse()) {
      if (memory.session) continue
      memory.idleSince ??= now
      const old = now - memory.idleSince > REMEMBERED || ++idle > MOST_SENDERS
      if (old && !memory.busy) this.#memories.delete(memory.key)
    }
  }

  protected lost(_peer: P, session: Sender, bye = false): void {
    const { memory } = session
    memory.leave(session)
    session.hasEnded = true
    this.#orphaned += session.held
    if (!memory.session) {
      // Oldest first: the one that was here last is remembered longest.
      this.#memories.delete(memory.key)
      if (!bye || memory.busy) this.#memories.set(memory.key, memory)
    }
    this.#options.soon()
  }

  #sendAck(peer: P, session: Sender): void {
    session.credit = this.credit
    session.granted = Math.max(session.granted, session.credit)
    this.wire.send(peer, encodeAck(takeAcks(session.acks), session.credit))
  }

  #arrived(peer: P, session: Sender, batch: Message & { type: 'batch' }): void {
    const { memory } = session
    const { number, at, records } = batch
    const known = memory.recall(number)
    if (known) {
      if (known.done) this.#acknowledge(memory, number, known.receipt)
      return
    }
    if (this.#leaving) return
    if (memory.size >= MOST_REMEMBERED) throw new NotTheProtocol('too many gaps between its batches')
    const cost = costOf(records.length)
    // Its hello has told it what it may send. A batch of any size may go where nothing is under way.
    const most = Math.max(session.granted, Math.min(this.#options.window, this.#options.total))
    if (session.held > 0 && session.held + cost > most + this.#options.max)
      throw new NotTheProtocol('more than the credit allows')
    memory.begin(number)
    session.held += cost
    session.largest = Math.max(session.largest, cost)
    this.#options.take({ peer, sender: memory.sender, number, at, records }, (count, receipt) => {
      session.held -= cost
      if (session.hasEnded) {
        this.#orphaned -= cost
        this.#options.soon()
      }
      const short = receipt.stored === count && Object.keys(receipt).length === 1 ? undefined : receipt
      if (memory.finish(number, short)) this.#acknowledge(memory, number, short)
    })
  }

  /** To the sender's present session, which need not be the one that the batch came by. */
  #acknowledge({ session }: SenderMemory<Sender>, number: number, receipt: Receipt | undefined): void {
    if (!session) return
    session.acks.push({ number, ...(receipt && { receipt }) })
    this.#options.soon()
  }
}
