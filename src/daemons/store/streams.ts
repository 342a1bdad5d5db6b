// Answers without an end, or with a far one: they are made as fast as the client takes them.

import { createMatcher, type Query } from '../../lib/query/index.ts'
import type { Cursor } from './cursor.ts'
import type { Asked, QueryCalls } from './query-worker.ts'
import type { Stored, TailHub, Taken } from './tail-hub.ts'
import { timeRange, withoutTimes } from './time-range.ts'

type Call<N extends keyof QueryCalls> = (
  name: N,
  argument: Parameters<QueryCalls[N]>[0],
  signal: AbortSignal,
) => Promise<Awaited<ReturnType<QueryCalls[N]>>>

/** Whom the API asks: the thread that answers queries, or what stands for it. */
export interface Asking {
  readonly pending: number
  readonly call: Call<'search'> &
    Call<'histogram'> &
    Call<'fields'> &
    Call<'newest'> &
    Call<'exportPage'> &
    Call<'about'>
}

const PAGE = 1000
const SILENCE = 15_000

/**
 * All records of a query as NDJSON, oldest first, up to the newest at its start: it ends, however fast others come.
 * An error breaks it off: what has no proper end is not all.
 */
export function exportStream(queries: Asking, asked: Asked, signal: AbortSignal): ReadableStream<Uint8Array> {
  let bounded: Asked | undefined
  let after: Cursor | undefined
  const left = new AbortController()
  const either = AbortSignal.any([signal, left.signal])
  return new ReadableStream({
    async pull(controller) {
      bounded ??= { ...asked, to: Math.min(asked.to, await endOf(queries, either)) }
      // A page without records: it has looked as far as its time allowed.
      for (let lines = ''; lines === ''; ) {
        const page = await queries.call('exportPage', { ...bounded, after, limit: PAGE }, either)
        lines = page.lines
        if (lines !== '') controller.enqueue(Buffer.from(lines))
        after = page.next
        if (after === undefined) return controller.close()
      }
    },
    // Also where nobody wants the body: the answer to HEAD.
    cancel: () => left.abort(),
  })
}

/** Just behind the newest record there is. */
async function endOf(queries: Asking, signal: AbortSignal): Promise<number> {
  const { to, whole } = await queries.call('about', undefined, signal)
  if (!whole) throw new Error('a partition cannot be read at the moment')
  return to === null ? Number.NEGATIVE_INFINITY : Date.parse(to) + 1
}

export interface TailOptions {
  /** So many of the newest come first. */
  last: number
  /** What came after the event of this id comes first. */
  lastId: string | undefined
  /** Milliseconds without a record after which there is a comment: it keeps proxies from hanging up. */
  silence?: number
}

/** Records as they are stored, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function tailStream(
  queries: Asking,
  tails: TailHub,
  query: Query,
  { last, lastId, silence = SILENCE }: TailOptions,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const watcher = tails.watch(createMatcher(query), lastId)
  signal.addEventListener('abort', () => watcher.close(), { once: true })
  // What is stored while the newest are looked up is found there, and comes again.
  let known = new Set<string>()
  let first = lastId === undefined && last > 0
  // Without data it is no event, but the client knows where to go on.
  const place = (reached: number) => `id: ${tails.idOf(reached)}\n\n`
  const textOf = ({ missed, entries, reached }: Taken) => {
    const gap = missed === 0 ? '' : event('missed', `{"records":${missed}}`)
    const fresh = entries.filter(({ cursor }) => !known.has(cursor))
    const end = fresh.at(-1)?.sequence === reached ? '' : place(reached)
    return gap + fresh.map(entry => recordEvent(entry, tails)).join('') + end
  }
  return new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(`retry: 1000\n${place(watcher.reached)}`))
    },
    async pull(controller) {
      if (first) {
        first = false
        const newest = await newestOf(queries, query, last, signal)
        known = new Set(newest.map(({ cursor }) => cursor))
        const text = newest.map(entry => event('record', entry.text)).join('')
        if (text !== '') return controller.enqueue(Buffer.from(text))
      }
      const taken = await watcher.take(silence)
      if (!taken) return controller.close()
      const nothing = taken.missed === 0 && taken.entries.length === 0
      controller.enqueue(Buffer.from((nothing ? ':\n' : '') + textOf(taken)))
    },
    cancel() {
      watcher.close()
    },
  })
}

function newestOf(queries: Asking, query: Query, limit: number, signal: AbortSignal) {
  const { from, to } = timeRange(query)
  return queries.call('newest', { query: withoutTimes(query), from, to, limit, after: undefined }, signal)
}

function recordEvent({ sequence, cursor, time, record }: Stored, tails: TailHub): string {
  const data = JSON.stringify({ cursor, time: new Date(time).toISOString(), record })
  return event('record', data, tails.idOf(sequence))
}

/** JSON has no line feeds, so it is one line of data. */
function event(name: string, data: string, id?: string): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`
}
