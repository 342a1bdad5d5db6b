import type { TestContext } from 'node:test'
import { Dealer } from 'zeromq'

/** A batch as somebody else makes it: lines, whatever is in them. */
export interface StrangersBatch {
  number: number
  /** When it was made, epoch milliseconds. */
  at: number
  lines: readonly string[]
}

/**
 * Somebody else's producer of the acknowledged pipe: docs/protocol.md, and nothing of ours. It sends what is not
 * acknowledged again, with the same words, each time that it dials.
 */
export class Stranger {
  readonly sender: string
  /** What became of batches, by their numbers; true: all are stored. */
  readonly receipts = new Map<number, unknown>()
  readonly #address: string
  readonly #batches: readonly StrangersBatch[]
  readonly #all = Promise.withResolvers<void>()
  #socket: Dealer | undefined

  /** @param endpoint ack+tcp://… */
  constructor(t: TestContext, endpoint: string, sender: string, batches: readonly StrangersBatch[]) {
    this.sender = sender
    this.#address = endpoint.replace(/^ack\+/, '')
    this.#batches = batches
    t.after(() => this.#socket?.close())
  }

  /** A new session, to a consumer that is there. */
  async dial(): Promise<void> {
    this.#socket?.close()
    const socket = new Dealer({ linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 })
    this.#socket = socket
    socket.connect(this.#address)
    const left = this.#batches.filter(({ number }) => !this.receipts.has(number))
    const from = left[0]?.number ?? this.#batches.length + 1
    await socket.send(JSON.stringify({ hello: 1, role: 'push', sender: this.sender, from }))
    await socket.receive()
    for (const { number, at, lines } of left)
      await socket.send([JSON.stringify({ batch: number, at }), ...lines].join('\n'))
    this.#listen(socket)
  }

  /** Settles when all is acknowledged. */
  get acknowledged(): Promise<void> {
    return this.#all.promise
  }

  async #listen(socket: Dealer): Promise<void> {
    for await (const [frame] of socket) {
      const { ack = [] } = JSON.parse(String(frame)) as { ack?: (number | [number, unknown])[] }
      for (const one of ack) {
        const [number, receipt] = typeof one === 'number' ? [one, true] : one
        this.receipts.set(number, receipt)
      }
      if (this.receipts.size === this.#batches.length) this.#all.resolve()
    }
  }
}
