import { CANONICAL_NAMES, compare, fold, type Query, SEVERITY_WORDS } from '../../lib/query/index.ts'
import { EVERY, FACETS, type Facet, LONGEST_TERM, OVERFLOW, termWord } from './layout.ts'

/** Which records of a partition can match, as an expression of FTS5 (https://sqlite.org/fts5.html, section 3). */
export interface Candidates {
  /** What the index is asked; undefined: any record. */
  match: string | undefined
  /** False when no record can match. */
  possible: boolean
  /** Whether all of them do match; else each has to be looked at. */
  exact: boolean
}

/** Looks up the ids of a facet's values: those that are, or begin with, the folded text. */
export type FindTerms = (facet: number, folded: string, prefix: boolean) => number[]

const ANY: Candidates = { match: undefined, possible: true, exact: true }
const NONE: Candidates = { match: undefined, possible: false, exact: true }
/** A longer list of alternatives is slower than looking at the records. */
const MOST_TERMS = 400

/** Asks the index for as much of a query as it can know. The times in it are not among that, see time-range.ts. */
export function candidatesOf(query: Query, find: FindTerms): Candidates {
  switch (query.kind) {
    case 'all':
      return ANY
    case 'and':
      return all(query.parts, find)
    case 'or':
      return any(query.parts.map(part => candidatesOf(part, find)))
    case 'not':
      return all([query], find)
    case 'words':
      return exactly(phrase(query.words, query.prefix))
    case 'is':
      return fieldIs(query.field, query.value, query.prefix, find)
    case 'rank':
      return any(
        SEVERITY_WORDS.filter((_, rank) => compare(rank, query.operator, query.rank)).map(word =>
          fieldIs('severity', word, false, find),
        ),
      )
    default:
      return { ...ANY, exact: false }
  }
}

function all(parts: readonly Query[], find: FindTerms): Candidates {
  const wanted: string[] = []
  const unwanted: string[] = []
  let exact = true
  for (const part of parts) {
    const negated = part.kind === 'not'
    const one = candidatesOf(negated ? part.part : part, find)
    // Those that might not match after all cannot be left out.
    if (negated && !one.exact) exact = false
    else if (negated) {
      if (!one.possible) continue
      if (one.match === undefined) return NONE
      unwanted.push(one.match)
    } else {
      if (!one.possible) return NONE
      if (!one.exact) exact = false
      if (one.match !== undefined) wanted.push(one.match)
    }
  }
  if (unwanted.length === 0) return { match: joined(wanted, 'AND'), possible: true, exact }
  // FTS5 knows "a NOT b", but not "NOT b" alone.
  const from = joined(wanted, 'AND') ?? quote(EVERY)
  return { match: `(${from} NOT ${joined(unwanted, 'OR')})`, possible: true, exact }
}

function any(parts: readonly Candidates[]): Candidates {
  const possible = parts.filter(part => part.possible)
  if (possible.length === 0) return NONE
  const exact = possible.every(part => part.exact)
  const everything = possible.some(part => part.match === undefined)
  return {
    match: everything
      ? undefined
      : joined(
          possible.map(part => part.match!),
          'OR',
        ),
    possible: true,
    // When some part matches everything for certain, the others do not matter.
    exact: exact || possible.some(part => part.match === undefined && part.exact),
  }
}

function fieldIs(field: string, value: string, prefix: boolean, find: FindTerms): Candidates {
  const facet = FACETS.indexOf(field as Facet)
  // Of these, the index has no words (see textOf); and of an empty value, no term.
  if (/^(@meta(?!\.peer$)|syslog_priority$)/.test(field) || value === '') return { ...ANY, exact: false }
  if (facet < 0) return { ...words(value, prefix), exact: false }
  const folded = value.toLowerCase().slice(0, LONGEST_TERM)
  // Records with too many values of the facet may have this one among them.
  const crowded = find(facet, OVERFLOW, false)
  const ids = [...find(facet, folded, prefix), ...crowded]
  if (ids.length > MOST_TERMS) return { ...words(value, prefix), exact: false }
  const found = any(ids.map(id => exactly(quote(termWord(id)))))
  return { ...found, exact: value.length < LONGEST_TERM && crowded.length === 0 }
}

/** Records that have the words of a value: all whose field it is, and others. */
function words(value: string, prefix: boolean): Candidates {
  const folded = fold(value)
  return folded.length === 0 ? ANY : exactly(phrase(folded, prefix))
}

function exactly(match: string): Candidates {
  return { match, possible: true, exact: true }
}

function phrase(parts: readonly string[], prefix: boolean): string {
  return quote(parts.join(' ')) + (prefix ? ' *' : '')
}

/** A string of FTS5: nothing in it means anything, except the quote. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

function joined(parts: readonly string[], operator: 'AND' | 'OR'): string | undefined {
  return parts.length > 1 ? `(${parts.join(` ${operator} `)})` : parts[0]
}

/**
 * A text that the JSON of every record in question holds: the end of a key that it must have. To look for it is faster
 * than to parse the record (310 to 165 ms for a rare value of a field among 50,000 records with its word).
 */
export function keyInQuestion(query: Query): string | undefined {
  for (const part of query.kind === 'and' ? query.parts : [query]) {
    if (part.kind !== 'is' && part.kind !== 'has' && part.kind !== 'number') continue
    const key = part.field.split('.').at(-1)!
    // Of what has other names too, any of them may be there; other characters may be escaped.
    if (!CANONICAL_NAMES.includes(part.field) && /^[\w-]+$/.test(key)) return `${key}":`
  }
  return undefined
}
