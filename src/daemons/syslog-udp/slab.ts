import { formatHostPort } from '../../lib/index.ts'
import { type Linux, MESSAGE_HEADER, PART } from '../../lib/linux.ts'
import { type Datagram, decode } from './datagram.ts'
import { formatIPv6 } from './ipv6.ts'

/** Datagrams of one call. */
const MOST = 256

/** Bytes of one call, about: what is made of them should find room in memory that is used again (arena.ts). */
const BYTES = 256 * 1024

/**
 * The longest datagram has 65,527 bytes. What is not written to is not in memory. Some lines of the processor's cache more than
 * a power of two: else the beginnings of all slots, where small datagrams are, would compete for the same few lines of it.
 */
const SLOT = 65_536 + 5 * 64

/** A `struct sockaddr_in6` has 28 bytes. */
const NAME = 32

const AF_INET = 2

/** Peers whose texts are kept; then it begins anew. */
const MOST_PEERS = 4096

/**
 * Memory that the kernel writes datagrams to, many in one call: at 120,000/s that takes half of the CPU that node:dgram
 * takes, and loses nothing where that loses a tenth.
 */
export class Slab {
  readonly #linux: Linux
  // The kernel is told where they are, so they live as long as this.
  readonly #memory = Buffer.allocUnsafeSlow(MOST * SLOT)
  readonly #names = Buffer.alloc(MOST * NAME)
  readonly #parts = Buffer.alloc(MOST * PART.size)
  readonly #headers = Buffer.alloc(MOST * MESSAGE_HEADER.size)
  readonly #peers = new Map<string, string>()
  #lastName = ''
  #lastPeer = ''

  constructor(linux: Linux) {
    this.#linux = linux
    const [memory, names, parts] = [this.#memory, this.#names, this.#parts].map(linux.addressOf) as [
      bigint,
      bigint,
      bigint,
    ]
    for (let n = 0; n < MOST; n++) {
      const header = n * MESSAGE_HEADER.size
      const part = n * PART.size
      this.#headers.writeBigUInt64LE(names + BigInt(n * NAME), header + MESSAGE_HEADER.name)
      this.#headers.writeUInt32LE(NAME, header + MESSAGE_HEADER.nameLength)
      this.#headers.writeBigUInt64LE(parts + BigInt(part), header + MESSAGE_HEADER.parts)
      this.#headers.writeBigUInt64LE(1n, header + MESSAGE_HEADER.partCount)
      this.#parts.writeBigUInt64LE(memory + BigInt(n * SLOT), part + PART.base)
      this.#parts.writeBigUInt64LE(BigInt(SLOT), part + PART.length)
    }
  }

  /** Bytes of the datagrams that were received last. */
  bytes = 0
  /** There may be more. */
  full = false
  #most = MOST

  /** Datagrams that have come to the socket; never waits. */
  receive(fd: number): Datagram[] {
    const count = this.#linux.receiveMessages(fd, this.#headers, this.#most)
    this.full = count === this.#most
    this.bytes = 0
    const datagrams: Datagram[] = []
    for (let n = 0; n < count; n++) {
      const length = this.#headers.readUInt32LE(n * MESSAGE_HEADER.size + MESSAGE_HEADER.length)
      this.bytes += length
      datagrams.push(decode(this.#memory, n * SLOT, n * SLOT + length, this.#peerOf(n)))
    }
    if (this.bytes > 0) this.#most = Math.min(MOST, Math.ceil((BYTES * count) / this.bytes))
    return datagrams
  }

  #peerOf(n: number): string {
    const name = this.#names.toString('latin1', n * NAME, (n + 1) * NAME)
    if (name !== this.#lastName) {
      this.#lastName = name
      this.#lastPeer = this.#peers.get(name) ?? this.#remember(name, n)
    }
    return this.#lastPeer
  }

  #remember(name: string, n: number): string {
    if (this.#peers.size >= MOST_PEERS) this.#peers.clear()
    const peer = peerOf(this.#names.subarray(n * NAME, (n + 1) * NAME))
    this.#peers.set(name, peer)
    return peer
  }
}

/** The text of a `struct sockaddr_in` or `sockaddr_in6` (ip(7), ipv6(7)). */
function peerOf(name: Buffer): string {
  const port = name.readUInt16BE(2)
  if (name.readUInt16LE(0) === AF_INET) return formatHostPort(name.subarray(4, 8).join('.'), port)
  return formatHostPort(formatIPv6(name.subarray(8, 24), name.readUInt32LE(24)), port)
}
