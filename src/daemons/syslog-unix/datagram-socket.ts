import { closeSync } from 'node:fs'
import { type Linux, SOCKET_OPTION } from '../../lib/linux.ts'
import { MessageSlab } from '../../lib/message-slab.ts'
import type { Credentials } from '../../lib/unix/peer.ts'
import { CONTROL, credentialsIn } from './credentials.ts'

/** Bytes for the datagrams of one call. */
const MEMORY = 16 * 1024 * 1024
const [FEWEST, MOST] = [4, 64]
/** More than a record has by default; only a sender who has asked for it (socket(7), SO_SNDBUF) can send as much. */
const LONGEST = MEMORY / FEWEST

/** Some lines of the processor's cache more than a power of two: see lib/udp/slab.ts. */
const APART = 5 * 64

/** Full calls in a row before others have their turn. */
const ROUNDS = 4

/** A datagram, in memory that is used again after the call. What is behind `end` has not fitted. */
export interface Received {
  memory: Buffer
  start: number
  end: number
  /** Bytes that it was sent with. */
  length: number
  sender: Credentials | undefined
}

/**
 * Reads a bound datagram socket of the unix domain, as soon as something comes: who sends waits when some are queued (unix(7)).
 * Told by a signal of the kernel, it costs nothing as long as nothing comes; 6 µs of CPU a datagram at 75,000/s and 10 at
 * 10,000/s. (A thread that waits in poll(2): 8 and 17. A timer of 4 ms: 3 % of a core when idle, and, with the queue of 10 that
 * Linux has by default, who sends is held up at 2,600/s.)
 */
export class DatagramSocket {
  readonly #linux: Linux
  readonly #fd: number
  readonly #slot: number
  readonly #slab: MessageSlab
  #take: (datagram: Received) => void = () => {}
  #stop: () => void = () => {}
  #timer: NodeJS.Timeout | undefined
  readonly #isKept: boolean
  #waiting = false
  #closed = false

  /** @param isKept somebody else keeps it open: what is in it at the end is for who comes next */
  constructor(linux: Linux, fd: number, isKept = false) {
    this.#linux = linux
    this.#fd = fd
    this.#isKept = isKept
    this.#slot = longest(linux, fd) + APART
    const most = Math.max(FEWEST, Math.min(MOST, Math.floor(MEMORY / this.#slot)))
    this.#slab = new MessageSlab(linux, { most, slot: this.#slot, name: 0, control: CONTROL.size })
  }

  /** From now on gives what comes. */
  start(take: (datagram: Received) => void): void {
    this.#take = take
    this.#stop = this.#linux.whenReadable(this.#fd, () => this.#look())
    // A signal is nothing that the event loop lives for.
    this.#timer = setInterval(() => this.#look(), 1_000)
    this.#look()
  }

  /** Reads no further until the promise settles. */
  wait(room: Promise<void>): void {
    if (this.#waiting) return
    this.#waiting = true
    room.finally(() => {
      this.#waiting = false
      this.#look()
    })
  }

  /** Takes nothing more in, gives what was sent until then, and closes it. A socket that is kept by somebody else goes on as it is. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#stop()
    clearInterval(this.#timer)
    if (!this.#isKept) {
      this.#linux.endReceiving(this.#fd)
      while (this.#receive() > 0);
    }
    closeSync(this.#fd)
  }

  #look(): void {
    for (let round = 0; round < ROUNDS; round++) {
      if (this.#closed || this.#waiting) return
      this.#receive()
      if (!this.#slab.full) return
    }
    setImmediate(() => this.#look())
  }

  #receive(): number {
    const slab = this.#slab
    const count = slab.receive(this.#fd)
    let bytes = 0
    for (let n = 0; n < count; n++) {
      const length = slab.lengthOf(n)
      const start = n * this.#slot
      const end = start + Math.min(length, this.#slot)
      bytes += length
      this.#take({ memory: slab.memory, start, end, length, sender: credentialsIn(slab.controlOf(n)) })
    }
    slab.release(count, bytes)
    return count
  }
}

/** Bytes of the longest datagram: who sends needs a buffer of that size, which the kernel grants him as it does to us. */
function longest(linux: Linux, fd: number): number {
  linux.setOption(fd, SOCKET_OPTION.sendBuffer, LONGEST)
  return Math.min(LONGEST, linux.getOption(fd, SOCKET_OPTION.sendBuffer, 4).readInt32LE())
}
