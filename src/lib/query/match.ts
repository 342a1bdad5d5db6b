// The meaning of a query in JavaScript: for live tails, and to check what an index proposes.

import type { Operator, Query } from './ast.ts'
import { hasField, severityRank, valuesOf } from './fields.ts'
import { numberOf } from './number.ts'
import { fold, foldValue, textOf } from './text.ts'

/** Whether the query finds a record; `time` is that of its event, epoch ms. */
export type Matcher = (record: object, time: number) => boolean

export function createMatcher(query: Query): Matcher {
  const test = compile(query)
  return (record, time) => test({ record, time, words: undefined })
}

interface Candidate {
  readonly record: object
  readonly time: number
  /** The words of its text, a space around each: made when the first question about words is asked. */
  words: string | undefined
}

type Test = (candidate: Candidate) => boolean

function compile(query: Query): Test {
  switch (query.kind) {
    case 'all':
      return () => true
    case 'and': {
      const tests = query.parts.map(compile)
      return candidate => tests.every(test => test(candidate))
    }
    case 'or': {
      const tests = query.parts.map(compile)
      return candidate => tests.some(test => test(candidate))
    }
    case 'not': {
      const test = compile(query.part)
      return candidate => !test(candidate)
    }
    case 'words':
      return compileWords(query.words, query.prefix)
    case 'has':
      return ({ record }) => hasField(record, query.field)
    case 'time':
      return ({ time }) => compare(time, query.operator, query.at)
    default:
      return compileValue(query)
  }
}

function compileWords(words: readonly string[], prefix: boolean): Test {
  // A word has no space, so that spaces around say where it begins and ends.
  const wanted = ` ${words.join(' ')}${prefix ? '' : ' '}`
  return candidate => {
    candidate.words ??= ` ${fold(textOf(candidate.record)).join(' ')} `
    return candidate.words.includes(wanted)
  }
}

/** Of several values, any may match. */
function compileValue(query: Extract<Query, { kind: 'is' | 'rank' | 'number' }>): Test {
  const field = query.kind === 'rank' ? 'severity' : query.field
  const test = valueTest(query)
  return ({ record }) => valuesOf(record, field).some(test)
}

function valueTest(query: Extract<Query, { kind: 'is' | 'rank' | 'number' }>): (value: unknown) => boolean {
  if (query.kind === 'rank') {
    return value => compare(severityRank(String(value)), query.operator, query.rank)
  }
  if (query.kind === 'number') return value => compare(numberOf(value), query.operator, query.value)
  if (query.field === 'message') {
    const test = messageTest(query.value, query.prefix)
    if (test) return test
  }
  const wanted = foldValue(query.value)
  if (query.prefix) return value => foldValue(value).startsWith(wanted)
  return value => foldValue(value) === wanted
}

/** A message is a text: nobody asks for the whole of it, but for words in it. */
function messageTest(text: string, prefix: boolean): ((value: unknown) => boolean) | undefined {
  const words = fold(textOf({ message: text }))
  if (words.length === 0) return undefined
  const wanted = ` ${words.join(' ')}${prefix ? '' : ' '}`
  return value => ` ${fold(textOf({ message: value })).join(' ')} `.includes(wanted)
}

/** What has no number is in no range. */
export function compare(value: number | undefined, operator: Operator, bound: number): boolean {
  if (value === undefined) return false
  switch (operator) {
    case '<':
      return value < bound
    case '<=':
      return value <= bound
    case '=':
      return value === bound
    case '>=':
      return value >= bound
    case '>':
      return value > bound
  }
}
