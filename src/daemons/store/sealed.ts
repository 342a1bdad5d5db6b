import { rmSync } from 'node:fs'
import { isDamage } from '../../lib/sqlite-errors.ts'
import { bytesOf, type PartitionFile } from './layout.ts'
import { Foreign, type PartitionWriter } from './partition-writer.ts'

/** What cannot be read; the store goes on without it. */
export interface Damaged {
  path: string
  reason: string
}

/** An old partition: when its records were received, and its ids while it is open. */
interface Sealed {
  file: PartitionFile
  first: number
  last: number
  unreceived: boolean
  /** When it was written to last. */
  stored: number
  opened?: PartitionWriter
}

/** Partitions whose ids are looked into, kept open. */
const MOST_OPEN = 8

/** The partitions into which nothing more goes. */
export class SealedPartitions {
  readonly #openFile: (file: PartitionFile) => PartitionWriter
  /** Oldest first. */
  readonly #all: Sealed[] = []
  #open: Sealed[] = []
  #damaged: Damaged[] = []

  constructor(openFile: (file: PartitionFile) => PartitionWriter) {
    this.#openFile = openFile
  }

  /** Bytes on the disk. A damaged one does not count, or good ones would be deleted in its place. */
  get bytes(): number {
    return this.#all.reduce((sum, { file }) => sum + bytesOf(file), 0)
  }

  /** When the oldest was written to last, epoch milliseconds; undefined when there is none. */
  get oldest(): number | undefined {
    return this.#all[0]?.stored
  }

  /** Takes the newest of them, whose writer is still open. */
  add({ file, about }: PartitionWriter): void {
    this.#all.push({
      file,
      first: about.firstReceived ?? Number.POSITIVE_INFINITY,
      last: about.lastReceived ?? Number.NEGATIVE_INFINITY,
      unreceived: about.unreceived > 0,
      stored: about.lastStored,
    })
  }

  /** Takes a file that lies there. */
  addFile(file: PartitionFile): void {
    const partition = this.unlessDamaged(file, () => this.#openFile(file))
    if (!partition) return
    this.add(partition)
    partition.close()
  }

  deleteOldest(): void {
    const oldest = this.#all[0]!
    this.#close(oldest)
    // The file last: as long as it is there, the rest is found again.
    for (const suffix of ['-wal', '-shm', '']) rmSync(oldest.file.path + suffix, { force: true })
    this.#all.shift()
  }

  /**
   * Whether one of them has this id. A repeat says the same time of reception (NaN: none), so only partitions that
   * have records of that time are asked: for live records none.
   */
  has(id: string, received: number): boolean {
    // From the end, because a damaged one is taken out.
    for (let at = this.#all.length - 1; at >= 0; at--) {
      const { first, last, unreceived } = this.#all[at]!
      const possible = Number.isNaN(received) ? unreceived : received >= first && received <= last
      if (possible && this.#hasAt(at, id)) return true
    }
    return false
  }

  /** Undefined when the file is damaged, which is then noted. Throws everything else. */
  unlessDamaged<T>(file: PartitionFile, use: () => T): T | undefined {
    try {
      return use()
    } catch (error) {
      if (!(isDamage(error) || error instanceof Foreign)) throw error
      this.setAside(file, error as Error)
      return undefined
    }
  }

  /** Notes a damaged file. */
  setAside({ path }: PartitionFile, { message }: Error): void {
    this.#damaged.push({ path, reason: message })
  }

  /** Those that cannot be read; each is told of once. */
  takeDamaged(): Damaged[] {
    return this.#damaged.splice(0)
  }

  close(): void {
    for (const sealed of [...this.#open]) this.#close(sealed)
  }

  #hasAt(at: number, id: string): boolean {
    const sealed = this.#all[at]!
    const found = this.unlessDamaged(sealed.file, () => this.#reopen(sealed).has(id))
    if (found !== undefined) return found
    // It is asked no more.
    this.#close(sealed)
    this.#all.splice(at, 1)
    return false
  }

  #reopen(sealed: Sealed): PartitionWriter {
    if (!sealed.opened) {
      if (this.#open.length >= MOST_OPEN) this.#close(this.#open[0]!)
      sealed.opened = this.#openFile(sealed.file)
      this.#open.push(sealed)
    }
    return sealed.opened
  }

  #close(sealed: Sealed): void {
    this.#open = this.#open.filter(other => other !== sealed)
    const { opened } = sealed
    delete sealed.opened
    try {
      opened?.close()
    } catch {
      // Nothing was written to it.
    }
  }
}
