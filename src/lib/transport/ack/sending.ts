import type { Dealer, Router } from 'zeromq'
import { Queue } from '../../engine/queue.ts'
import { codeOf } from '../../errors.ts'

type Frames = Buffer | [Buffer, Buffer]

/** Sends one message after the other: a socket takes one at a time (EBUSY). */
export class Sending {
  readonly #socket: Dealer | Router
  readonly #queue = new Queue<{ frames: Frames; failed: (() => void) | undefined }>()
  #busy = false
  #closing: number | undefined

  constructor(socket: Dealer | Router) {
    this.#socket = socket
  }

  /** @param failed called when nobody is there to be sent it */
  push(frames: Frames, failed?: () => void): void {
    this.#queue.push({ frames, failed })
    if (!this.#busy) this.#sendAll()
  }

  /** Closes the socket as soon as it has taken what waits here, which then gets so many milliseconds to leave. */
  close(linger: number): void {
    this.#closing = linger
    if (!this.#busy || linger === 0) this.#end()
    // It may be that nobody ever takes it.
    else setTimeout(() => this.#end(), linger)
  }

  async #sendAll(): Promise<void> {
    this.#busy = true
    for (let next = this.#queue.shift(); next && !this.#socket.closed; next = this.#queue.shift()) {
      try {
        // A frame goes by reference (zeromq.js copies up to 128 bytes only): its bytes are never used again.
        await this.#socket.send(next.frames)
      } catch (error) {
        if (this.#socket.closed) break
        if (codeOf(error) === 'EHOSTUNREACH' || codeOf(error) === 'EAGAIN') next.failed?.()
        else throw error
      }
    }
    this.#busy = false
    if (this.#closing !== undefined) this.#end()
  }

  #end(): void {
    if (this.#socket.closed) return
    this.#socket.linger = this.#closing!
    this.#socket.close()
  }
}
