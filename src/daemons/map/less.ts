// Steps that let fewer records through: by chance (which is none), by number, by likeness.
//
// A record that comes again under its id, because nobody has heard yet that it was accepted, must get the answer that it got before,
// or it would be lost: acknowledged as dropped, while the copy that went on may never arrive.
import type { Acceptance } from '../../lib/index.ts'
import { canonicalName } from '../../lib/query/index.ts'
import { parseDuration } from '../../lib/units.ts'
import { Clock, createKeyOf, Passed, Remembered } from './keyed.ts'
import type { Make } from './step.ts'

/** `1/10 by trace_id`, `5%`: by the id of the record, or the values of fields, so that a repeat gets the same answer. */
export function readSample(rest: string): Make | undefined {
  const [, part, whole, percent, by] =
    /^(?:(\d+)\s*\/\s*(\d+)|(\d+(?:\.\d+)?)\s*%)(?:\s+by\s+(\S+))?$/.exec(rest) ?? []
  const share = part === undefined ? Number(percent) / 100 : Number(part) / Number(whole)
  if (Number.isNaN(share) || rest === '') return undefined
  if (!(share > 0 && share <= 1))
    throw new RangeError(`"${rest}": the part is more than nothing, and at most all`)
  const keyOf = by === undefined ? undefined : createKeyOf(readKeys(by))
  return ({ drop }, n) =>
    record => {
      // Those without any of the values have nothing in common.
      const key = keyOf?.(record) ?? record['@meta'].id
      return scatter(key, n) < share ? record : drop(record, 'sampled')
    }
}

/** `100 per 1s by host`: of the records with the same values that were received in the same period, the first ones. */
export function readThrottle(rest: string): Make | undefined {
  const [, digits, time, by] = /^(\d{1,9})\s+per\s+(\S+)(?:\s+by\s+(\S+))?$/.exec(rest) ?? []
  if (digits === undefined || time === undefined) return undefined
  const most = Number(digits)
  const period = readPeriod(time)
  const keyOf = by === undefined ? () => '' : createKeyOf(readKeys(by))
  return ({ drop, acceptance, count, remember }) => {
    const clock = new Clock(period)
    const passed = new Passed(remember)
    const newest = () => Math.floor(clock.latest / period)
    const counts = new Remembered<{ period: number; records: number }>(
      remember,
      entry => entry.period < newest() - 1,
      () => count('forgottenKeys'),
    )
    return record => {
      const { id } = record['@meta']
      const at = clock.at(record)
      const now = Math.floor(at / period)
      if (!passed.has(id)) {
        const key = `${now} ${keyOf(record) ?? ''}`
        const before = counts.get(key)
        if ((before?.records ?? 0) >= most) return drop(record, 'throttled')
        clock.note(at)
        if (before) before.records++
        else counts.set(key, { period: now, records: 1 })
      }
      passed.add(id, now, acceptance(), newest())
      return record
    }
  }
}

interface First {
  id: string
  at: number
  /** Of the batch that it went on with. */
  acceptance: Acceptance
}

/**
 * `host,message within 10s`: of records with the same values, the first goes on, and those that were received within the time after
 * it do not. They are acknowledged when the first is accepted: before, it might still be lost, and all of them with it.
 */
export function readDedupe(rest: string): Make | undefined {
  const [, by, time] = /^(\S+)\s+within\s+(\S+)$/.exec(rest) ?? []
  if (by === undefined || time === undefined) return undefined
  const within = readPeriod(time)
  const keyOf = createKeyOf(readKeys(by))
  return ({ drop, acceptance, count, remember }) => {
    const clock = new Clock(within)
    const firsts = new Remembered<First>(
      remember,
      first => first.at <= clock.latest - 2 * within,
      () => count('forgottenKeys'),
    )
    return record => {
      const { id } = record['@meta']
      const at = clock.at(record)
      const key = keyOf(record)
      if (key === undefined) return record
      const first = firsts.get(key)
      const isLike = first !== undefined && Math.abs(at - first.at) < within
      if (isLike && first.id !== id) return drop(record, 'duplicate', first.acceptance)
      // One that came late must not make those look new that came before it, unless the first was ahead of its time.
      if (first === undefined || at >= first.at || first.at > clock.latest) {
        clock.note(at)
        firsts.set(key, { id, at, acceptance: acceptance() })
      }
      return record
    }
  }
}

/** Names as in a query: `host` is the host, wherever a record has it. */
function readKeys(text: string): string[] {
  const names = text.split(',').map(name => canonicalName(name.trim()))
  if (names.includes('')) throw new RangeError(`"${text}": a name is empty`)
  return names
}

function readPeriod(text: string): number {
  const period = parseDuration(text)
  if (period < 1) throw new RangeError(`"${text}": at least 1ms`)
  return period
}

/** From 0 up to 1, evenly, and another one for each n (FNV-1a, and the last steps of MurmurHash3). */
function scatter(key: string, n: number): number {
  let hash = 0x811c9dc5 ^ n
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
