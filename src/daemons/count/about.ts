// What a store says of what it holds. Counts of another kind or of another zone cannot be added to those that are there.

import { hash } from 'node:crypto'
import { Fatal } from '../../lib/index.ts'
import { type Keep, LEVELS } from './buckets.ts'
import type { Metrics } from './metrics.ts'
import { type Described, firstField, flagOf, ownersOf } from './owners.ts'

/** Between a store and what is counted now. */
export interface Agreement {
  /** The same for all that count the same. */
  readonly print: string
  /**
   * Takes what the store said before (undefined: nothing) and what reads its keys; returns what it says from now on. Throws Fatal that
   * says what to type when they do not go together.
   */
  agree(found: string | undefined, keys: KeysInPages): Promise<string>
}

type KeysInPages = () => AsyncIterable<readonly string[]>

interface About {
  timezone: string
  /** All that were ever counted, and under whose keys there is something: they stay theirs. */
  metrics: readonly Described[]
  /** As the flags say; not compared with what was before, which may be changed. */
  remember?: number
  keep?: Keep
}

export interface Counting {
  metrics: Metrics
  timezone: string
  remember: number
  keep: Keep
}

/** That of this host for `local`: what it is called there says nothing elsewhere. */
export function nameOfZone(timezone: string): string {
  return timezone === 'local' ? new Intl.DateTimeFormat().resolvedOptions().timeZone : timezone
}

/** `instead` is what to give for a store of its own; `warn` is told of what is counted otherwise than before. */
export function createAgreement(
  { metrics, timezone, remember, keep }: Counting,
  instead: string,
  warn: (text: string) => void,
): Agreement {
  const zone = nameOfZone(timezone)
  const now: About = { timezone: zone, metrics: metrics.described, remember, keep }
  const templates = now.metrics.map(({ kind, template, value = '' }) => `${kind} ${template} = ${value}`)
  const text = JSON.stringify([zone, templates.sort(), remember, LEVELS.map(level => keep[level])])
  return {
    print: hash('sha256', text, 'hex').slice(0, 16),
    async agree(found, keys) {
      if (found === undefined) return JSON.stringify(now)
      const before: About = JSON.parse(found)
      if (before.timezone !== zone && (await isAny(keys)))
        throw new Fatal(
          `--timezone ${timezone}: what is there was counted by ${before.timezone}; give that one, or ${instead}`,
        )
      const there = await used(before.metrics, keys)
      const retired = metrics.keep(there)
      refuseHidden(metrics, instead)
      await checkKeys(before.metrics, metrics, keys, instead)
      for (const one of metrics.described) warnOfOther(there, one, warn)
      return JSON.stringify({ ...now, metrics: [...retired, ...now.metrics] })
    },
  }
}

async function isAny(keys: KeysInPages): Promise<boolean> {
  for await (const page of keys()) return page.length > 0
  return false
}

/** Those under whose keys there is something. What was tried once, and has counted nothing, is in nobody's way. */
async function used(before: readonly Described[], keys: KeysInPages): Promise<readonly Described[]> {
  const then = ownersOf(before)
  const owners = new Set<Described | undefined>()
  for await (const page of keys()) for (const key of page) owners.add(then(key))
  return before.filter(one => owners.has(one))
}

/** One that is left away keeps its keys: what begins with nothing must not find that all of its own are among them. */
function refuseHidden(metrics: Metrics, instead: string): void {
  const [[one, hider] = []] = metrics.hidden()
  if (one && hider)
    throw new Fatal(
      `${flagOf(one)} would count nothing: ${flagOf(hider)} was counted here before, and all of its keys could be those of that; put a word of its own into the key, as in {account}/all/{type}, or ${instead}`,
    )
}

/** What is there must not be added to what is something else, nor be seen by the account of another field. */
async function checkKeys(
  before: readonly Described[],
  now: Metrics,
  keys: KeysInPages,
  instead: string,
): Promise<void> {
  const then = ownersOf(before)
  for await (const page of keys()) for (const key of page) check(key, then(key), now.ownerOf(key), instead)
}

function check(key: string, was: Described | undefined, is: Described | undefined, instead: string): void {
  if (!was || !is) return
  if (was.kind !== is.kind)
    throw new Fatal(
      `${flagOf(is)}: ${flagOf(was)} has counted under ${key}; put a word of its own into the key, as in {account}/total-revenue, or ${instead}`,
    )
  if (accountOf(was) !== accountOf(is))
    throw new Fatal(
      `${flagOf(is)}: ${flagOf(was)} has counted under ${key}, whose first part is something else; put a word of its own into the key, as in {account}/all/{type}, or ${instead}`,
    )
}

/** Mostly it is the same: a plain name is looked for in `data` as well. */
function accountOf(one: Described): string | undefined {
  return firstField(one)?.replace(/^data\./, '')
}

/** What is there goes on with the same keys, of other fields or values. */
function warnOfOther(there: readonly Described[], now: Described, warn: (text: string) => void): void {
  const was = there.find(({ kind, shape }) => kind === now.kind && shape === now.shape)
  if (!was) return
  const say = (then: string, is: string) =>
    warn(`${flagOf(now)}: what is there is of ${then}, and from now on it is ${is}; both are in one count`)
  if (was.value !== now.value) say(`${was.value}`, `${now.value}`)
  else if (fieldsOf(was.template) !== fieldsOf(now.template)) say(was.template, now.template)
}

/** As accountOf, of all its fields. */
function fieldsOf(template: string): string {
  return template.replaceAll('{data.', '{')
}
