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

/** What the snippet adds, or we do. Whatever else a page gives under one of our names gets another one. */
const SNIPPETS = new Set(['account', 'page', 'referrer', 'screen', 'tz', 'visitor'])
const OURS = new Set(['path', 'query', 'browser', 'system', 'bot', 'address'])

/**
 * The event of what a page told. A row of the table in docs/collect.md
 * each.
 * @param time epoch milliseconds
 */
export function pageEvent(told: Told, { agent, address, ...seen }: Visitor, time: number): Fields {
  const { type, app, account, data: own } = told
  const page = textIn(own.page, LONGEST_URL)
  const screen = textIn(own.screen)
  const tz = textIn(own.tz)
  const referrer = textIn(own.referrer, LONGEST_URL) ?? (page === undefined ? seen.referrer : undefined)
  const data = {
    account,
    ...othersOf(own),
    ...placeOf(told, page),
    ...(referrer !== undefined && { referrer }),
    ...(screen !== undefined && { screen }),
    ...(tz !== undefined && { tz }),
    ...(seen.visitor !== undefined && { visitor: seen.visitor }),
    // Copies: what reads events may change them, and an agent is kept for the next one.
    ...(agent.browser && { browser: { ...agent.browser } }),
    ...(agent.system && { system: { ...agent.system } }),
    bot: agent.bot,
    ...(address !== undefined && { address }),
  }
  return { type, time: new Date(time).toISOString(), app, data }
}

function othersOf(own: Fields): Fields {
  const others: [name: string, value: unknown][] = []
  for (const name of Object.keys(own))
    if (!SNIPPETS.has(name)) others.push([OURS.has(name) ? `_${name}` : name, own[name]])
  return Object.fromEntries(others)
}

/** The id that a page brings, where it is one. */
export function visitorIn({ data }: Told): string | undefined {
  const { visitor } = data
  return typeof visitor === 'string' && /^[\w.~-]{1,64}$/.test(visitor) ? visitor : undefined
}

/** Which page it is and with which parameters; where it does not say so, those of the GIF itself. */
function placeOf({ path, query }: Told, page: string | undefined): Fields {
  const url = page === undefined ? undefined : partsOf(page)
  const given = url?.query ? { ...Object.fromEntries(parametersOf(url.query)), ...query } : query
  const at = url?.path ?? path
  return {
    ...(page !== undefined && { page }),
    ...(at !== undefined && { path: at }),
    ...(given && Object.keys(given).length > 0 && { query: given }),
  }
}

function textIn(value: unknown, most = LONGEST): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, most) : undefined
}
