import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** How the numbers of events are told to clients. */
export interface Ids {
  idOf(sequence: number): string
  /** Undefined for an id of another life, or one that was never given. */
  sequenceOf(id: string): number | undefined
}

/** One block of AES. */
const BLOCK = 16
const CIPHER = 'aes-128-ecb'

/**
 * Ids that say nothing: who may see the events of one account alone would read in their numbers how many others there are. A
 * block is the number and something random, so that two ids of the same number differ.
 */
export class HiddenIds implements Ids {
  readonly #newest: () => number
  readonly #key = randomBytes(BLOCK)
  /** Each block by itself: one cipher will do for all. */
  readonly #cipher = createCipheriv(CIPHER, this.#key, null).setAutoPadding(false)

  /** @param newest the number of the newest event */
  constructor(newest: () => number) {
    this.#newest = newest
  }

  idOf(sequence: number): string {
    const block = Buffer.alloc(BLOCK)
    block.writeUInt32BE(Math.random() * 2 ** 32, 4)
    block.writeBigUInt64BE(BigInt(sequence), 8)
    return this.#cipher.update(block).toString('base64url')
  }

  sequenceOf(id: string): number | undefined {
    const block = Buffer.from(id, 'base64url')
    if (block.length !== BLOCK) return undefined
    const plain = createDecipheriv(CIPHER, this.#key, null).setAutoPadding(false).update(block)
    const sequence = plain.readBigUInt64BE(8)
    // What another key made begins with anything but zeros.
    return plain.readUInt32BE(0) === 0 && sequence <= BigInt(this.#newest()) ? Number(sequence) : undefined
  }
}
