import type { Read } from '../reader.ts'

/** Bytes that are given on at once. */
const ENOUGH = 64 * 1024

/** Messages that came in the same turn of the loop, to be given on together: each alone would cost as much as a batch does. */
export class Gathering {
  readonly #give: (read: Read, size: number) => Promise<void>
  #read: Read = { records: [], refused: [] }
  #size = 0
  #soon: NodeJS.Immediate | undefined
  #giving: Promise<void> | undefined

  /** @param give settles when more may come */
  constructor(give: (read: Read, size: number) => Promise<void>) {
    this.#give = give
  }

  /** Returns what to wait for before more is added. */
  add({ records, refused }: Read, size: number): Promise<void> | undefined {
    // One by one: as arguments of a call, so many as one message may hold are more than the stack takes.
    for (const record of records) this.#read.records.push(record)
    for (const one of refused) this.#read.refused.push(one)
    this.#size += size
    if (this.#size >= ENOUGH) return this.flush()
    this.#soon ??= setImmediate(() => this.flush())
    return this.#giving
  }

  /** Gives on what is there; settles when all has been. */
  flush(): Promise<void> {
    clearImmediate(this.#soon)
    this.#soon = undefined
    const [read, size] = [this.#read, this.#size]
    this.#read = { records: [], refused: [] }
    this.#size = 0
    if (read.records.length + read.refused.length === 0) return this.#giving ?? Promise.resolve()
    const giving = (this.#giving ?? Promise.resolve()).then(() => this.#give(read, size))
    this.#giving = giving
    return giving.then(() => {
      if (this.#giving === giving) this.#giving = undefined
    })
  }
}
