import { rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { bytesOf, type PartitionFile, partitionFile, partitionsIn } from './layout.ts'
import { Foreign, NewerVersion, PartitionWriter } from './partition-writer.ts'
import type { Rows } from './row.ts'
import { isBusy, isDamage } from './sqlite-errors.ts'

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

/** Somebody else writes to the folder. */
export class FolderInUse extends Error {}

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
  /** When it was written to last. */
  stored: number
  opened?: PartitionWriter
}

/** Writes the store: the newest partition takes what comes, the oldest one goes. */
export class StoreWriter {
  readonly #options: WriterOptions
  readonly #now: () => number
  readonly #lock: DatabaseSync
  /** Oldest first. */
  readonly #sealed: Sealed[] = []
  #damaged: Damaged[] = []
  #current!: PartitionWriter
  #open: Sealed[] = []

  /** Opens the store in a folder, which is there. Throws FolderInUse, and what the file system or SQLite says. */
  constructor(options: WriterOptions, now: () => number = Date.now) {
    this.#options = options
    this.#now = now
    this.#lock = lockFolder(options.folder)
    try {
      const files = partitionsIn(options.folder)
      for (const file of files.slice(0, -1)) this.#seal(file)
      this.#current = this.#openNewest(files.at(-1))
    } catch (error) {
      this.#lock.close()
      throw error
    }
  }

  /** Partitions that cannot be read; each is told of once. */
  takeDamaged(): Damaged[] {
    return this.#damaged.splice(0)
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
    const oldest = this.#sealed[0]
    if (!oldest || !this.#mayGo(oldest)) return false
    this.#closeSealed(oldest)
    // The file last: as long as it is there, the rest is found again.
    for (const suffix of ['-wal', '-shm', '']) rmSync(oldest.file.path + suffix, { force: true })
    this.#sealed.shift()
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
    for (const sealed of [...this.#open]) this.#closeSealed(sealed)
    this.#current.close()
    this.#lock.close()
  }

  #writeCurrent(rows: Rows): { partition: number; keys: Float64Array } {
    const current = this.#current
    const keys = new Float64Array(rows.ids.length)
    try {
      current.begin()
      for (let n = 0; n < keys.length; n++) {
        keys[n] = this.#isRepeat(rows, n) ? -1 : (current.insert(rows, n) ?? -1)
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
    this.#sealed.push(sealedOf(old))
    old.close()
  }

  /** Nothing more goes into a damaged partition; what can be read of it stays. */
  #setAside(error: Error): void {
    const damaged = this.#current
    this.#current = this.#openFile(this.#next(damaged.file))
    this.#damaged.push({ path: damaged.file.path, reason: error.message })
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
    return this.#unlessDamaged(file, () => this.#openFile(file)) ?? this.#openNext(file)
  }

  #openNext(file: PartitionFile): PartitionWriter {
    return this.#openFile(this.#next(file))
  }

  /** Notes when the records of a partition were received. */
  #seal(file: PartitionFile): void {
    this.#unlessDamaged(file, () => {
      const partition = this.#openFile(file)
      this.#sealed.push(sealedOf(partition))
      partition.close()
    })
  }

  /** Undefined, and noted, when the file is damaged. */
  #unlessDamaged<T>(file: PartitionFile, open: () => T): T | undefined {
    try {
      return open()
    } catch (error) {
      if (error instanceof NewerVersion || !(isDamage(error) || error instanceof Foreign)) throw error
      this.#damaged.push({ path: file.path, reason: (error as Error).message })
      return undefined
    }
  }

  /**
   * Whether an older partition has this id. A repeat says the same time of reception, so only partitions that have
   * records of that time are asked: for live records none.
   */
  #isRepeat(rows: Rows, n: number): boolean {
    const received = rows.received[n]!
    // From the end, because a damaged one is taken out.
    for (let at = this.#sealed.length - 1; at >= 0; at--) {
      const sealed = this.#sealed[at]!
      const possible = Number.isNaN(received)
        ? sealed.unreceived
        : received >= sealed.first && received <= sealed.last
      if (possible && this.#has(sealed, rows.ids[n]!)) return true
    }
    return false
  }

  #has(sealed: Sealed, id: string): boolean {
    return this.#unlessDamaged(sealed.file, () => this.#reopen(sealed).has(id)) ?? this.#abandon(sealed)
  }

  /** A damaged one is asked no more. */
  #abandon(sealed: Sealed): false {
    this.#closeSealed(sealed)
    this.#sealed.splice(this.#sealed.indexOf(sealed), 1)
    return false
  }

  #reopen(sealed: Sealed): PartitionWriter {
    if (!sealed.opened) {
      if (this.#open.length >= MOST_OPEN) this.#closeSealed(this.#open[0]!)
      sealed.opened = this.#openFile(sealed.file)
      this.#open.push(sealed)
    }
    return sealed.opened
  }

  #closeSealed(sealed: Sealed): void {
    this.#open = this.#open.filter(other => other !== sealed)
    const { opened } = sealed
    delete sealed.opened
    try {
      opened?.close()
    } catch {
      // Nothing was written to it.
    }
  }

  #mayGo(oldest: Sealed): boolean {
    const { keep, keepBytes } = this.#options
    if (keep !== undefined && oldest.stored < this.#now() - keep) return true
    if (keepBytes === undefined) return false
    // A damaged partition is for its owner to look at: it does not count, or good ones would go in its place.
    const bytes = this.#sealed.reduce((sum, { file }) => sum + bytesOf(file), this.#current.size)
    return bytes > keepBytes
  }
}

function sealedOf({ file, about }: PartitionWriter): Sealed {
  return {
    file,
    first: about.firstReceived ?? Number.POSITIVE_INFINITY,
    last: about.lastReceived ?? Number.NEGATIVE_INFINITY,
    unreceived: about.unreceived > 0,
    stored: about.lastStored,
  }
}

/** SQLite's own lock on a file of its own holds also between containers that share a volume. */
function lockFolder(folder: string): DatabaseSync {
  const db = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
    return db
  } catch (error) {
    db.close()
    throw isBusy(error)
      ? new FolderInUse('another store is using it; stop that one, or give this one a folder of its own')
      : error
  }
}
