// The producer at the head of every fault run: it numbers its records, and knows which of them were acknowledged.
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { Batch } from '../../src/lib/batch.ts'
import { parseEndpoint } from '../../src/lib/endpoint.ts'
import { accounted, addReceipt, type Receipt } from '../../src/lib/engine/receipt.ts'
import type { Mode } from '../../src/lib/schemes.ts'
import { openPush } from '../../src/lib/transport/index.ts'
import type { LinkContext, PushLink } from '../../src/lib/transport/link.ts'
import { createReader } from '../support/reader.ts'
import { LONG } from './random.ts'

export interface GeneratorOptions {
  /** Records a second, in a batch every 10 ms; as fast as they are taken where it is not given. */
  rate?: number
  /** The record of a number; its id and its number are added. */
  record?: (number: number) => object
  mode?: Mode
}

/** How long anything may take before a test says what is missing. */
const PATIENCE = LONG ? 300_000 : 90_000
const PERIOD = 10

export class Generator {
  /** Numbers that were acknowledged. */
  readonly acknowledged = new Set<number>()
  /** What became of them, as the acknowledgements say. */
  readonly receipt: Receipt = {}
  sent = 0
  readonly #options: GeneratorOptions
  readonly #link: PushLink
  readonly #run = Math.random().toString(36).slice(2, 10)
  readonly #waiting = new Set<() => void>()
  #stopped = false
  #ended: Promise<void> = Promise.resolve()

  private constructor(link: PushLink, options: GeneratorOptions) {
    this.#link = link
    this.#options = options
  }

  /** Its link to this endpoint; it begins with `start`. */
  static async open(t: TestContext, endpoint: string, options: GeneratorOptions = {}): Promise<Generator> {
    const context: LinkContext = {
      log: pino({ enabled: false }),
      reader: createReader(),
      maxMessage: 8 * 2 ** 20,
      buffer: 64 * 2 ** 20,
      refuse: async () => assert.fail('the generator makes nothing that is too large'),
      host: { stdin: new PassThrough(), stdout: new PassThrough() },
      waitingFor: () => {},
      signal: new AbortController().signal,
      onReload: () => {},
      fatal: error => {
        throw error
      },
      gone: reason => assert.fail(reason),
    }
    const link = await openPush([parseEndpoint(endpoint, 'push', options.mode ?? 'connect')], context)
    const generator = new Generator(link, options)
    t.after(async () => {
      generator.#stopped = true
      await generator.#ended
      await link.close(0)
    })
    return generator
  }

  /** Bytes of one record, about. */
  get size(): number {
    return JSON.stringify(this.#record(0)).length + 1
  }

  /** Records that left, those that were sent again as well. */
  get left(): number {
    return this.#link.statuses[0]!.records
  }

  start(): void {
    this.#ended = this.#emit()
  }

  /** Waits until so many more are acknowledged. */
  async more(records: number): Promise<void> {
    const goal = this.acknowledged.size + records
    await this.#until(`${records} more acknowledgements`, () => this.acknowledged.size >= goal)
  }

  /** Sends no more, and waits until all is acknowledged. */
  async finish(): Promise<void> {
    this.#stopped = true
    await this.#ended
    await this.#until('the last acknowledgement', () => this.acknowledged.size === this.sent)
    const { made = 0 } = this.receipt
    assert.equal(this.sent + made, accounted(this.receipt), `its books: ${JSON.stringify(this.receipt)}`)
  }

  /** Every number that was acknowledged must be among these; each of these once, if `once`. */
  check(numbers: readonly number[], { once }: { once: boolean }): void {
    const there = new Set(numbers)
    const lost = [...this.acknowledged].filter(number => !there.has(number))
    assert.equal(lost.length, 0, `${lost.length} acknowledged records are lost, ${lost.slice(0, 10)} …`)
    if (once)
      assert.equal(numbers.length, there.size, `${numbers.length - there.size} are there more than once`)
  }

  async #emit(): Promise<void> {
    const { rate } = this.#options
    const start = performance.now()
    while (!this.#stopped) {
      const due =
        rate === undefined ? this.sent + 256 : Math.ceil(((performance.now() - start) / 1000) * rate)
      while (this.sent < due && !this.#stopped) {
        const room = this.#link.room()
        if (room) await Promise.race([room, this.#next(PERIOD)])
        else this.#send(Math.min(256, due - this.sent))
      }
      await this.#next(rate === undefined ? 0 : PERIOD)
    }
  }

  #send(count: number): void {
    const numbers = Array.from({ length: count }, () => this.sent++)
    const lines = numbers.map(number => `${JSON.stringify(this.#record(number))}\n`).join('')
    this.#link.accept(Batch.fromBytes(Buffer.from(lines), createReader())).then(
      receipt => {
        for (const number of numbers) this.acknowledged.add(number)
        addReceipt(this.receipt, receipt)
        for (const wake of this.#waiting) wake()
      },
      // Closed with the test.
      () => {},
    )
  }

  #record(number: number): object {
    const record = this.#options.record?.(number) ?? {
      message: `<13>Oct 11 22:14:15 web1 app[42]: number ${number}`,
    }
    const id = `${this.#run}-${number.toString().padStart(9, '0')}`
    return { '@meta': { id, received: Date.now() }, ...record, number }
  }

  async #until(what: string, so: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE
    while (!so()) {
      if (performance.now() > deadline)
        throw new Error(`${what} did not come; ${this.acknowledged.size} of ${this.sent} are acknowledged`)
      await new Promise<void>(resolve => {
        this.#waiting.add(resolve)
        setTimeout(resolve, 100)
      })
      this.#waiting.clear()
    }
  }

  #next(milliseconds: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, milliseconds))
  }
}
