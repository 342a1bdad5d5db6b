// What the page shows, and its form in the address: a link reproduces the view.
import { topicText } from '../../lib/pubsub/topic-text.ts'
import type { Filter } from './api.ts'
import { parseSpan, type Span, spanText } from './history/span.ts'

export const WINDOWS = ['2m', '5m', '15m'] as const
export type Window = (typeof WINDOWS)[number]

export interface View extends Filter {
  readonly shown: 'live' | 'history'
  /** The field whose values have colours; '': what the server counts first. */
  readonly by: string
  /** The field of the list of the most frequent values. */
  readonly top: string
  readonly window: Window
  readonly keys: readonly string[]
  readonly span: Span
  /** With the time before, to compare. */
  readonly compare: boolean
}

/** More lines in one chart nobody can tell apart. */
export const MOST_KEYS = 6
/** A topic more is a request of more bytes; the server takes some kilobytes. */
export const MOST_TOPICS = 20

export function parseView(search: string): View {
  const parameters = new URLSearchParams(search)
  const text = (name: string) => parameters.get(name)?.trim() ?? ''
  return {
    shown: text('view') === 'history' ? 'history' : 'live',
    topics: distinct(parameters.getAll('topic').map(topic => topicText(topic.trim()))).slice(0, MOST_TOPICS),
    match: parameters.get('match') ?? '',
    by: text('by'),
    top: text('top'),
    window: WINDOWS.find(window => window === text('window')) ?? WINDOWS[0],
    keys: distinct(parameters.getAll('key')).slice(0, MOST_KEYS),
    span: parseSpan(text('range'), text('from'), text('to')),
    compare: text('compare') === '1',
  }
}

const distinct = (texts: readonly string[]) => [
  ...new Set(texts.map(text => text.trim()).filter(text => text !== '')),
]

/** The part of the address behind the path: `?topic=…`, or nothing. */
export function formatView({ shown, topics, match, by, top, window, keys, span, compare }: View): string {
  const parameters = new URLSearchParams()
  const add = (name: string, value: string) => value !== '' && parameters.append(name, value)
  if (shown === 'history') add('view', shown)
  for (const topic of topics) add('topic', topic)
  add('match', match)
  add('by', by)
  add('top', top)
  if (window !== WINDOWS[0]) add('window', window)
  for (const key of keys) add('key', key)
  for (const [name, value] of spanText(span)) add(name, value)
  if (compare) add('compare', '1')
  // Readable, since people send such links: these are allowed in a query (RFC 3986 section 3.4).
  const text = parameters.toString().replace(/%(3A|2C|2F|40)/g, decodeURIComponent)
  return text === '' ? '' : `?${text}`
}
