export type { Operator, Query } from './ast.ts'
export { type Condition, createCondition, splitArrow } from './condition.ts'
export {
  CANONICAL_NAMES,
  canonicalName,
  hasField,
  SEVERITY_WORDS,
  severityRank,
  valuesOf,
} from './fields.ts'
export { filingTime } from './filing-time.ts'
export { compare, createMatcher, type Matcher } from './match.ts'
export { parseQuery, parseTime, QueryError, simplify } from './parse.ts'
export { fold, foldValue, textOf } from './text.ts'
export { iso } from './time.ts'
