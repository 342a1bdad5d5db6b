import { hash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { SLICES, type SliceTimer } from '../slice-timer.ts'

/** A longer id is known by its hash. Ours have 21 characters, and sort by time: the newest pages of a table are all that is written. */
const LONGEST = 40

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS slices (number INTEGER PRIMARY KEY, begun REAL NOT NULL);
`

interface Slice {
  number: number
  has: StatementSync
  add: StatementSync
}

/**
 * The ids of events that are counted. They are in tables by when they came, the oldest of which is dropped when a new one begins:
 * nothing is forgotten all at once because a clock was set, and nothing is deleted row by row.
 */
export class Ids {
  readonly #db: DatabaseSync
  readonly #length: number
  readonly #timer: SliceTimer
  #slices: Slice[] = []
  /** When the newest began. */
  #begun = 0

  /** @param remember milliseconds */
  constructor(db: DatabaseSync, remember: number, timer: SliceTimer) {
    this.#db = db
    this.#length = remember / SLICES
    this.#timer = timer
    db.exec(SCHEMA)
    this.reload()
  }

  /** Reads again what there is: after a transaction that was rolled back. */
  reload(): void {
    const rows = this.#db.prepare('SELECT number, begun FROM slices ORDER BY number').all()
    this.#begun = (rows.at(-1)?.begun as number | undefined) ?? 0
    this.#slices = rows.map(({ number }) => this.#open(number as number))
    this.#timer.saw(this.#slices.at(-1)?.number ?? 0)
  }

  known(ids: readonly string[]): string[] {
    // The newest first: a repeat comes soon, mostly.
    const slices = this.#slices.toReversed()
    return ids.filter(id => slices.some(({ has }) => has.get(short(id)) !== undefined))
  }

  /** Within a transaction. */
  add(ids: readonly string[], now: number): void {
    // A clock that was set back makes a slice longer, and ends none.
    if (this.#begun - now >= this.#length * SLICES) {
      this.#begun = now
      this.#db.prepare('UPDATE slices SET begun = ? WHERE number = ?').run(now, this.#slices.at(-1)!.number)
    }
    const isOver = now - this.#begun >= this.#length && this.#timer.mayEnd
    if (this.#slices.length === 0 || isOver) this.#begin(now)
    const { add } = this.#slices.at(-1)!
    for (const id of ids) add.run(short(id))
  }

  #begin(now: number): void {
    const number = (this.#slices.at(-1)?.number ?? 0) + 1
    this.#db.exec(`CREATE TABLE ids_${number} (id TEXT PRIMARY KEY) WITHOUT ROWID`)
    this.#db.prepare('INSERT INTO slices VALUES (?, ?)').run(number, now)
    this.#slices.push(this.#open(number))
    this.#begun = now
    this.#timer.saw(number)
    while (this.#slices.length > SLICES + 1) {
      const { number } = this.#slices.shift()!
      this.#db.exec(`DROP TABLE ids_${number}; DELETE FROM slices WHERE number = ${number}`)
    }
  }

  #open(number: number): Slice {
    return {
      number,
      has: this.#db.prepare(`SELECT 1 FROM ids_${number} WHERE id = ?`),
      add: this.#db.prepare(`INSERT INTO ids_${number} VALUES (?)`),
    }
  }
}

function short(id: string): string {
  return id.length > LONGEST ? hash('sha256', id, 'base64') : id
}
