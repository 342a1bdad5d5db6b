import type { DatabaseSync } from 'node:sqlite'
import { FACETS, termWord } from './layout.ts'
import type { FacetValue } from './row.ts'

interface Term {
  id: number
  /** Its word in the index, behind a space. */
  word: string
  /** Records that are not in its row yet. */
  pending: number
}

/** Terms kept in memory: enough for what is frequent, however many there are. */
const REMEMBERED = 50_000

/** Gives the values of facets their ids, and counts how many records have them. */
export class TermWriter {
  /** Words of the terms of one record, each behind a space. */
  words = ''
  /** Whether that record has several values of a facet. */
  several = false
  readonly #known = FACETS.map(() => new Map<string, Term>())
  readonly #find
  readonly #insert
  readonly #count
  #size = 0

  constructor(db: DatabaseSync) {
    this.#find = db.prepare('SELECT id FROM terms WHERE facet = ? AND value = ?')
    this.#insert = db.prepare('INSERT INTO terms (facet, value, folded, count) VALUES (?, ?, ?, 0)')
    this.#count = db.prepare('UPDATE terms SET count = count + ? WHERE id = ?')
  }

  /** The next record. */
  begin(): void {
    this.words = ''
    this.several = false
  }

  /** Takes what the record has of a facet; returns the id of its first value. */
  take(facet: number, value: FacetValue): number | null {
    if (value === undefined) return null
    if (typeof value === 'string') return this.#use(facet, value)
    this.several = true
    return value.map(one => this.#use(facet, one))[0] ?? null
  }

  /** Writes the counts. */
  flush(): void {
    for (const known of this.#known) {
      for (const term of known.values()) {
        if (term.pending > 0) this.#count.run(term.pending, term.id)
        term.pending = 0
      }
    }
  }

  /** Forgets everything: it may not be what is in the file. */
  clear(): void {
    for (const known of this.#known) known.clear()
    this.#size = 0
  }

  #use(facet: number, value: string): number {
    const known = this.#known[facet]!
    let term = known.get(value)
    if (!term) {
      if (this.#size >= REMEMBERED) {
        this.flush()
        this.clear()
      }
      const id = this.#idOf(facet, value)
      term = { id, word: ` ${termWord(id)}`, pending: 0 }
      known.set(value, term)
      this.#size++
    }
    term.pending++
    this.words += term.word
    return term.id
  }

  #idOf(facet: number, value: string): number {
    const found = this.#find.get(facet, value) as { id: number } | undefined
    return found ? found.id : Number(this.#insert.run(facet, value, value.toLowerCase()).lastInsertRowid)
  }
}
