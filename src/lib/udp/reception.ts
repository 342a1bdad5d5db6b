import { createSocket, type Socket } from 'node:dgram'
import { closeSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { formatHostPort } from '../host-port.ts'
import { type Linux, loadLinux, SOCKET_OPTION } from '../linux.ts'
import { Pace } from './pause.ts'
import type { Reading } from './reading.ts'
import { Slab } from './slab.ts'

/** Datagrams that node:dgram gives in one list. */
const MOST_AT_ONCE = 1024

/** So many in so many milliseconds, and it is worth while to look for them instead of being told of each. */
const BUSY = { datagrams: 100, within: 100 }

/** So few, and it is not any more. */
const QUIET = { datagrams: 500, within: 1_000 }

/** Full calls in a row before others have their turn. */
const ROUNDS = 4

/** Full calls at the end, and turns of the loop with up to 32 datagrams each: more than any receive buffer holds. */
const LAST_ROUNDS = 256
const LAST_TURNS = 2048

/**
 * libuv lets others share the address of a socket that it is given, and so does systemd with those that it makes: any user of the host
 * could then take our datagrams (SO_REUSEADDR in socket(7)).
 */
function keepToOurselves(linux: Linux, fd: number): void {
  linux.setOption(fd, SOCKET_OPTION.reuseAddress, 0)
}

interface Manner<T> {
  type: 'udp4' | 'udp6'
  /** Bytes that the kernel queues. */
  granted: number
  reading: Reading<T>
}

/** A socket that node:dgram has bound. */
interface OwnSocket {
  socket: Socket
  /** Its descriptor, where that is known. */
  fd: number | undefined
}

/** A socket that somebody else keeps open. */
interface KeptSocket {
  fd: number
  linux: Linux
}

/**
 * Reads a UDP socket in one of two ways. While little comes, node:dgram waits for it, at the cost of a wake-up for each
 * datagram. While much comes, a timer looks every few milliseconds and takes all there is in a few calls of the kernel:
 * 0.8 µs a datagram, against 4 to 10. Off Linux, and without koffi, it stays with the first.
 */
export class Reception<T> {
  readonly #type: 'udp4' | 'udp6'
  readonly #granted: number
  readonly #reading: Reading<T>
  /** The descriptor of the socket that it began with. */
  readonly #first: number | undefined
  readonly #kept: KeptSocket | undefined
  #take: (datagrams: T[]) => void = () => {}
  /** Waits for datagrams; undefined while they are looked for. */
  #socket: Socket | undefined
  #waiting: T[] = []
  /** The same socket, for the calls of the kernel. */
  #fd: number | undefined
  #slab: Slab<T> | undefined
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined
  /** Datagrams since then, by performance.now(). */
  #count = 0
  #since = 0
  #pace: Pace | undefined
  #closed: Promise<void> | undefined

  constructor({ type, granted, reading }: Manner<T>, from: OwnSocket | KeptSocket) {
    this.#type = type
    this.#granted = granted
    this.#reading = reading
    if ('linux' in from) {
      this.#kept = from
      this.#fd = from.fd
      return
    }
    this.#socket = from.socket
    this.#first = from.fd
    // Of a datagram that could not be received: the next one may be.
    from.socket.on('error', () => {})
  }

  start(take: (datagrams: T[]) => void): void {
    this.#take = take
    if (this.#socket) this.#listen(this.#socket)
    else if (this.#kept && !this.#closed) this.#startKept(this.#kept)
  }

  /** Not before: node:dgram reads what waits in it as soon as it has it. */
  #startKept({ linux }: KeptSocket): void {
    if (!this.#wait(linux)) this.#beginLooking(linux)
  }

  /** Takes what has come until now: it was sent to us. Then closes it. What somebody else keeps stays in there for who comes next. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer as NodeJS.Timeout)
    clearImmediate(this.#timer as NodeJS.Immediate)
    if (this.#kept) {
      this.#socket?.close()
      // What node:dgram has read already.
      this.#give()
    } else if (!this.#socket) this.#receive(LAST_ROUNDS)
    else {
      await this.#hearOut()
      this.#socket.close()
    }
    if (this.#fd !== undefined) closeSync(this.#fd)
  }

  /** The queue of the kernel is empty when a whole turn of the loop has brought nothing. */
  async #hearOut(): Promise<void> {
    await turn()
    this.#give()
    for (let turns = 0; turns < LAST_TURNS; turns++) {
      await turn()
      if (this.#waiting.length === 0) return
      this.#give()
    }
  }

  #listen(socket: Socket): void {
    this.#begin()
    socket.on('message', (payload, { address, port }) => {
      // libuv reads up to 32 datagrams in a turn of the loop; they travel on together.
      const length = this.#waiting.push(
        this.#reading.decode(payload, 0, payload.length, formatHostPort(address, port)),
      )
      if (length === 1) setImmediate(() => this.#give())
      else if (length >= MOST_AT_ONCE) this.#give()
    })
  }

  #give(): void {
    const datagrams = this.#waiting
    if (datagrams.length === 0) return
    this.#waiting = []
    this.#take(datagrams)
    this.#count += datagrams.length
    if (this.#elapsed() > BUSY.within) this.#begin()
    else if (this.#count >= BUSY.datagrams && (this.#first ?? this.#fd) !== undefined) {
      this.#count = Number.NEGATIVE_INFINITY
      loadLinux().then(linux => linux && this.#look(linux))
    }
  }

  /** Goes over to looking. */
  #look(linux: Linux): void {
    if (this.#closed || !this.#socket) return
    let datagrams: T[]
    try {
      this.#slab ??= new Slab(linux, this.#reading.decode)
      this.#fd ??= linux.duplicate(this.#first!)
      datagrams = this.#slab.receive(this.#fd)
    } catch {
      // No descriptor is left, or the call is forbidden (seccomp): it goes on as it does.
      return
    }
    if (datagrams.length > 0) this.#take(datagrams)
    this.#socket.close()
    this.#socket = undefined
    this.#beginLooking(linux)
  }

  #beginLooking(linux: Linux): void {
    this.#slab ??= new Slab(linux, this.#reading.decode)
    this.#begin()
    this.#pace = new Pace(this.#granted, this.#reading.longest, this.#since)
    this.#poll(linux)
  }

  #poll(linux: Linux): void {
    if (this.#receive(ROUNDS)) {
      this.#timer = setImmediate(() => this.#poll(linux))
      return
    }
    if (this.#elapsed() >= QUIET.within) {
      if (this.#count < QUIET.datagrams && this.#wait(linux)) return
      this.#begin()
    }
    this.#timer = setTimeout(() => this.#poll(linux), this.#pace!.next(performance.now()))
  }

  /** Whether there may be more. */
  #receive(rounds: number): boolean {
    for (let round = 0; round < rounds; round++) {
      let datagrams: T[]
      try {
        datagrams = this.#slab!.receive(this.#fd!)
      } catch {
        // For want of memory, say: it is looked again.
        return false
      }
      if (datagrams.length > 0) this.#take(datagrams)
      this.#count += datagrams.length
      this.#pace!.note(datagrams.length, this.#slab!.bytes)
      if (!this.#slab!.full) return false
    }
    return true
  }

  /** Goes back to waiting. False when there is no descriptor left for that. */
  #wait(linux: Linux): boolean {
    try {
      const socket = createSocket(this.#type)
      socket.on('error', () => this.#look(linux))
      socket.bind({ fd: linux.duplicate(this.#fd!) })
      keepToOurselves(linux, this.#fd!)
      this.#socket = socket
      this.#listen(socket)
      return true
    } catch {
      return false
    }
  }

  #begin(): void {
    this.#count = 0
    this.#since = performance.now()
  }

  #elapsed(): number {
    return performance.now() - this.#since
  }
}
