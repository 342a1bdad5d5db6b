import { type About, bytesOf, type PartitionFile, partitionFile, partitionsIn } from './layout.ts'
import { PartitionReader } from './partition-reader.ts'
import { isDamage } from './sqlite-errors.ts'

/** A partition with records, as it is at this moment. */
export interface Opened {
  readonly number: number
  readonly about: About & { firstKey: number; lastKey: number }
  /** Opens it, if it is not open. */
  open(): PartitionReader
  /** Takes it out of all further questions if this error says that it is damaged, else throws the error. */
  failed(error: unknown): void
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

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Asks something of all partitions that hold records, oldest first. None of them is closed meanwhile. */
  async ask<T>(question: (opened: readonly Opened[]) => T | Promise<T>): Promise<T> {
    const entries = this.#refresh()
    for (const entry of entries) entry.users++
    try {
      return await question(entries.flatMap((entry, n) => this.#look(entry, n === entries.length - 1)))
    } finally {
      for (const entry of entries) entry.users--
      this.tidy()
    }
  }

  /** Paths of those that turned out to be damaged. */
  get damaged(): string[] {
    return [...this.#damaged].map(number => partitionFile(this.#folder, number).path)
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

  #look(entry: Entry, newest: boolean): Opened[] {
    try {
      const open = () => {
        entry.reader ??= new PartitionReader(entry.file)
        return entry.reader
      }
      const about = entry.about ?? open().about()
      if (!newest) entry.about = about
      const { firstKey, lastKey } = about
      if (firstKey === null || lastKey === null) return []
      const failed = (error: unknown) => {
        if (!isDamage(error)) throw error
        this.#damaged.add(entry.file.number)
      }
      return [{ number: entry.file.number, about: { ...about, firstKey, lastKey }, open, failed }]
    } catch (error) {
      // Anything but damage (it is just being made, or deleted) may be better the next time.
      if (isDamage(error)) this.#damaged.add(entry.file.number)
      return []
    }
  }
}
