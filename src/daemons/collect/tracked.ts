import { parseJson } from '../../lib/json.ts'
import { isObject } from '../../lib/record.ts'
import { isName, NO_NAME } from './name.ts'
import { parametersOf } from './parameters.ts'
import { wrong } from './refused.ts'

/** What a page tells, by the GIF or by POST. */
export interface Told {
  app: string
  account: string
  type: string
  /** The fields that the page gives: those that the snippet adds, and its own. */
  data: { [field: string]: unknown }
  /** Of the GIF's URL, where that says no page. */
  path?: string
  /** Parameters of the GIF's URL that mean nothing else. */
  query?: { [name: string]: string }
}

/** Short for the fields that the snippet adds. */
const SHORT = new Map([
  ['u', 'page'],
  ['r', 'referrer'],
  ['s', 'screen'],
  ['z', 'tz'],
  ['v', 'visitor'],
])
const DATA = 'd'

/** Reads the URL of a GIF, `/r/APP/ACCOUNT/TYPE?…`, which is all ASCII (Node refuses any other). Throws Refused. */
export function toldByUrl(url: string): Told {
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  const names = path.split('/').slice(2)
  if (names.length !== 3) throw wrong('the path is /r/APP/ACCOUNT/TYPE')
  const [app, account, type] = names.map(nameIn)
  const told = { app: app!, account: account!, type: type!, data: {}, path }
  return end < 0 ? told : withParameters(told, parametersOf(url.slice(end + 1)))
}

function withParameters(told: Told, parameters: readonly [name: string, value: string][]): Told {
  const data: [string, unknown][] = []
  const query: [string, string][] = []
  for (const parameter of parameters) {
    const [name, value] = parameter
    const field = SHORT.get(name)
    if (field) data.push([field, value])
    else if (name === DATA) data.unshift(...Object.entries(dataIn(value)))
    else query.push(parameter)
  }
  // Not by assignment: somebody's parameter may be called __proto__.
  return { ...told, data: Object.fromEntries(data), query: Object.fromEntries(query) }
}

function nameIn(encoded: string): string {
  let name: string
  try {
    name = decodeURIComponent(encoded)
  } catch {
    throw wrong('the path is not UTF-8 that is percent-encoded')
  }
  if (isName(name)) return name
  throw wrong(`a name in the path ${NO_NAME}`)
}

function dataIn(json: string): { [field: string]: unknown } {
  try {
    const data = parseJson(json)
    if (isObject(data)) return data
  } catch {}
  throw wrong('d= is no JSON object')
}

/** Reads what a page posts. Throws Refused. */
export function toldByPost(value: unknown): Told {
  if (!isObject(value)) throw wrong('an event is a JSON object')
  const { app, type, data = {} } = value
  if (!isObject(data)) throw wrong('"data" is a JSON object')
  const { account } = data
  for (const [what, name] of Object.entries({ type, app, 'data.account': account }))
    if (!isName(name)) throw wrong(`"${what}" ${NO_NAME}`)
  return { app, account, type, data } as Told
}
