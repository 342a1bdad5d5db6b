import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { isBusy, isDamage } from '../../lib/sqlite-errors.ts'
import { takeLock } from '../../lib/sqlite-lock.ts'
import { type PartitionFile, partitionFile, partitionsIn } from './layout.ts'
import { PartitionWriter } from './partition-writer.ts'
import type { Rows } from './row.ts'
import { type Damaged, SealedPartitions } from './sealed.ts'

export interface WriterOptions {
  folder: string
  /** Milliseconds after which a record may be deleted. */
  keep: number | undefined
  /** Bytes that all partitions together may have. */
  keepBytes: number | undefined
}

/** What became of rows, one number each: the key under which it is stored, or -1: its id was there already. */
export interface Written {
  partition: number
  keys: Float64Array
  /** Partitions that turned out to be damaged. */
  damaged: Damaged[]
}

/** Somebody else writes to the folder. */
export class FolderInUse extends Error {}

const LARGEST = 256 * 2 ** 20
const SMALLEST = 2 ** 20
/** Of what is kept, a partition is this part: so much more than asked for may be there at most. */
const PARTS = 16
/** Below this the disk counts as full, so that what is needed to delete and to check-point is still there. */
const RESERVE = 32 * 2 ** 20

/** Writes the store: the newest partition takes what comes, the oldest one goes. */
export class StoreWriter {
  readonly #options: WriterOptions
  readonly #now: () => number
  readonly #unlock: () => void
  readonly #sealed = new SealedPartitions(file => this.#openFile(file))
  #current!: PartitionWriter

  /** Opens the store in a folder, which is there. Throws FolderInUse, and what the file system or SQLite says. */
  constructor(options: WriterOptions, now: () => number = Date.now) {
    this.#options = options
    this.#now = now
    this.#unlock = lockFolder(options.folder)
    try {
      const files = partitionsIn(options.folder)
      for (const file of files.slice(0, -1)) this.#sealed.addFile(file)
      this.#current = this.#openNewest(files.at(-1))
    } catch (error) {
      this.#unlock()
      throw error
    }
  }

  /** Partitions that cannot be read; each is told of once. */
  takeDamaged(): Damaged[] {
    return this.#sealed.takeDamaged()
  }

  /** Stores rows in one transaction, durable when it returns. Throws what SQLite says; then none of them is stored. */
  write(rows: Rows): Written {
    this.#checkSpace()
    if (!this.#current.isThere) this.#setAside(new Error('its file was deleted or replaced'))
    const written = this.#writeCurrent(rows)
    if (this.#isLarge()) this.#tidyIfPossible()
    return { ...written, damaged: this.takeDamaged() }
  }

  /**
   * Begins a new partition when the newest is large or old, and deletes the oldest when it is time: one at a call, so
   * that nothing waits for long. Returns whether it deleted one.
   */
  tidy(): boolean {
    if (this.#isLarge() || this.#isOld()) this.#rotate()
    if (!this.#mayDelete()) return false
    this.#sealed.deleteOldest()
    return true
  }

  /** These records are stored, whatever else cannot be done now. */
  #tidyIfPossible(): void {
    try {
      while (this.tidy());
    } catch {
      // It is tried again, and told of, by whoever calls `tidy` now and then.
    }
  }

  close(): void {
    this.#sealed.close()
    this.#current.close()
    this.#unlock()
  }

  #writeCurrent(rows: Rows): { partition: number; keys: Float64Array } {
    const current = this.#current
    const keys = new Float64Array(rows.ids.length)
    try {
      current.begin()
      for (let n = 0; n < keys.length; n++) {
        const repeat = this.#sealed.has(rows.ids[n]!, rows.received[n]!)
        keys[n] = repeat ? -1 : (current.insert(rows, n) ?? -1)
      }
      current.commit(this.#now())
    } catch (error) {
      if (isDamage(error)) this.#setAside(error as Error)
      else current.rollback()
      throw error
    }
    return { partition: current.file.number, keys }
  }

  /** A full disk must leave room for what frees it. */
  #checkSpace(): void {
    const { bavail, bsize } = statfsSync(this.#options.folder)
    if (bavail * bsize < RESERVE) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
  }

  #isLarge(): boolean {
    return this.#current.size >= this.#large
  }

  /** Bytes of a partition that is full. */
  get #large(): number {
    const { keepBytes = Number.POSITIVE_INFINITY } = this.#options
    return Math.min(LARGEST, Math.max(SMALLEST, keepBytes / PARTS))
  }

  #openFile(file: PartitionFile): PartitionWriter {
    return new PartitionWriter(file, this.#now(), this.#large / 4)
  }

  #isOld(): boolean {
    const { records, created } = this.#current.about
    return records > 0 && this.#now() - created >= (this.#options.keep ?? Number.POSITIVE_INFINITY) / PARTS
  }

  /** The new partition first: what cannot be opened must leave the old one as it was. */
  #rotate(): void {
    this.#checkSpace()
    const old = this.#current
    this.#current = this.#openFile(this.#next(old.file))
    this.#sealed.add(old)
    old.close()
  }

  /** Nothing more goes into a damaged partition; what can be read of it stays. */
  #setAside(error: Error): void {
    const damaged = this.#current
    this.#current = this.#openFile(this.#next(damaged.file))
    this.#sealed.setAside(damaged.file, error)
    try {
      damaged.close()
    } catch {
      // It is closed all the same.
    }
  }

  #next({ number }: PartitionFile): PartitionFile {
    return partitionFile(this.#options.folder, number + 1)
  }

  #openNewest(file: PartitionFile | undefined): PartitionWriter {
    if (!file) return this.#openFile(partitionFile(this.#options.folder, 1))
    const opened = this.#sealed.unlessDamaged(file, () => this.#openFile(file))
    return opened ?? this.#openFile(this.#next(file))
  }

  #mayDelete(): boolean {
    const { oldest, bytes } = this.#sealed
    if (oldest === undefined) return false
    const { keep, keepBytes } = this.#options
    if (keep !== undefined && oldest < this.#now() - keep) return true
    return keepBytes !== undefined && bytes + this.#current.size > keepBytes
  }
}

function lockFolder(folder: string): () => void {
  try {
    return takeLock(join(folder, 'lock'))
  } catch (error) {
    throw isBusy(error)
      ? new FolderInUse('another store is using it; stop that one, or give this one a folder of its own')
      : error
  }
}
