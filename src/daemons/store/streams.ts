// Answers without an end, or with a far one: they are made as fast as the client takes them.

import { createMatcher, type Query } from '../../lib/query/index.ts'
import type { WorkerThread } from '../../lib/worker.ts'
import type { Asked, QueryCalls } from './query-worker.ts'
import type { Cursor } from './search.ts'
import type { Stored, TailHub } from './tail-hub.ts'

const PAGE = 1000
/** A comment after so much silence keeps proxies from hanging up. */
const SILENCE = 15_000

/** All records of a query as NDJSON, oldest first. An error breaks it off: what has no proper end is not all. */
export function exportStream(
  queries: WorkerThread<QueryCalls>,
  asked: Asked,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  let after: Cursor | undefined
  return new ReadableStream({
    async pull(controller) {
      // A page without records: it has looked as far as its time allowed.
      for (let lines = ''; lines === ''; ) {
        const page = await queries.call('exportPage', { ...asked, after, limit: PAGE }, signal)
        lines = page.lines
        if (lines !== '') controller.enqueue(Buffer.from(lines))
        after = page.next
        if (after === undefined) return controller.close()
      }
    },
  })
}

export interface TailOptions {
  /** So many of the newest come first. */
  last: number
  /** What came after the event of this number comes first. */
  resume: number | undefined
}

/** Records as they are stored, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function tailStream(
  queries: WorkerThread<QueryCalls>,
  tails: TailHub,
  query: Query,
  { last, resume }: TailOptions,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const watcher = tails.watch(createMatcher(query), resume)
  signal.addEventListener('abort', () => watcher.close(), { once: true })
  // What is stored while the newest are looked up is found there, and comes again.
  let known = new Set<string>()
  let first = resume === undefined && last > 0
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(Buffer.from('retry: 1000\n\n'))
    },
    async pull(controller) {
      if (first) {
        first = false
        const newest = await newestOf(queries, query, last, signal)
        known = new Set(newest.map(({ cursor }) => cursor))
        if (newest.length > 0) {
          controller.enqueue(
            Buffer.from(newest.map(entry => event('record', JSON.stringify(entry))).join('')),
          )
          return
        }
      }
      const taken = await watcher.take(SILENCE)
      if (!taken) return controller.close()
      const fresh = taken.entries.filter(({ cursor }) => !known.has(cursor))
      const missed = taken.missed > 0 ? event('missed', `{"records":${taken.missed}}`) : ''
      const text = missed + fresh.map(recordEvent).join('')
      controller.enqueue(Buffer.from(text === '' ? ':\n\n' : text))
    },
    cancel() {
      watcher.close()
    },
  })
}

async function newestOf(queries: WorkerThread<QueryCalls>, query: Query, limit: number, signal: AbortSignal) {
  const everything = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
  const answer = await queries.call('search', { query, ...everything, limit, after: undefined }, signal)
  return (JSON.parse(answer) as { records: { cursor: string }[] }).records.reverse()
}

function recordEvent({ sequence, cursor, time, record }: Stored): string {
  const data = JSON.stringify({ cursor, time: new Date(time).toISOString(), record })
  return event('record', data, sequence)
}

/** JSON has no line feeds, so it is one line of data. */
function event(name: string, data: string, id?: number): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`
}
