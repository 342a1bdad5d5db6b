/** One piece of memory that allocations are cut from. */
const SLAB = 2 * 1024 * 1024

/** So many free slabs are kept: what a rare peak has needed is not held for ever. */
const MOST_FREE = 4

/**
 * Memory for bytes that live for a second or so and are given back. What the garbage collector has to find out by itself
 * stays until it looks at old objects: at 40,000 records/s that were 60 MB more than were in use, and, for links that are
 * acknowledged, a sixth of a daemon's CPU.
 */
export class Arena {
  /** Allocations in each slab that are in use. */
  readonly #used = new Map<ArrayBufferLike, number>()
  readonly #free: Buffer[] = []
  readonly #shared: boolean
  /** Bytes that are in use. */
  #held = 0
  #slab: Buffer = Buffer.alloc(0)
  #end = 0

  /** @param shared with threads: what is posted to one is not copied then, nor the slab that it is a part of */
  constructor({ shared = false } = {}) {
    this.#shared = shared
  }

  /** What is large has memory of its own, and nothing has none: nobody would give it back. */
  copy(bytes: Buffer): Buffer {
    const { length } = bytes
    if (length === 0 || length > SLAB || this.#isPinned) return this.#ownCopy(bytes)
    if (this.#end + length > this.#slab.length) this.#begin()
    const start = this.#end
    this.#end += length
    bytes.copy(this.#slab, start)
    this.#used.set(this.#slab.buffer, this.#used.get(this.#slab.buffer)! + 1)
    this.#held += length
    return this.#slab.subarray(start, this.#end)
  }

  /** Gives back what came from `copy`, once; anything else is left alone. */
  release({ buffer, length }: Uint8Array): void {
    const used = this.#used.get(buffer)
    if (used === undefined) return
    this.#held -= length
    this.#used.set(buffer, used - 1)
    if (used === 1 && buffer !== this.#slab.buffer) this.#recycle(buffer)
  }

  /** A few bytes that are not given back, in many slabs: more of them would be held for hardly anything. */
  get #isPinned(): boolean {
    return this.#used.size > MOST_FREE && this.#held * MOST_FREE < this.#used.size * SLAB
  }

  #begin(): void {
    const { buffer } = this.#slab
    if (this.#used.get(buffer) === 0) this.#recycle(buffer)
    this.#slab = this.#free.pop() ?? this.#allocate(SLAB)
    this.#end = 0
    this.#used.set(this.#slab.buffer, 0)
  }

  #recycle(buffer: ArrayBufferLike): void {
    this.#used.delete(buffer)
    if (this.#free.length < MOST_FREE) this.#free.push(Buffer.from(buffer))
  }

  #allocate(bytes: number): Buffer {
    return this.#shared ? Buffer.from(new SharedArrayBuffer(bytes)) : Buffer.allocUnsafeSlow(bytes)
  }

  #ownCopy(bytes: Buffer): Buffer {
    const copy = this.#allocate(bytes.length)
    bytes.copy(copy)
    return copy
  }
}
