import { isTimeUnreadable, saysTime } from '../../lib/event-time.ts'
import type { Fields } from '../../lib/index.ts'
import { isObject } from '../../lib/record.ts'
import { isName, NO_NAME } from './name.ts'
import { wrong } from './refused.ts'

/**
 * The event of a program, as it came; it gets a time where it says none. Throws Refused for what others would not understand.
 * @param now epoch milliseconds
 */
export function programEvent(value: unknown, now: number): Fields {
  if (!isObject(value)) throw wrong('an event is a JSON object')
  const { type, app, account, data } = value
  if (type === undefined) throw wrong('an event has a "type"')
  if (!isName(type)) throw wrong(`"type" ${NO_NAME}`)
  if (app !== undefined && !isName(app)) throw wrong(`"app" ${NO_NAME}`)
  if (data !== undefined && !isObject(data)) throw wrong('"data" is a JSON object')
  if (!isAccount(account)) throw wrong(`"account" ${NO_NAME}`)
  if (!isAccount(data?.account)) throw wrong(`"data.account" ${NO_NAME}`)
  if (isTimeUnreadable(value))
    throw wrong('"time" is ISO 8601, as in 2026-11-23T04:14:05Z, or a number: epoch seconds or milliseconds')
  if (saysTime(value)) return value
  const { type: _, time: _none, ...rest } = value
  return { type, time: new Date(now).toISOString(), ...rest }
}

/** Where it is one, a template finds it under either name. */
function isAccount(value: unknown): boolean {
  return value === undefined || isName(typeof value === 'number' ? String(value) : value)
}
