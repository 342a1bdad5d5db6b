// A value that one clicks is asked for, and given up again; of a field that is found in two places, in either of them.
import { both, canAsk, clause, only, remove, says, without } from '../lib/query-edit.ts'
import { scan } from '../lib/query-scan.ts'
import type { Spellings } from './field-names.ts'

export class AskedValue {
  readonly #spellings: Spellings
  readonly #value: string

  constructor(spellings: Spellings, value: string) {
    this.#spellings = spellings
    this.#value = value
  }

  get canBe(): boolean {
    return this.#spellings.every(field => canAsk(field, this.#value))
  }

  /** As one would type it: `account:acme`, or `(account:acme OR data.account:acme)`. */
  get text(): string {
    const clauses = this.#spellings.map(field => clause(field, this.#value))
    return clauses.length === 1 ? clauses[0]! : `(${clauses.join(' OR ')})`
  }

  /** Whether the query says so, in either way: the other place may not have been seen then. */
  isIn(query: string): boolean {
    return this.#groupIn(query) >= 0 || this.#spellings.some(field => says(query, field, this.#value, false))
  }

  with(query: string): string {
    const [field, ...others] = this.#spellings
    return others.length === 0 ? only(query, field!, this.#value) : both(query, this.text)
  }

  without(query: string): string {
    const at = this.#groupIn(query)
    const rest = at < 0 ? query : remove(query, { from: at, to: at + this.text.length })
    return this.#spellings.reduce((kept, field) => without(kept, field, this.#value, false), rest)
  }

  /** Where the alternatives stand in a query, so that they hold for every event that is found; -1 where they do not. */
  #groupIn(query: string): number {
    const at = query.indexOf(this.text)
    const { clauses, alternatives } = scan(query)
    if (at < 0 || alternatives || this.#spellings.length === 1) return -1
    const isGroup = clauses.some(({ from, depth }) => from === at + 1 && depth === 1)
    return isGroup && !/(?:[^\s]|\bNOT\s+)$/.test(query.slice(0, at)) ? at : -1
  }
}
