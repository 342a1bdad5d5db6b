import type { Fields } from '../../lib/index.ts'
import { parseJson } from '../../lib/json.ts'
import { isObject } from '../../lib/record.ts'
import { isName, NO_NAME } from './name.ts'
import { parametersOf } from './parameters.ts'
import { wrong } from './refused.ts'

/** What a page tells, by the GIF or by POST; it may say anything. */
export interface Told {
  app: string
  account: string
  type: string
  page: unknown
  referrer: unknown
  screen: unknown
  tz: unknown
  visitor: unknown
  /** Fields of its own. */
  own: Fields | undefined
  /** Of the GIF's URL, where no page is told. */
  path: string | undefined
  /** Parameters of the GIF's URL that mean nothing else. */
  query: [name: string, value: string][]
}

/** Reads the URL of a GIF, `/r/APP/ACCOUNT/TYPE?…`, which is all ASCII (Node refuses any other). Throws Refused. */
export function toldByUrl(url: string): Told {
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  const names = path.split('/')
  if (names.length !== 5) throw wrong('the path is /r/APP/ACCOUNT/TYPE')
  const told = createTold(nameIn(names[2]!), nameIn(names[3]!), nameIn(names[4]!))
  told.path = path
  if (end >= 0) for (const parameter of parametersOf(url.slice(end + 1))) takeParameter(told, parameter)
  return told
}

// One shape for all of them, which V8 knows by heart: spreads took a third of what is ours of a request.
function createTold(app: string, account: string, type: string): Told {
  const told = { page: undefined, referrer: undefined, screen: undefined, tz: undefined, visitor: undefined }
  return { app, account, type, ...told, own: undefined, path: undefined, query: [] }
}

function takeParameter(told: Told, parameter: [name: string, value: string]): void {
  const [name, value] = parameter
  if (name === 'u') told.page = value
  else if (name === 'r') told.referrer = value
  else if (name === 's') told.screen = value
  else if (name === 'z') told.tz = value
  else if (name === 'v') told.visitor = value
  else if (name === 'd') takeData(told, dataIn(value))
  else told.query.push(parameter)
}

/** Parameters of the URL win, whichever comes first. */
function takeData(told: Told, data: Fields): void {
  const { account: _, page, referrer, screen, tz, visitor, ...own } = data
  told.page ??= page
  told.referrer ??= referrer
  told.screen ??= screen
  told.tz ??= tz
  told.visitor ??= visitor
  told.own = own
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

function dataIn(json: string): Fields {
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
  const told = createTold(named('app', app), named('data.account', data.account), named('type', type))
  takeData(told, data)
  return told
}

function named(what: string, name: unknown): string {
  if (isName(name)) return name
  throw wrong(`"${what}" ${NO_NAME}`)
}
