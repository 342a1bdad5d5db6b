import type { Socket } from 'node:net'
import { goneAmong } from './gone.ts'

/** Connections that are read again at once when there is room. */
const AT_ONCE = 64

/** Connections that are read, and those that have to wait. */
export class Reading {
  readonly #open = new Set<Socket>()
  /** Those that are not read until there is room. */
  readonly #paused = new Set<Socket>()
  #waiting = false

  /** Those that are read now. */
  get size(): number {
    return this.#open.size
  }

  /** Reads it, as soon as there is room. */
  add(socket: Socket): void {
    if (this.#waiting) this.#pause(socket)
    else this.#open.add(socket)
  }

  delete(socket: Socket): void {
    this.#open.delete(socket)
    this.#paused.delete(socket)
  }

  /** Whether it is not read because there is no room. */
  isPaused(socket: Socket): boolean {
    return this.#paused.has(socket)
  }

  /** Reads nobody any further until the promise settles. */
  wait(room: Promise<void>): void {
    if (this.#waiting) return
    this.#waiting = true
    for (const socket of this.#open) this.#pause(socket)
    this.#open.clear()
    room.finally(() => {
      this.#waiting = false
      this.#resume()
    })
  }

  /** Who does not read what it is told is not read either: else answers would pile up here. */
  waitForDrain(socket: Socket): void {
    this.delete(socket)
    socket.pause()
    socket.once('drain', () => {
      this.#paused.add(socket)
      this.#resume()
    })
  }

  /** Says to all of them that nobody listens any more. */
  end(): void {
    for (const socket of [...this.#open, ...this.#paused]) socket.end()
  }

  /** Ends those that are not read because there is no room, and whose peers have gone, with all that they have sent. */
  async endGone(): Promise<void> {
    for (const socket of await goneAmong([...this.#paused])) if (this.#paused.has(socket)) socket.destroy()
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
    if (this.#waiting) return
    for (const socket of [...this.#paused.values().take(AT_ONCE)]) {
      this.#paused.delete(socket)
      this.#open.add(socket)
      socket.resume()
    }
    // What they have is read in the next turn of the loop.
    if (this.#paused.size > 0) setImmediate(() => setImmediate(() => this.#resume()))
  }
}
