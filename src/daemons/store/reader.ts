import { existsSync } from 'node:fs'
import { messageOf } from '../../lib/index.ts'
import { isDamage, isPassing } from '../../lib/sqlite-errors.ts'
import { type About, bytesOf, type PartitionFile, partitionFile, partitionsIn } from './layout.ts'
import { NoPartition, PartitionReader } from './partition-reader.ts'
import type { Damaged } from './sealed.ts'

/** A partition with records, as it is at this moment. */
export interface Opened {
  readonly number: number
  readonly about: About & { firstKey: number; lastKey: number }
  /** Opens it, if it is not open. */
  open(): PartitionReader
  /** Leaves it out: of this answer, or of all if this error says that it is damaged. Throws any error that is not its own. */
  failed(error: unknown): void
}

/** A partition that could not be read: it is damaged, or may be better the next time. */
export interface Failure extends Damaged {
  passing: boolean
}

/** Partitions kept open: each has up to three descriptors. */
const MOST_OPEN = 64

interface Entry {
  file: PartitionFile
  /** Of all but the newest, it does not change any more. */
  about?: About
  reader?: PartitionReader
  /** Questions that are using it. */
  users: number
  gone: boolean
}

/** Reads the partitions of a folder, as they come and go. */
export class StoreReader {
  readonly #folder: string
  readonly #entries = new Map<number, Entry>()
  /** Numbers of those that cannot be read; no question is asked of them any more. */
  readonly #damaged = new Set<number>()
  /** By path: what has failed since somebody took note of it. */
  readonly #failures = new Map<string, Failure>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Asks something of all partitions that hold records, oldest first. None of them is closed meanwhile. `gaps` are, when
   * all were looked at, those that could not be read for the moment.
   */
  async ask<T>(
    question: (opened: readonly Opened[], gaps: readonly Failure[]) => T | Promise<T>,
  ): Promise<T> {
    const entries = this.#refresh()
    for (const entry of entries) entry.users++
    try {
      const gaps: Failure[] = []
      const opened = entries.flatMap((entry, n) => this.#look(entry, n === entries.length - 1, gaps))
      return await question(opened, gaps)
    } finally {
      for (const entry of entries) entry.users--
      this.tidy()
    }
  }

  /** Paths of those that turned out to be damaged. */
  get damaged(): string[] {
    return [...this.#damaged].map(number => partitionFile(this.#folder, number).path)
  }

  /** What could not be read since the last call, for the log. */
  takeFailures(): Failure[] {
    const failures = [...this.#failures.values()]
    this.#failures.clear()
    return failures
  }

  /** Bytes of all partitions, with what is still in their logs. */
  get bytes(): number {
    return partitionsIn(this.#folder).reduce((sum, file) => sum + bytesOf(file), 0)
  }

  /** Closes those that were deleted: until then, the disk has no room of it. And of the others, those that are too many. */
  tidy(): void {
    this.#refresh()
    const idle = [...this.#entries.values()].filter(({ reader, users }) => reader && users === 0)
    let open = idle.length
    for (const entry of idle) {
      if (!entry.gone && open <= MOST_OPEN) continue
      entry.reader!.close()
      delete entry.reader
      open--
    }
    for (const [number, { gone, users }] of this.#entries)
      if (gone && users === 0) this.#entries.delete(number)
  }

  close(): void {
    for (const { reader } of this.#entries.values()) reader?.close()
    this.#entries.clear()
  }

  /** Those that are there, oldest first. */
  #refresh(): Entry[] {
    const files = partitionsIn(this.#folder)
    const there = new Set(files.map(({ number }) => number))
    for (const [number, entry] of this.#entries) entry.gone = !there.has(number)
    return files.flatMap(file => {
      if (this.#damaged.has(file.number)) return []
      let entry = this.#entries.get(file.number)
      if (!entry) {
        entry = { file, users: 0, gone: false }
        this.#entries.set(file.number, entry)
      }
      return [entry]
    })
  }

  #look(entry: Entry, newest: boolean, gaps: Failure[]): Opened[] {
    const failed = (error: unknown) => this.#leaveOut(entry, error, gaps)
    try {
      const open = () => {
        entry.reader ??= new PartitionReader(entry.file)
        return entry.reader
      }
      const about = entry.about ?? open().about()
      if (!newest) entry.about = about
      const { firstKey, lastKey } = about
      if (firstKey === null || lastKey === null) return []
      return [{ number: entry.file.number, about: { ...about, firstKey, lastKey }, open, failed }]
    } catch (error) {
      failed(error)
      return []
    }
  }

  #leaveOut({ file: { number, path } }: Entry, error: unknown, gaps: Failure[]): void {
    const damaged = isDamage(error)
    if (!damaged && !isPassing(error) && !(error instanceof NoPartition)) throw error
    // It is just being made, or was deleted: nothing is missing.
    if ((error instanceof NoPartition && error.version === 0) || !existsSync(path)) return
    const failure = { path, reason: messageOf(error), passing: !damaged }
    if (damaged) this.#damaged.add(number)
    else gaps.push(failure)
    this.#failures.set(path, failure)
  }
}
