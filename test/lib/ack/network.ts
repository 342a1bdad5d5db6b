// A network without sockets: messages wait in connections until the test delivers them, and time stands still until it is
// moved.
import { type Arrived, Consumer } from '../../../src/lib/ack/consumer.ts'
import type { Dialler } from '../../../src/lib/ack/message.ts'
import { Producer } from '../../../src/lib/ack/producer.ts'
import type { Receipt } from '../../../src/lib/engine/receipt.ts'

/** One end of a connection. */
export interface End {
  other: End
  party: Party
  /** Frames on their way to this end. */
  inbox: Buffer[]
  open: boolean
  /** Its connection is lost, and it has not been told. */
  deceived: boolean
  /** As whom its key has let it in. */
  name: string | undefined
}

interface Party {
  opened(end: End, dialler: Dialler): void
  received(end: End, frame: Buffer): void
  ended(end: End): void
  tick(): void
}

/** Connects two parties, and does with their messages what the test says. */
export class Network {
  time = 1_000_000
  readonly connections: [dialled: End, bound: End][] = []
  readonly complaints: string[] = []

  /** What a party is given instead of sockets. */
  readonly wire = {
    send: (end: End, frame: Buffer) => {
      if (end.open && !end.deceived) end.other.inbox.push(frame)
    },
    refusal: () => undefined,
    nameOf: (end: End) => end.name,
    greeted: () => {},
    hangUp: (end: End, why?: string) => {
      if (why !== undefined) this.complaints.push(why)
      this.#close(end)
    },
    now: () => this.time,
  }

  /** The first one dials the second. */
  connect(
    dialler: Party,
    binder: Party,
    { line = `line-${this.connections.length}`, name }: { line?: string; name?: string } = {},
  ): [End, End] {
    const dialled = { party: dialler, inbox: [], open: true, deceived: false } as unknown as End
    const bound: End = { party: binder, inbox: [], open: true, deceived: false, name, other: dialled }
    dialled.other = bound
    this.connections.push([dialled, bound])
    dialler.opened(dialled, { line })
    return [dialled, bound]
  }

  /** Delivers the next message that goes to this end. */
  deliver(end: End): boolean {
    const frame = end.inbox.shift()
    if (!frame) return false
    // What comes after the socket was closed is heard by nobody.
    if (end.open) end.party.received(end, frame)
    return true
  }

  /** Delivers everything that is under way, and what that leads to. */
  settle(): void {
    while (this.connections.some(ends => ends.some(end => this.deliver(end))));
  }

  /** Cuts a connection: what is under way is lost, and those are told whose business it is. */
  cut([dialled, bound]: readonly [End, End], told: readonly End[] = [dialled, bound]): void {
    for (const end of [dialled, bound]) {
      end.inbox.length = 0
      end.deceived = true
    }
    for (const end of told) {
      if (!end.open) continue
      end.open = false
      end.party.ended(end)
    }
  }

  pass(milliseconds: number, ...parties: Party[]): void {
    this.time += milliseconds
    for (const party of parties) party.tick()
  }

  #close(end: End): void {
    end.open = false
    // What was sent before still arrives; then the other end is told.
    const { other } = end
    while (other.open && !other.deceived && this.deliver(other));
    if (!other.open || other.deceived) return
    other.open = false
    other.party.ended(other)
  }
}

export interface Taken extends Arrived<End> {
  done(receipt?: Receipt): void
}

/** A producer that has life number `life`. */
export function createProducer(network: Network, life = 1, refused: string[] = []): Producer<End> {
  return new Producer<End>(network.wire, {
    sender: `producer-${life}`,
    refuse: async line => void refused.push(line.toString()),
    sent: () => {},
  })
}

/** A consumer whose batches wait in `taken` until the test says what became of them. */
export function createConsumer(
  network: Network,
  options: { window?: number; total?: number; max?: number } = {},
  seen: (number: number) => void = () => {},
): { consumer: Consumer<End>; taken: Taken[] } {
  const taken: Taken[] = []
  const consumer: Consumer<End> = new Consumer<End>(network.wire, {
    window: 1e6,
    total: 1e9,
    max: 1e6,
    ...options,
    take: (batch, done) => {
      seen(batch.number)
      const count = batch.records.toString().split('\n').filter(Boolean).length
      taken.push({ ...batch, done: (receipt = { stored: count }) => done(count, receipt) })
    },
    soon: () => queueMicrotask(() => consumer.flush()),
  })
  return { consumer, taken }
}
