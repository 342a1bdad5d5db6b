// `CONDITION => ENDPOINT`: which records go to one of the outputs of a filter.
import type { Output } from './daemon.ts'
import { type Option, repeatable, text } from './options.ts'
import { type Condition, createCondition, splitArrow } from './query/index.ts'
import type { LogRecord } from './record.ts'

export interface Rule {
  /** `*` is every record. */
  condition: string
  endpoint: string
}

/**
 * The option of a filter with outputs; as a variable it has one rule a line.
 * @param bare whether an endpoint alone will do, for all records
 */
export function rulesOption(help: string, { bare = false } = {}): Option<Rule[]> {
  const parse = ([written = '']: readonly string[]) => readRule(written, bare)
  return { ...repeatable({ ...text(help, undefined, 'rule'), parse }), separator: '\n' }
}

/** A rule at work: its condition, to be asked of records, and its output. */
export interface OpenRule {
  matches: Condition
  output: Output
}

export function openRules(rules: readonly Rule[], output: (endpoint: string) => Output): OpenRule[] {
  return rules.map(({ condition, endpoint }) => ({
    matches: createCondition(condition),
    output: output(endpoint),
  }))
}

/** Puts a copy into each output of which a condition is met, once; says whether there was one. */
export function sendCopies(record: LogRecord, rules: readonly OpenRule[]): boolean {
  const outputs = new Set(rules.filter(rule => rule.matches(record)).map(rule => rule.output))
  for (const one of outputs) one.send(record)
  return outputs.size > 0
}

function readRule(written: string, bare: boolean): Rule {
  const given = splitArrow(written)
  const parts = given ?? (bare ? { condition: '*', what: written.trim() } : undefined)
  if (!parts || parts.what === '' || /\s/.test(parts.what)) {
    const form = bare
      ? "ENDPOINT or 'CONDITION => ENDPOINT'"
      : "'CONDITION => ENDPOINT', and * for all records"
    throw new RangeError(`"${written}" is no rule; write ${form}`)
  }
  createCondition(parts.condition)
  return { condition: parts.condition, endpoint: parts.what }
}
