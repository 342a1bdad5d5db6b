// The whole protocol against a model: whatever is cut, restarted, delayed or repeated, nothing is lost, no consumer takes
// a batch twice, each way is first in, first out, and every receipt is entered once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Consumer } from '../../../src/lib/ack/consumer.ts'
import { createConsumer, createProducer, type End, Network, type Taken } from './network.ts'

/** What may happen; a number beside it says to which of those that are there. What is named twice happens more often. */
const STEPS = [
  'offer',
  'offer',
  'deliver',
  'deliver',
  'deliver',
  'finish',
  'finish',
  'cut',
  'cut for the dialler only',
  'cut for the binder only',
  'dial',
  'dial',
  'restart',
  'repeat',
  'second',
  'half a minute',
] as const

type Step = [what: (typeof STEPS)[number], n: number]

/** One life of a consumer. */
interface Life {
  consumer: Consumer<End>
  taken: Taken[]
  born: number
}

class Model {
  readonly #network = new Network()
  readonly #producer = createProducer(this.#network)
  readonly #lives: Life[] = []
  readonly #producerDials: boolean
  /** Batch n has n records, so that a receipt of another one is seen. */
  #offered = 0
  #born = 0
  readonly #settled = new Map<number, number>()
  readonly #stored = new Set<number>()
  /** Acknowledgements that were delivered, to be delivered again. */
  readonly #acks: Buffer[] = []

  constructor(consumers: number, producerDials: boolean) {
    this.#producerDials = producerDials
    for (let n = 0; n < consumers; n++) this.#lives.push(this.#begin())
  }

  async run([what, n]: Step): Promise<void> {
    const life = this.#lives[n % this.#lives.length]!
    if (what === 'offer') this.#offer()
    else if (what === 'deliver') this.#deliver(n)
    else if (what === 'finish') this.#finish(life, n)
    else if (what === 'cut') this.#cut(n, 0, 1)
    else if (what === 'cut for the dialler only') this.#cut(n, 0)
    else if (what === 'cut for the binder only') this.#cut(n, 1)
    else if (what === 'dial') this.#dial(life)
    else if (what === 'restart') this.#restart(n % this.#lives.length)
    else if (what === 'repeat') this.#repeat(n)
    else this.#pass(what === 'second' ? 1_000 : 30_000)
    await null
    await null
    this.#check()
  }

  /** In the end everything goes well, and everything must arrive. */
  async end(): Promise<void> {
    for (let round = 0; round < 5 && this.#settled.size < this.#offered; round++) {
      // Silence is noticed at last.
      for (let second = 0; second < 21; second++) {
        this.#pass(1_000)
        this.#network.settle()
      }
      for (const life of this.#lives) this.#dial(life)
      // Windows are small: one after the other.
      for (let n = 0; n <= this.#offered; n++) {
        this.#network.settle()
        for (const life of this.#lives) while (life.taken.length > 0) this.#finish(life, 0)
        await null
        await null
      }
    }
    this.#check()
    for (let n = 1; n <= this.#offered; n++)
      assert.equal(this.#settled.get(n), 1, `batch ${n} was not acknowledged`)
    assert.equal(this.#producer.unacknowledged, 0)
  }

  #begin(): Life {
    const numbers: number[] = []
    const { consumer, taken } = createConsumer(this.#network, { window: 4096, total: 1e6 }, number => {
      assert.ok(!numbers.includes(number), `batch ${number} was taken twice`)
      // One consumer has one order. (Of several, none is promised.)
      assert.ok(this.#lives.length !== 1 || number > (numbers.at(-1) ?? 0), `batch ${number} came late`)
      numbers.push(number)
    })
    return { consumer, taken, born: ++this.#born }
  }

  #offer(): void {
    const n = ++this.#offered
    this.#producer.offer(Buffer.from('x\n'.repeat(n)), n, 0).then(receipt => {
      assert.deepEqual(receipt, { stored: n })
      assert.ok(this.#stored.has(n), `batch ${n} was acknowledged and is not stored`)
      this.#settled.set(n, (this.#settled.get(n) ?? 0) + 1)
    })
  }

  #deliver(n: number): void {
    const ends = this.#network.connections.flat().filter(({ inbox }) => inbox.length > 0)
    const end = ends[n % ends.length]
    if (!end) return
    if (end.party === this.#producer && end.inbox[0]!.includes('"ack":[')) this.#acks.push(end.inbox[0]!)
    this.#network.deliver(end)
  }

  #finish({ taken }: Life, n: number): void {
    const [batch] = taken.splice(n % Math.max(1, taken.length), 1)
    if (!batch) return
    this.#stored.add(batch.records.length / 2)
    batch.done()
  }

  /** @param told the dialler (0), the binder (1), or both */
  #cut(n: number, ...told: number[]): void {
    const open = this.#network.connections.filter(ends => ends.some(end => end.open && !end.deceived))
    const ends = open[n % open.length]
    if (ends)
      this.#network.cut(
        ends,
        told.map(which => ends[which]!),
      )
  }

  /** As a line does: when the last connection is over, as far as it knows. */
  #dial(life: Life): void {
    const [dialler, binder] = this.#producerDials
      ? [this.#producer, life.consumer]
      : [life.consumer, this.#producer]
    const dialled = this.#network.connections.some(
      ([end, { party }]) => end.open && end.party === dialler && party === binder,
    )
    // A restarted consumer has a new name where it dials, and the old one where it is dialled.
    const line = this.#producerDials
      ? String(this.#lives.indexOf(life))
      : `${this.#lives.indexOf(life)}-${life.born}`
    if (!dialled) this.#network.connect(dialler, binder, { line })
  }

  /** What it had in progress and in its memory is gone, like the process. */
  #restart(n: number): void {
    const { consumer } = this.#lives[n]!
    for (const ends of this.#network.connections) {
      const mine = ends.find(({ party }) => party === consumer)
      if (!mine) continue
      mine.open = false
      this.#network.cut(ends, [mine.other])
    }
    this.#lives[n] = this.#begin()
  }

  /** A late or repeated acknowledgement. */
  #repeat(n: number): void {
    const ends = this.#network.connections.flat().filter(end => end.open && end.party === this.#producer)
    const end = ends[n % ends.length]
    const ack = this.#acks[n % this.#acks.length]
    if (end && ack) end.inbox.push(ack)
  }

  #pass(milliseconds: number): void {
    this.#network.pass(milliseconds, this.#producer, ...this.#lives.map(({ consumer }) => consumer))
  }

  #check(): void {
    for (const [n, times] of this.#settled) assert.equal(times, 1, `batch ${n} was entered ${times} times`)
  }
}

/** Node throws away a failure in a promise that nobody waits for only at the end; here it is one of the property. */
async function withFailures(run: () => Promise<void>): Promise<void> {
  const failed: unknown[] = []
  const note = (error: unknown) => void failed.push(error)
  process.on('unhandledRejection', note)
  try {
    await run()
    if (failed.length > 0) throw failed[0]
  } finally {
    process.off('unhandledRejection', note)
  }
}

const steps = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat(50)), { maxLength: 80, size: 'max' })

for (const consumers of [1, 2]) {
  for (const producerDials of [true, false]) {
    test(`${consumers} consumer(s), ${producerDials ? 'the producer dials' : 'the consumer dials'}`, async t => {
      const seed = Number(process.env.SLUICE_SEED) || Date.now() % 2 ** 31
      t.diagnostic(`SLUICE_SEED=${seed}`)
      const property = fc.asyncProperty(steps, async all => {
        const model = new Model(consumers, producerDials)
        for (const step of all) await model.run(step)
        await model.end()
      })
      await withFailures(() => fc.assert(property, { numRuns: 2_500, seed }))
    })
  }
}
