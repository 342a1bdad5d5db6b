import { type Linux, MESSAGE_HEADER, PART } from './linux.ts'

/** Bytes of one call, about: what is made of them should find room in memory that is used again (arena.ts). */
const BYTES = 256 * 1024

export interface MessageSlabOptions {
  /** Messages of one call. */
  most: number
  /** Bytes for each of them. What is not written to is not in memory. */
  slot: number
  /** Bytes for the address of who sent it; 0: nobody asks. */
  name: number
  /** Bytes for what comes beside it (cmsg(3)); 0: nobody asks. */
  control: number
}

/**
 * Memory that the kernel writes messages to, many in one call: at 120,000/s that takes half of the CPU that node:dgram
 * takes, and loses nothing where that loses a tenth.
 */
export class MessageSlab {
  readonly memory: Buffer
  /** The addresses of the senders, in pieces of the given size; so are the controls. */
  readonly names: Buffer
  readonly controls: Buffer
  /** There may be more. */
  full = false
  readonly #linux: Linux
  // The kernel is told where they are, so they live as long as this.
  readonly #parts: Buffer
  readonly #headers: Buffer
  readonly #control: number
  readonly #largest: number
  #most: number

  constructor(linux: Linux, { most, slot, name, control }: MessageSlabOptions) {
    this.#linux = linux
    this.#control = control
    this.#largest = most
    this.#most = most
    this.memory = Buffer.allocUnsafeSlow(most * slot)
    this.names = Buffer.alloc(most * name)
    this.controls = Buffer.alloc(most * control)
    this.#parts = Buffer.alloc(most * PART.size)
    this.#headers = Buffer.alloc(most * MESSAGE_HEADER.size)
    this.#connect(slot, name)
  }

  /** Says in each header where the message, and what is beside it, is to be written. */
  #connect(slot: number, name: number): void {
    const headers = this.#headers
    const [memory, names, controls, parts] = [this.memory, this.names, this.controls, this.#parts].map(
      this.#linux.addressOf,
    ) as [bigint, bigint, bigint, bigint]
    const control = this.#control
    for (let n = 0; n < this.#largest; n++) {
      const header = n * MESSAGE_HEADER.size
      const part = n * PART.size
      if (name > 0) headers.writeBigUInt64LE(names + BigInt(n * name), header + MESSAGE_HEADER.name)
      headers.writeUInt32LE(name, header + MESSAGE_HEADER.nameLength)
      if (control > 0)
        headers.writeBigUInt64LE(controls + BigInt(n * control), header + MESSAGE_HEADER.control)
      headers.writeUInt32LE(control, header + MESSAGE_HEADER.controlLength)
      headers.writeBigUInt64LE(parts + BigInt(part), header + MESSAGE_HEADER.parts)
      headers.writeBigUInt64LE(1n, header + MESSAGE_HEADER.partCount)
      this.#parts.writeBigUInt64LE(memory + BigInt(n * slot), part + PART.base)
      this.#parts.writeBigUInt64LE(BigInt(slot), part + PART.length)
    }
  }

  /** Takes what has come to the socket, and returns how many messages that are; never waits. */
  receive(fd: number): number {
    const count = this.#linux.receiveMessages(fd, this.#headers, this.#most)
    this.full = count === this.#most
    return count
  }

  /** Bytes that the n-th message was sent with; more than its slot has where it has not fitted. */
  lengthOf(n: number): number {
    return this.#headers.readUInt32LE(n * MESSAGE_HEADER.size + MESSAGE_HEADER.length)
  }

  /** The bytes beside the n-th message. */
  controlOf(n: number): Buffer {
    return this.controls.subarray(n * this.#control, (n + 1) * this.#control)
  }

  /** What was received is not looked at any more: so many messages, of so many bytes together. */
  release(count: number, bytes: number): void {
    if (bytes > 0) this.#most = Math.min(this.#largest, Math.ceil((BYTES * count) / bytes))
    if (this.#control === 0) return
    // The kernel has written there how much it has written.
    for (let n = 0; n < count; n++)
      this.#headers.writeUInt32LE(this.#control, n * MESSAGE_HEADER.size + MESSAGE_HEADER.controlLength)
  }
}
