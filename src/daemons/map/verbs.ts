// What a step can do, by its first word.
import type { LogRecord } from '../../lib/index.ts'
import { createCondition } from '../../lib/query/index.ts'
import { createExpression } from './expression.ts'
import { checkName, copy, forgetBytes, has, read, readNames, remove, withNames, write } from './fields.ts'
import { readHash } from './hash.ts'
import { readDedupe, readSample, readThrottle } from './less.ts'
import { readRedact } from './redact.ts'
import type { Make } from './step.ts'

interface Verb {
  usage: string
  example: string
  /** Undefined where it is not so. Throws RangeError that says more. */
  read(rest: string): Make | undefined
}

export const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['keep', { usage: 'keep CONDITION', example: 'keep severity<=6', read: readKeep }],
  ['drop', { usage: 'drop CONDITION', example: 'drop severity>=7 host:test*', read: readDrop }],
  ['keep-fields', { usage: 'keep-fields NAMES', example: 'keep-fields host,message', read: readKeepFields }],
  [
    'drop-fields',
    { usage: 'drop-fields NAMES', example: 'drop-fields user.email,session', read: readDropFields },
  ],
  ['rename', { usage: 'rename OLD NEW', example: 'rename msg message', read: readRename }],
  ['set', { usage: 'set NAME = EXPRESSION', example: "set env = 'prod'", read: readSet }],
  [
    'redact',
    {
      usage: 'redact NAMES /PATTERN/ [with TEXT]',
      example: String.raw`redact message /\b\d{13,16}\b/ with ****`,
      read: readRedact,
    },
  ],
  ['hash', { usage: 'hash NAMES [length N]', example: 'hash user,client.ip length 16', read: readHash }],
  ['sample', { usage: 'sample N/M [by NAMES]', example: 'sample 1/10 by trace_id', read: readSample }],
  [
    'throttle',
    { usage: 'throttle N per TIME [by NAMES]', example: 'throttle 100 per 1s by host', read: readThrottle },
  ],
  [
    'dedupe',
    { usage: 'dedupe NAMES within TIME', example: 'dedupe host,message within 10s', read: readDedupe },
  ],
])

function readKeep(rest: string): Make {
  const condition = createCondition(rest)
  return ({ drop }) =>
    record =>
      condition(record) ? record : drop(record, 'filtered')
}

function readDrop(rest: string): Make {
  const condition = createCondition(rest)
  return ({ drop }) =>
    record =>
      condition(record) ? drop(record, 'filtered') : record
}

function readKeepFields(rest: string): Make {
  const names = readNames(rest)
  return () => record => {
    const kept = { '@meta': record['@meta'] } as LogRecord
    for (const name of names) copy(record, kept, name)
    return forgetBytes(kept)
  }
}

function readDropFields(rest: string): Make {
  const names = readNames(rest)
  return () => record => {
    let removed = false
    let rest = record
    for (const name of names) {
      if (Object.hasOwn(rest, name)) rest = withNames(rest, key => (key === name ? undefined : key))
      else removed = remove(rest, name) || removed
    }
    return removed || rest !== record ? forgetBytes(rest) : record
  }
}

function readRename(rest: string): Make | undefined {
  const [old, name, more] = rest.split(/\s+/)
  if (!old || !name || more !== undefined) return undefined
  checkName(old)
  checkName(name)
  return ({ failed }) =>
    record => {
      if (!has(record, old)) return record
      if (Object.hasOwn(record, old) && !name.includes('.'))
        return withNames(record, key => (key === old ? name : key === name ? undefined : key))
      const value = read(record, old)
      // First: `rename host host.name` makes an object where the text was.
      remove(record, old)
      try {
        write(record, name, value)
      } catch (error) {
        write(record, old, value)
        failed(`rename ${old} ${name}`, error)
      }
      return record
    }
}

function readSet(rest: string): Make | undefined {
  const [, name, written] = /^([^\s=]+)\s*=\s*(.+)$/s.exec(rest) ?? []
  if (name === undefined || written === undefined) return undefined
  checkName(name)
  const expression = createExpression(written)
  return ({ failed }) =>
    record => {
      try {
        write(record, name, expression(record))
      } catch (error) {
        failed(`set ${name}`, error)
      }
      return record
    }
}
