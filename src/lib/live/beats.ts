import type { Client } from './client.ts'

/** Milliseconds between two signs of life of a client. */
const BEAT = 10_000
/** Not all at once: with thousands of clients, events would wait until each has been told that there are none. */
const PARTS = 50

/** Has each client give a sign of life now and then, and look for one. */
export class Beats {
  readonly #parts = Array.from({ length: PARTS }, () => new Set<Client>())
  readonly #partOf = new Map<Client, Set<Client>>()
  #next = 0
  #entered = 0
  #timer: NodeJS.Timeout | undefined

  add(client: Client): void {
    const part = this.#parts[this.#entered++ % PARTS]!
    part.add(client)
    this.#partOf.set(client, part)
    this.#timer ??= setInterval(() => this.#beat(), BEAT / PARTS).unref()
  }

  remove(client: Client): void {
    this.#partOf.get(client)?.delete(client)
    this.#partOf.delete(client)
    if (this.#partOf.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #beat(): void {
    for (const client of this.#parts[this.#next++ % PARTS]!) client.beat()
  }
}
