import type { Linux } from '../linux.ts'
import { MessageSlab } from '../message-slab.ts'
import { formatSocketAddress } from '../socket-address.ts'
import type { Decode } from './reading.ts'

/** Datagrams of one call. */
const MOST = 256

/**
 * The longest datagram has 65,527 bytes. Some lines of the processor's cache more than a power of two: else the beginnings of
 * all slots, where small datagrams are, would compete for the same few lines of it.
 */
const SLOT = 65_536 + 5 * 64

/** A `struct sockaddr_in6` has 28 bytes. */
const NAME = 32

/** Peers whose texts are kept; then it begins anew. */
const MOST_PEERS = 4096

/** Reads datagrams, many in one call of the kernel. */
export class Slab<T> {
  /** Bytes of the datagrams that were received last. */
  bytes = 0
  readonly #slab: MessageSlab
  readonly #decode: Decode<T>
  readonly #peers = new Map<string, string>()
  #lastName = ''
  #lastPeer = ''

  constructor(linux: Linux, decode: Decode<T>) {
    this.#decode = decode
    this.#slab = new MessageSlab(linux, { most: MOST, slot: SLOT, name: NAME, control: 0 })
  }

  /** There may be more. */
  get full(): boolean {
    return this.#slab.full
  }

  /** Datagrams that have come to the socket; never waits. */
  receive(fd: number): T[] {
    const slab = this.#slab
    const count = slab.receive(fd)
    this.bytes = 0
    const datagrams: T[] = []
    for (let n = 0; n < count; n++) {
      const length = slab.lengthOf(n)
      this.bytes += length
      datagrams.push(this.#decode(slab.memory, n * SLOT, n * SLOT + length, this.#peerOf(n)))
    }
    slab.release(count, this.bytes)
    return datagrams
  }

  #peerOf(n: number): string {
    const name = this.#slab.names.toString('latin1', n * NAME, (n + 1) * NAME)
    if (name !== this.#lastName) {
      this.#lastName = name
      this.#lastPeer = this.#peers.get(name) ?? this.#remember(name, n)
    }
    return this.#lastPeer
  }

  #remember(name: string, n: number): string {
    if (this.#peers.size >= MOST_PEERS) this.#peers.clear()
    const peer = formatSocketAddress(this.#slab.names.subarray(n * NAME, (n + 1) * NAME))
    this.#peers.set(name, peer)
    return peer
  }
}
