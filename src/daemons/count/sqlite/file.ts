import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from '../../../lib/sqlite-errors.ts'
import { takeLock } from '../../../lib/sqlite-lock.ts'
import type { Change } from '../change.ts'
import { type ClockState, clockAt } from '../clock.ts'
import { SliceTimer } from '../slice-timer.ts'
import type { Fields } from '../store.ts'
import { Ids } from './ids.ts'
import { lostCommits } from './lost.ts'
import { put } from './put.ts'
import { prepareFile, prepareStatements, type Statements } from './schema.ts'
import { tidy } from './tidy.ts'

/** Below this the disk counts as full, so that what is needed to delete is still there. */
const RESERVE = 16 * 2 ** 20
/** The clock is written so often; milliseconds. */
const CLOCK_EVERY = 600_000

/** The counts in a file. Everything is in one transaction, durable when `write` returns. */
export class CountFile {
  readonly #path: string
  readonly #unlock: () => void
  readonly #db: DatabaseSync
  readonly #sql: Statements
  readonly #ids: Ids
  /** Changes that had been written, and that a wrong checksum in the log hides. */
  readonly lost: number

  /** Opens the file, or makes it. Throws what SQLite says. */
  constructor(path: string, remember: number, now: number, timer = new SliceTimer(remember)) {
    this.#path = path
    this.#unlock = lock(path)
    // SQLite would already throw away what it does not believe.
    this.lost = lostCommits(path)
    this.#db = new DatabaseSync(path, { timeout: 5000 })
    try {
      prepareFile(this.#db, now)
      this.#sql = prepareStatements(this.#db)
      // Or one that is wrong already when it is opened again would be believed.
      if (this.#sql.about.get()!.clock === null) this.#setClock(clockAt(now))
      this.#ids = new Ids(this.#db, remember, timer)
    } catch (error) {
      this.#db.close()
      this.#unlock()
      throw error
    }
  }

  /** Since when it is there, what about.ts says of it, and the clock as it was last. */
  get about(): { since: number; text: string | undefined; clock: ClockState } {
    const { since, text, clock, shown, doubt } = this.#sql.about.get()!
    return {
      since: since as number,
      text: (text as string | null) ?? undefined,
      clock: { believed: clock as number, shown: (shown ?? clock) as number, doubt: doubt as number },
    }
  }

  /** When what is lost was told: or it would be lost again, and told, whenever this is opened after a crash. */
  forgetLost(): void {
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  describe(text: string): void {
    this.#sql.describe.run(text)
  }

  /** So many of the keys behind this one. */
  keysAfter(key: string, limit: number): string[] {
    return this.#sql.keysAfter.all(key, limit).map(({ key }) => key as string)
  }

  countKeys(): number {
    return this.#sql.countKeys.get()!.count as number
  }

  /** As `Store.write`. */
  write(change: Change, now: number): string[] | undefined {
    this.#checkSpace()
    try {
      return this.#transaction(() => {
        const known = this.#ids.known(change.ids)
        if (known.length > 0) return known
        this.#ids.add(change.ids, now)
        put(this.#sql, change)
        return undefined
      })
    } catch (error) {
      this.#ids.reload()
      throw error
    }
  }

  read(names: readonly string[], now: number): Fields[] {
    return names.map(name =>
      this.#sql.read.all(name, now).map(({ field, value }) => [field as string, String(value)] as const),
    )
  }

  keys(prefix: string, limit: number): (readonly [string, number])[] {
    const found = this.#sql.keys.all(prefix, `${prefix}\u{10ffff}`, limit)
    return found.map(({ key, last }) => [key as string, last as number] as const)
  }

  /** Deletes some of what has expired; returns whether there may be more. */
  tidy(now: number, clock = clockAt(now)): boolean {
    return this.#transaction(() => {
      const { believed, shown } = this.about.clock
      const isOld = [clock.believed - believed, clock.shown - shown].some(by => Math.abs(by) >= CLOCK_EVERY)
      if (isOld) this.#setClock(clock)
      return tidy(this.#sql, now)
    })
  }

  close(): void {
    this.#db.close()
    this.#unlock()
  }

  #setClock({ believed, shown, doubt }: ClockState): void {
    this.#sql.setClock.run(believed, shown, doubt)
  }

  #transaction<T>(work: () => T): T {
    this.#sql.begin.run()
    try {
      const result = work()
      this.#sql.commit.run()
      return result
    } catch (error) {
      // SQLite itself has rolled back after some errors (a full disk).
      if (this.#db.isTransaction) this.#sql.rollback.run()
      throw error
    }
  }

  #checkSpace(): void {
    const { bavail, bsize } = statfsSync(dirname(this.#path))
    if (bavail * bsize < RESERVE) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
  }
}

function lock(path: string): () => void {
  try {
    return takeLock(`${path}.lock`)
  } catch (error) {
    throw isBusy(error)
      ? new Error('another sluice-count is using it; stop that one, or give this one a file of its own')
      : error
  }
}
