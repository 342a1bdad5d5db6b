import { type About, type PartitionFile, partitionsIn } from './layout.ts'
import { PartitionReader } from './partition-reader.ts'

/** A partition that is open for reading, and what is in it at this moment. */
export interface Opened {
  partition: PartitionReader
  about: About & { firstKey: number; lastKey: number }
}

/** Keeps the partitions of a folder open for reading, as they come and go. */
export class StoreReader {
  readonly #folder: string
  readonly #open = new Map<number, PartitionReader>()
  readonly #broken = new Set<number>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Those that hold records, oldest first. What cannot be read is left out; the writer has said so. */
  partitions(): Opened[] {
    const files = partitionsIn(this.#folder)
    for (const [number, partition] of this.#open) {
      if (files.some(file => file.number === number)) continue
      partition.close()
      this.#open.delete(number)
    }
    return files.flatMap((file, n) => this.#look(file, n === files.length - 1))
  }

  close(): void {
    for (const partition of this.#open.values()) partition.close()
    this.#open.clear()
  }

  #look(file: PartitionFile, newest: boolean): Opened[] {
    if (this.#broken.has(file.number)) return []
    try {
      let partition = this.#open.get(file.number)
      if (!partition) {
        partition = new PartitionReader(file)
        this.#open.set(file.number, partition)
      }
      const about = partition.about()
      const { firstKey, lastKey } = about
      return firstKey === null || lastKey === null
        ? []
        : [{ partition, about: { ...about, firstKey, lastKey } }]
    } catch {
      // The newest one may just be being made; of the others, nothing better will come.
      if (!newest) this.#broken.add(file.number)
      return []
    }
  }
}
