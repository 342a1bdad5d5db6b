import { rmSync, statfsSync } from 'node:fs'
import { bytesIn, type PartitionFile, partitionFile, partitionsIn } from './layout.ts'
import { NewerVersion, PartitionWriter } from './partition-writer.ts'
import type { Rows } from './row.ts'

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

/** What cannot be read; the store goes on without it. */
export interface Damaged {
  path: string
  reason: string
}

const LARGEST = 256 * 2 ** 20
const SMALLEST = 2 ** 20
/** Of what is kept, a partition is this part: so much more than asked for may be there at most. */
const PARTS = 16
/** Below this the disk counts as full, so that what is needed to delete and to check-point is still there. */
const RESERVE = 32 * 2 ** 20
/** Partitions whose ids are looked into, kept open. */
const MOST_OPEN = 8

/** An old partition: when its records were received, and its ids while it is open. */
interface Sealed {
  file: PartitionFile
  first: number
  last: number
  unreceived: boolean
  opened?: PartitionWriter
}

/** Writes the store: the newest partition takes what comes, the oldest one goes. */
export class StoreWriter {
  #damaged: Damaged[] = []
  readonly #options: WriterOptions
  readonly #now: () => number
  /** Oldest first. */
  readonly #sealed: Sealed[] = []
  #current: PartitionWriter
  #open: Sealed[] = []

  /** Opens the store in a folder, which is there. Throws what the file system or SQLite says. */
  constructor(options: WriterOptions, now: () => number = Date.now) {
    this.#options = options
    this.#now = now
    const files = partitionsIn(options.folder)
    for (const file of files.slice(0, -1)) this.#seal(file)
    this.#current = this.#openNewest(files.at(-1))
  }

  /** Partitions that cannot be read; each is told of once. */
  takeDamaged(): Damaged[] {
    return this.#damaged.splice(0)
  }

  /** Stores rows in one transaction, durable when it returns. Throws what SQLite says; then none of them is stored. */
  write(rows: Rows): Written {
    this.#checkSpace()
    try {
      return this.#writeCurrent(rows)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#setAside(error as Error)
      return this.#writeCurrent(rows)
    }
  }

  #writeCurrent(rows: Rows): Written {
    const current = this.#current
    const keys = new Float64Array(rows.ids.length)
    current.begin()
    try {
      for (let n = 0; n < keys.length; n++) {
        keys[n] = this.#isRepeat(rows, n) ? -1 : (current.insert(rows, n) ?? -1)
      }
      current.commit()
    } catch (error) {
      current.rollback()
      throw error
    }
    return { partition: current.number, keys, damaged: this.takeDamaged() }
  }

  /**
   * Begins a new partition when the newest is large or old, and deletes the oldest when it is time: one at a call, so
   * that nothing waits for long. Returns whether it deleted one.
   */
  tidy(): boolean {
    this.#rotate()
    const oldest = this.#sealed[0]
    if (!oldest) return false
    const { keep, keepBytes } = this.#options
    const old = keep !== undefined && oldest.last < this.#now() - keep
    if (!old && (keepBytes === undefined || bytesIn(this.#options.folder) <= keepBytes)) return false
    this.#sealed.shift()
    this.#closeSealed(oldest)
    for (const suffix of ['', '-wal', '-shm']) rmSync(oldest.file.path + suffix, { force: true })
    return true
  }

  close(): void {
    for (const sealed of [...this.#open]) this.#closeSealed(sealed)
    this.#current.close()
  }

  /** A full disk must leave room for what frees it. */
  #checkSpace(): void {
    const { bavail, bsize } = statfsSync(this.#options.folder)
    if (bavail * bsize < RESERVE) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
  }

  #rotate(): void {
    const { keep = Number.POSITIVE_INFINITY, keepBytes = Number.POSITIVE_INFINITY, folder } = this.#options
    const { about, size, number } = this.#current
    if (about.records === 0) return
    const large = size >= Math.min(LARGEST, Math.max(SMALLEST, keepBytes / PARTS))
    if (!large && this.#now() - about.created < keep / PARTS) return
    this.#current.close()
    this.#seal(partitionFile(folder, number))
    this.#current = new PartitionWriter(partitionFile(folder, number + 1), this.#now())
  }

  /** Nothing more goes into a damaged partition; what can be read of it stays. */
  #setAside(error: Error): void {
    const file = partitionFile(this.#options.folder, this.#current.number)
    this.#damaged.push({ path: file.path, reason: error.message })
    this.#current.close()
    this.#seal(file)
    this.#current = new PartitionWriter(partitionFile(this.#options.folder, file.number + 1), this.#now())
  }

  #openNewest(file: PartitionFile | undefined): PartitionWriter {
    const { folder } = this.#options
    if (file) {
      try {
        return new PartitionWriter(file, this.#now())
      } catch (error) {
        if (isFull(error) || error instanceof NewerVersion) throw error
        this.#damaged.push({ path: file.path, reason: (error as Error).message })
      }
    }
    return new PartitionWriter(partitionFile(folder, (file?.number ?? 0) + 1), this.#now())
  }

  /** Notes when the records of a partition were received. */
  #seal(file: PartitionFile): void {
    try {
      const partition = new PartitionWriter(file, this.#now())
      const { firstReceived, lastReceived, unreceived } = partition.about
      this.#sealed.push({
        file,
        first: firstReceived ?? Number.POSITIVE_INFINITY,
        last: lastReceived ?? Number.NEGATIVE_INFINITY,
        unreceived: unreceived > 0,
      })
      partition.close()
    } catch (error) {
      if (error instanceof NewerVersion) throw error
      this.#damaged.push({ path: file.path, reason: (error as Error).message })
    }
  }

  /**
   * Whether an older partition has this id. A repeat says the same time of reception, so only partitions that have
   * records of that time are asked: for live records none.
   */
  #isRepeat(rows: Rows, n: number): boolean {
    const received = rows.received[n]!
    for (const sealed of this.#sealed) {
      const possible = Number.isNaN(received)
        ? sealed.unreceived
        : received >= sealed.first && received <= sealed.last
      if (possible && this.#reopen(sealed).has(rows.ids[n]!)) return true
    }
    return false
  }

  #reopen(sealed: Sealed): PartitionWriter {
    if (!sealed.opened) {
      if (this.#open.length >= MOST_OPEN) this.#closeSealed(this.#open[0]!)
      sealed.opened = new PartitionWriter(sealed.file, this.#now())
      this.#open.push(sealed)
    }
    return sealed.opened
  }

  #closeSealed(sealed: Sealed): void {
    sealed.opened?.close()
    delete sealed.opened
    this.#open = this.#open.filter(other => other !== sealed)
  }
}

/** SQLITE_FULL, and what the file system says itself. */
function isFull(error: unknown): boolean {
  const { errcode, code } = error as { errcode?: number; code?: string }
  return errcode === 13 || code === 'ENOSPC'
}

/** SQLITE_CORRUPT and SQLITE_NOTADB: somebody else wrote to it, or the disk forgets. */
function isDamage(error: unknown): boolean {
  const { errcode } = error as { errcode?: number }
  return errcode !== undefined && [11, 26].includes(errcode & 0xff)
}
