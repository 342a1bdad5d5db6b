// What a step can do, by its first word.
import { createCondition } from '../../lib/query/index.ts'
import { createExpression } from './expression.ts'
import { forgetBytes, placesOf, readName, readNames, withNames, write } from './fields.ts'
import { readHash } from './hash.ts'
import { readDedupe, readSample, readThrottle } from './less.ts'
import { keptOf, pick } from './pick.ts'
import { readRedact } from './redact.ts'
import type { Make } from './step.ts'
import { attempt, remove } from './undo.ts'

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
  const kept = keptOf(readNames(rest).map(({ path }) => path))
  return () => record => {
    const picked = { '@meta': record['@meta'] }
    pick(record, kept, picked)
    return forgetBytes(picked)
  }
}

function readDropFields(rest: string): Make {
  const routes = readNames(rest)
  return () => record => {
    let left = record
    let changed = false
    for (const route of routes) {
      const { path, parts } = route
      if (Object.hasOwn(left, path)) left = withNames(left, key => (key === path ? undefined : key))
      for (const { holder, key } of parts.length > 0 ? placesOf(left, route) : []) {
        remove(holder, key)
        changed = true
      }
    }
    return changed || left !== record ? forgetBytes(left) : record
  }
}

function readRename(rest: string): Make | undefined {
  const [old, name, more] = rest.split(/\s+/)
  if (!old || !name || more !== undefined) return undefined
  const [from, to] = [readName(old), readName(name)]
  const isPlain = from.parts.length === 0 && to.parts.length === 0
  return ({ failed }) =>
    record => {
      const places = placesOf(record, from)
      if (places.length === 0) return record
      if (isPlain) return withNames(record, key => (key === old ? name : key === name ? undefined : key))
      const values = places.map(({ holder, key }) => holder[key])
      try {
        attempt(() => {
          // First: `rename host host.name` makes an object where the text was.
          for (const { holder, key } of places) remove(holder, key)
          write(record, to, values.length > 1 ? values : values[0])
        })
      } catch (error) {
        failed(`rename ${old} ${name}`, error)
      }
      return record
    }
}

function readSet(rest: string): Make | undefined {
  const [, name, written] = /^([^\s=]+)\s*=\s*(.+)$/s.exec(rest) ?? []
  if (name === undefined || written === undefined) return undefined
  const route = readName(name)
  const expression = createExpression(written)
  return ({ failed }) =>
    record => {
      try {
        write(record, route, expression(record))
      } catch (error) {
        failed(`set ${name}`, error)
      }
      return record
    }
}
