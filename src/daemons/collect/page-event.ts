import type { Fields } from '../../lib/index.ts'
import type { Agent } from './agents.ts'
import { parametersOf, partsOf } from './parameters.ts'
import type { Told } from './tracked.ts'

/** What the request says about who sent it. */
export interface Visitor {
  agent: Agent
  /** Undefined where it is not to be known. */
  address?: string | undefined
  visitor?: string | undefined
  /** Of the request, which is where the GIF was shown. */
  referrer?: string | undefined
}

/** Characters of what a page says about itself. */
const LONGEST_URL = 4096
const LONGEST = 64

/** What we add to what a page tells. What it gives itself under one of these names gets another one. */
const OURS = new Set(['path', 'query', 'browser', 'system', 'bot', 'address'])

/**
 * The event of what a page told. A row of the table in docs/collect.md each.
 * @param time epoch milliseconds
 */
export function pageEvent(told: Told, visitor: Visitor, time: number): Fields {
  const { type, app } = told
  const data: Fields = { account: told.account }
  if (told.own)
    for (const name of Object.keys(told.own)) put(data, OURS.has(name) ? `_${name}` : name, told.own[name])
  addPlace(data, told, visitor)
  add(data, 'screen', textIn(told.screen))
  add(data, 'tz', textIn(told.tz))
  add(data, 'visitor', visitor.visitor)
  const { browser, system, bot } = visitor.agent
  // Copies: what reads events may change them, and an agent is kept for the next one.
  if (browser) data.browser = { ...browser }
  if (system) data.system = { ...system }
  data.bot = bot
  add(data, 'address', visitor.address)
  return { type, time: new Date(time).toISOString(), app, data }
}

/** The id that a page brings, where it is one. */
export function visitorIn({ visitor }: Told): string | undefined {
  return typeof visitor === 'string' && /^[\w.~-]{1,64}$/.test(visitor) ? visitor : undefined
}

/** Which page it is and with which parameters; where it does not say so, those of the GIF itself. */
function addPlace(data: Fields, { page: given, referrer, path, query }: Told, visitor: Visitor): void {
  const page = textIn(given, LONGEST_URL)
  const url = page === undefined ? undefined : partsOf(page)
  add(data, 'page', page)
  add(data, 'path', url?.path ?? path)
  const parameters = url?.query ? [...parametersOf(url.query), ...query] : query
  if (parameters.length > 0) {
    const all: Fields = {}
    for (const [name, value] of parameters) put(all, name, value)
    data.query = all
  }
  add(
    data,
    'referrer',
    textIn(referrer, LONGEST_URL) ?? (page === undefined ? textIn(visitor.referrer, LONGEST_URL) : undefined),
  )
}

function add(data: Fields, name: string, value: string | undefined): void {
  if (value !== undefined) data[name] = value
}

/** A name of somebody else's may be `__proto__`, which is no field but by definition. */
function put(fields: Fields, name: string, value: unknown): void {
  if (name !== '__proto__') fields[name] = value
  else Object.defineProperty(fields, name, { value, enumerable: true, writable: true, configurable: true })
}

function textIn(value: unknown, most = LONGEST): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, most) : undefined
}
