// What the search box offers: names of fields that are known, values that the store is asked for.
import { CANONICAL_NAMES, SEVERITY_WORDS } from '../../lib/query/fields.ts'
import { State } from '../lib/state.ts'
import { getFields } from './api.ts'
import { type Completable, completableAt } from './completion.ts'
import { panel, view } from './session.ts'

export interface Suggestion {
  text: string
  /** How often it is there; undefined where nobody counted. */
  count: number | undefined
}

export interface Suggestions {
  at: Completable | undefined
  list: readonly Suggestion[]
}

const NOTHING: Suggestions = { at: undefined, list: [] }
const MOST = 10
const PAUSE = 80

export const suggestions = new State<Suggestions>(NOTHING)
let running = new AbortController()

export function forget(): void {
  running.abort()
  suggestions.value = NOTHING
}

export function suggest(query: string, caret: number): void {
  running.abort()
  running = new AbortController()
  const at = completableAt(query, caret)
  if (!at || at.field === 'time') suggestions.value = NOTHING
  else if (at.kind === 'field') offer(at, names(at.prefix))
  else void suggestValues(at, running.signal)
}

function offer(at: Completable, list: readonly Suggestion[]): void {
  // What stands there already, and nothing else, is no help.
  const helpful = list.length > 1 || (list.length === 1 && list[0]!.text !== at.prefix)
  suggestions.value = helpful ? { at, list: list.slice(0, MOST) } : NOTHING
}

function names(prefix: string): Suggestion[] {
  const others = panel.fields.value?.others ?? []
  return [...new Set([...CANONICAL_NAMES, ...others])]
    .filter(name => name.toLowerCase().startsWith(prefix.toLowerCase()))
    .map(text => ({ text, count: undefined }))
}

async function suggestValues(at: Completable, signal: AbortSignal): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, PAUSE))
  if (signal.aborted) return
  const found = await values(at, at.rest, signal).catch(() =>
    // The rest may not be a query yet.
    values(at, '', signal).catch(() => []),
  )
  if (!signal.aborted) offer(at, found)
}

async function values({ field, prefix }: Completable, q: string, signal: AbortSignal): Promise<Suggestion[]> {
  const { fields } = await getFields({ q, range: view.value.range }, { field, prefix, limit: MOST }, signal)
  const found = (fields[field!] ?? Object.values(fields)[0] ?? []).map(({ value, count }) => ({
    text: value,
    count,
  }))
  if (field !== 'severity') return found
  const more = SEVERITY_WORDS.filter(
    word => word.startsWith(prefix) && !found.some(({ text }) => text === word),
  )
  return [...found, ...more.map(text => ({ text, count: undefined }))]
}
