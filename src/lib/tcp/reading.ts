import type { Socket } from 'node:net'
import { goneAmong } from './gone.ts'

/** Connections that are read again at once when there is room. */
const AT_ONCE = 64

/** Connections that are read, and those that have to wait. */
export class Reading {
  readonly #open = new Set<Socket>()
  /** Those that are not read until there is room. */
  readonly #paused = new Set<Socket>()
  /** Those that are not read for a reason of their own. */
  readonly #held = new Set<Socket>()
  #room: Promise<void> | undefined

  /** Those that are read now, or when there is room. */
  get size(): number {
    return this.#open.size + this.#paused.size
  }

  /** The promise of room; undefined when there is room. */
  get room(): Promise<void> | undefined {
    return this.#room
  }

  /** Reads it, as soon as there is room. */
  add(socket: Socket): void {
    if (this.#room) this.#pause(socket)
    else this.#open.add(socket)
  }

  delete(socket: Socket): void {
    this.#open.delete(socket)
    this.#paused.delete(socket)
    this.#held.delete(socket)
  }

  /** Whether it is not read because there is no room. */
  isPaused(socket: Socket): boolean {
    return this.#paused.has(socket)
  }

  /** Reads nobody any further until the promise settles. */
  wait(room: Promise<void>): void {
    if (this.#room) return
    for (const socket of this.#open) this.#pause(socket)
    this.#open.clear()
    this.#room = room.finally(() => {
      this.#room = undefined
      this.#resume()
    })
  }

  /** Reads this one no further until the promise resolves. */
  hold(socket: Socket, until: Promise<unknown>): void {
    this.delete(socket)
    this.#held.add(socket)
    socket.pause()
    until.then(() => {
      // It may be closed by now.
      if (!this.#held.delete(socket)) return
      this.#paused.add(socket)
      this.#resume()
    })
  }

  /** Says to all of them that nobody listens any more. */
  end(): void {
    for (const socket of [...this.#open, ...this.#paused, ...this.#held]) socket.end()
  }

  /** Ends those that are not read, and whose peers have gone, with all that they have sent. */
  async endGone(): Promise<void> {
    for (const socket of await goneAmong([...this.#paused, ...this.#held])) {
      if (this.#paused.has(socket) || this.#held.has(socket)) socket.destroy()
    }
  }

  #pause(socket: Socket): void {
    this.#paused.add(socket)
    socket.pause()
  }

  /**
   * Reads some more of those who have waited longest, and the next ones when these have had their turn: of ten thousand at once
   * each would bring what it has, which is far more than there is room for.
   */
  #resume(): void {
    if (this.#room) return
    for (const socket of [...this.#paused.values().take(AT_ONCE)]) {
      this.#paused.delete(socket)
      this.#open.add(socket)
      socket.resume()
    }
    // What they have is read in the next turn of the loop.
    if (this.#paused.size > 0) setImmediate(() => setImmediate(() => this.#resume()))
  }
}
