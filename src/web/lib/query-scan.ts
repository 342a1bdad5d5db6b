// Where the clauses of a query stand in its text, also of one that is half written: for completion and for the buttons
// that change a query. What it means is the business of src/lib/query.

export interface Clause {
  /** With its sign, in UTF-16 units; `to` is behind the last one. */
  from: number
  to: number
  negated: boolean
  /** The field of the clause or of the group around it. */
  field: string | undefined
  operator: string | undefined
  /** Where the value begins, with its quote. */
  valueFrom: number
  /** Without quotes and backslashes. */
  value: string
  quoted: boolean
  /** There is a star behind it. */
  prefix: boolean
  /** How many parentheses are open around it. */
  depth: number
}

export interface Scan {
  clauses: Clause[]
  /** Does an OR stand outside all parentheses? */
  alternatives: boolean
}

// As in src/lib/query/scan.ts, but what is not finished is taken as it is.
const NAME = /(?:\\.|[^\s()":<>\\])(?:\\.|[^\s()":<>\\])*(?=[:<>])/suy
const OPERATOR = /:|[<>]=?/y
const BARE = /(?:\\.|[^\s()"\\]|\\$)+/suy
const QUOTED = /"(?:\\.|[^"\\])*(?:"\*?|\\?$)/suy

export function scan(text: string): Scan {
  const clauses: Clause[] = []
  const groups: (string | undefined)[] = []
  let alternatives = false
  let negatedFrom: number | undefined
  for (let at = 0; at < text.length; ) {
    const character = text[at]!
    if (/\s/.test(character)) at++
    else if (character === '(') {
      const last = clauses.at(-1)
      const owns = last?.to === at && last.operator !== undefined && last.valueFrom === at
      groups.push(owns ? clauses.pop()!.field : groups.at(-1))
      at++
      negatedFrom = undefined
    } else if (character === ')') {
      groups.pop()
      at++
    } else if (character === '-' && /[^\s)]/.test(text[at + 1] ?? '')) negatedFrom = at++
    else {
      const clause = readClause(text, at, groups.at(-1), groups.length)
      at = clause.to
      const word = clause.quoted || clause.operator ? '' : text.slice(clause.from, clause.to)
      if (word === 'OR') alternatives ||= groups.length === 0
      else if (word === 'NOT') negatedFrom = clause.from
      else if (word !== 'AND') {
        clauses.push(negatedFrom === undefined ? clause : { ...clause, from: negatedFrom, negated: true })
        negatedFrom = undefined
      }
    }
  }
  return { clauses, alternatives }
}

function readClause(text: string, from: number, group: string | undefined, depth: number): Clause {
  const base = { from, negated: false, depth, field: group, operator: undefined }
  // The values in the parentheses of a field have no fields of their own.
  const name = group === undefined ? match(NAME, text, from) : ''
  if (name === '') return { ...base, valueFrom: from, ...readValue(text, from) }
  const operator = match(OPERATOR, text, from + name.length)
  const valueFrom = from + name.length + operator.length
  const field = name.replace(/\\(.)/gsu, '$1')
  return { ...base, field, operator, valueFrom, ...readValue(text, valueFrom) }
}

function readValue(text: string, from: number): Pick<Clause, 'to' | 'value' | 'quoted' | 'prefix'> {
  const quoted = match(QUOTED, text, from)
  if (quoted !== '') {
    const prefix = quoted.endsWith('"*') && quoted.length > 2
    const inner = quoted.slice(1).replace(/"\*?$/, '')
    return { to: from + quoted.length, value: inner.replace(/\\(["\\])/g, '$1'), quoted: true, prefix }
  }
  const bare = match(BARE, text, from)
  const prefix = /(?<!\\)\*$/.test(bare)
  const value = (prefix ? bare.slice(0, -1) : bare).replace(/\\(.)/gsu, '$1')
  return { to: from + bare.length, value, quoted: false, prefix }
}

function match(expression: RegExp, text: string, at: number): string {
  expression.lastIndex = at
  return expression.exec(text)?.[0] ?? ''
}
