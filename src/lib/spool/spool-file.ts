// A queue of batches on disk: durable when committed, handed out in order, deleted when settled. It waits for the disk,
// so it lives in a thread of its own (spool-worker.ts).

import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Row, SpoolDone, SpoolWork } from '../engine/spool-disk.ts'
import { isDamage, isFull } from '../sqlite-errors.ts'
import { DamagedSpool } from './errors.ts'
import { faultPoint } from './fault.ts'
import { filesOf, type SpoolBooks } from './layout.ts'
import type { Mark } from './mark.ts'
import { open } from './opening.ts'
import type { Batch, Queue, Removal } from './queue.ts'
import { Reserve } from './reserve.ts'
import { Room } from './room.ts'

export interface SpoolOptions {
  /** Bytes of the file that is given up when a full disk leaves no room for deleting. */
  reserve?: number | undefined
  /** Bytes that appending leaves free on the disk. */
  minFree?: number | undefined
}

export interface SpoolAbout {
  batches: number
  records: number
  bytes: number
  /** When the oldest batch was appended, epoch milliseconds. */
  oldest: number | undefined
  /** The highest number that was ever given. */
  last: number
  books: SpoolBooks
}

/** Removals in a transaction when there is hardly any room. */
const FEW = 64
/** How often room is made at most for one commit. */
const STEPS = 64

/** All methods throw what SQLite says (SQLITE_IOERR and the like); then nothing is sure any more, and the process should end. */
export class SpoolFile {
  readonly #unlock: () => void
  readonly #wal: string
  readonly #room: Room
  readonly #reserve: Reserve
  readonly #db: DatabaseSync
  readonly #queue: Queue
  readonly #mark: Mark
  #isOpen = true
  /** Removals that the full disk had no room for. They were delivered: to do them later costs a repeat at worst. */
  #owed: Removal[] = []
  /** Bytes since the log was moved into the file last: what it got, and what the file can get shorter by. */
  #logged = 0
  #returned = 0

  /**
   * Opens the spool, or makes it in a folder that is there. Throws SpoolInUse, DamagedSpool, ForeignSpool, and what the
   * file system or SQLite says.
   */
  constructor(path: string, { reserve = 8 * 2 ** 20, minFree = 64 * 2 ** 20 }: SpoolOptions = {}) {
    this.#room = new Room(dirname(path), minFree, reserve)
    this.#reserve = new Reserve(filesOf(path).reserve, reserve)
    this.#wal = filesOf(path).wal
    const opened = open(path)
    this.#unlock = opened.unlock
    this.#db = opened.db
    this.#queue = opened.queue
    this.#mark = opened.mark
    this.#reserve.ensure(this.#room.free)
    // What a power cut left at its end must not look like commits that were lost, after another one.
    if (sizeOf(this.#wal) > 0) this.#checkpoint(true)
  }

  /** Durable when it returns. When there is no room to append, all the rest is done, at the latest by the next call. */
  commit({ append, settled, dropped }: SpoolWork): SpoolDone {
    return this.#checked(() => {
      faultPoint('before-append')
      this.#reserve.ensure(this.#room.free)
      const removals = [...this.#owed, ...settled, ...dropped.map(seq => ({ seq, receipt: undefined }))]
      let full = append.length > 0 ? this.#whyFull(append) : undefined
      if (full === undefined && append.length > 0) {
        const first = this.#unlessFull(() => this.#transact(removals, append))
        if (first !== undefined) {
          this.#owed = []
          return { first, full: undefined }
        }
        full = 'the disk is full'
      }
      if (removals.length > 0) this.#remove(removals)
      return { first: undefined, full }
    })
  }

  /** Batches with a higher number, in order, of so many bytes in all, but at least one if there is one. */
  read(after: number, maxBytes: number): Row[] {
    const owed = new Set(this.#owed.map(({ seq }) => seq))
    const rows = this.#checked(() => this.#queue.read(after, maxBytes, owed))
    return rows.map(({ seq, records, bytes }) => ({ seq, records, bytes }))
  }

  about(): SpoolAbout {
    const { batches, records, bytes, last, books } = this.#queue.totals
    return { batches, records, bytes, oldest: this.#queue.oldest, last, books: { ...books } }
  }

  /** Moves the log into the file, and lets go of it. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      this.#removeOwed(this.#owed.length)
      this.#checkpoint(true)
    } finally {
      this.#db.close()
      this.#mark.close()
      this.#unlock()
    }
  }

  #transact(removals: readonly Removal[], append: readonly Batch[], scarce = false): number | undefined {
    const { slack } = this.#room
    const { first, logged, returned } = this.#queue.transact(removals, append, { slack, scarce })
    faultPoint('after-commit')
    const totals = this.#queue.totals
    this.#mark.write(totals.last, totals.first)
    faultPoint('after-mark')
    this.#logged += logged
    this.#returned += returned
    if (this.#logged >= this.#room.log || this.#returned >= this.#room.slack / 2) this.#checkpoint(false)
    return first
  }

  #remove(removals: readonly Removal[]): void {
    this.#owed = [...removals]
    if (this.#removeOwed(removals.length)) return
    this.#reserve.giveUp()
    this.#checkpoint(true)
    while (this.#removeOwed(FEW, true)) this.#checkpoint(true)
    this.#reserve.ensure(this.#room.free)
  }

  /** Whether there was any, and room for it. */
  #removeOwed(most: number, scarce = false): boolean {
    if (this.#owed.length === 0) return false
    const removed = this.#unlessFull(() => {
      this.#transact(this.#owed.slice(0, most), [], scarce)
      return true
    })
    if (removed) this.#owed = this.#owed.slice(most)
    return removed ?? false
  }

  #whyFull(append: readonly Batch[]): string | undefined {
    const bytes = append.reduce((sum, batch) => sum + batch.bytes.length, 0)
    for (let step = 0; ; step++) {
      const full = this.#room.whyFull(bytes, this.#queue.inside)
      if (full === undefined || step === STEPS || !this.#makeRoom(bytes)) return full
    }
  }

  /** Gives back what the spool itself takes from the disk. */
  #makeRoom(bytes: number): boolean {
    const { free } = this.#room
    if (this.#room.isEnough(bytes, this.#queue.inside)) this.#unlessFull(() => this.#transact([], [], true))
    // The log, which otherwise is written over and keeps its size, may be what takes the room.
    if (sizeOf(this.#wal) > 0) this.#checkpoint(true)
    return this.#room.free > free
  }

  #checkpoint(wholly: boolean): void {
    // What has no room in the file stays in the log.
    this.#unlessFull(() => {
      this.#queue.checkpoint(wholly)
      this.#logged = 0
      this.#returned = 0
    })
  }

  #unlessFull<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (isFull(error)) return undefined
      throw error
    }
  }

  /** Remembers that it is damaged: the next start may not look at the same place. */
  #checked<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (error instanceof DamagedSpool || isDamage(error)) this.#mark.damage()
      throw error
    }
  }
}

/** Without opening it: that would drop SQLite's locks. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
