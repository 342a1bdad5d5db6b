// The thread that answers queries, so that none of them keeps a record from being stored. Answers are made here as
// text: records are in it as they lie on disk.

import { parseJson } from '../../lib/json.ts'
import { canonicalName, type Query, valuesOf } from '../../lib/query/index.ts'
import { answerCalls } from '../../lib/worker.ts'
import { type Cursor, formatCursor } from './cursor.ts'
import { countFacets, namesIn } from './facets.ts'
import { countOverTime } from './histogram.ts'
import { keyRange, timeOfKey } from './key.ts'
import { FACETS, type Facet, OVERFLOW } from './layout.ts'
import { StoreReader } from './reader.ts'
import type { Located } from './scan.ts'
import { findPage } from './search.ts'

/** What a query is asked of: times in epoch milliseconds, from (inclusive) to (exclusive). */
export interface Asked {
  query: Query
  from: number
  to: number
}

export interface AskedPage extends Asked {
  limit: number
  after: Cursor | undefined
}

export interface AskedFields extends Asked {
  /** Only of this one. */
  field: string | undefined
  /** Values that begin so. */
  prefix: string
  limit: number
}

/** Milliseconds after which an answer is given as far as it got. */
const BUDGET = 1500
/** A stretch of records of which fields are counted. */
const COUNTED = 50_000
/** Of which the names and values of other fields are collected. */
const SAMPLE = 200
/** Deleted partitions are closed after so long at the latest, or the disk would not get its room back. */
const TIDY_EVERY = 10_000

const open = ({ folder }: { folder: string }) => {
  const reader = new StoreReader(folder)
  setInterval(() => tidy(reader), TIDY_EVERY).unref()
  return {
    search: async (asked: AskedPage, signal: AbortSignal): Promise<string> => {
      const { found, next, reached, whole } = await findNewest(reader, asked, signal)
      const cursor = next ? JSON.stringify(formatCursor(next)) : 'null'
      const until = reached === undefined ? 'null' : JSON.stringify(isoTime(timeOfKey(reached)))
      const records = found.map(entryOf).join(',')
      return `{"records":[${records}],"next":${cursor},"complete":${whole},"reached":${until}}`
    },

    /** The newest records of a query, oldest first: each as in the answer of a search. */
    newest: async (asked: AskedPage, signal: AbortSignal): Promise<{ cursor: string; text: string }[]> => {
      const { found } = await findNewest(reader, asked, signal)
      return found.map(one => ({ cursor: formatCursor(one), text: entryOf(one) })).reverse()
    },

    histogram: async (
      { query, from, to, buckets }: Asked & { buckets: number },
      signal: AbortSignal,
    ): Promise<string> => {
      const request = { query, range: keyRange(from, to), buckets, budget: BUDGET }
      const [histogram, gaps] = await reader.ask(async (opened, gaps) => [
        await countOverTime(opened, request, signal),
        gaps,
      ])
      // Where there is nothing, its range is no wider than was asked for.
      const start = [from, to, 0].find(Number.isFinite)!
      const end = Number.isFinite(to) ? to : start
      const nothing = { from: start, to: end, step: 1000, buckets: [], complete: true }
      const { buckets: counts, ...rest } = histogram ?? nothing
      return JSON.stringify({
        ...rest,
        complete: rest.complete && gaps.length === 0,
        from: isoTime(rest.from),
        to: isoTime(rest.to),
        buckets: counts,
        total: counts.reduce((sum, [, records]) => sum + records, 0),
        severe: counts.reduce((sum, [, , severe]) => sum + severe, 0),
      })
    },

    fields: (asked: AskedFields, signal: AbortSignal): Promise<string> => answerFields(reader, asked, signal),

    /** Records of a query as NDJSON, oldest first, and where to go on. */
    exportPage: async (
      { query, from, to, after, limit }: AskedPage,
      signal: AbortSignal,
    ): Promise<{ lines: string; next: Cursor | undefined }> => {
      const request = {
        query,
        range: keyRange(from, to),
        direction: 'oldest',
        limit,
        after,
        budget: BUDGET,
      } as const
      const { found, next } = await reader.ask(async (opened, gaps) => {
        const page = await findPage(opened, request, signal)
        // It is all, or it breaks off.
        for (const { path, reason } of gaps) throw new Error(`cannot read ${path}: ${reason}`)
        return page
      })
      return { lines: found.map(({ body }) => `${body}\n`).join(''), next }
    },

    about: () =>
      reader.ask((opened, gaps) => {
        const first = Math.min(...opened.map(({ about }) => about.firstKey))
        const last = Math.max(...opened.map(({ about }) => about.lastKey))
        return {
          records: opened.reduce((sum, { about }) => sum + about.records, 0),
          bytes: reader.bytes,
          damaged: reader.damaged,
          whole: gaps.length === 0,
          from: opened.length === 0 ? null : isoTime(timeOfKey(first)),
          to: opened.length === 0 ? null : isoTime(timeOfKey(last)),
        }
      }),

    takeFailures: () => reader.takeFailures(),
  }
}

/** What fails for the moment must not end the thread: it is tried again. */
function tidy(reader: StoreReader): void {
  try {
    reader.tidy()
  } catch {}
}

export type QueryCalls = ReturnType<typeof open>

answerCalls(open)

function findNewest(reader: StoreReader, { query, from, to, limit, after }: AskedPage, signal: AbortSignal) {
  const request = {
    query,
    range: keyRange(from, to),
    direction: 'newest',
    limit,
    after,
    budget: BUDGET,
  } as const
  return reader.ask(async (opened, gaps) => {
    const page = await findPage(opened, request, signal)
    return { ...page, whole: page.reached === undefined && gaps.length === 0 }
  })
}

function entryOf(located: Located): string {
  return `{"cursor":"${formatCursor(located)}","time":"${isoTime(located.time)}","record":${located.body}}`
}

function isoTime(time: number): string {
  return new Date(time).toISOString()
}

async function answerFields(
  reader: StoreReader,
  { query, from, to, field, prefix, limit }: AskedFields,
  signal: AbortSignal,
): Promise<string> {
  const range = keyRange(from, to)
  const name = field === undefined ? undefined : canonicalName(field)
  const { counts, counted, complete } = await reader.ask(async (opened, gaps) => {
    const facets = await countFacets(opened, { query, range, most: COUNTED, budget: BUDGET }, signal)
    return { ...facets, complete: facets.complete && gaps.length === 0 }
  })
  const sample = await findNewest(reader, { query, from, to, limit: SAMPLE, after: undefined }, signal)
  const records = sample.found.map(({ body }) => parseJson(body) as object)
  const names = records.reduce<Set<string>>((all, record) => namesIn(record, '', all), new Set())
  const others = [...names].filter(isOther).sort()
  if (field === undefined || FACETS.includes(name as Facet)) {
    const asked = FACETS.filter(facet => name === undefined || facet === name)
    const fields = asked.map(facet => [field ?? facet, top(counts[FACETS.indexOf(facet)]!, prefix, limit)])
    return JSON.stringify({ fields: Object.fromEntries(fields), others, counted, complete })
  }
  // Of any other field, only the sample says something.
  const values = new Map<string, number>()
  for (const record of records) {
    for (const value of valuesOf(record, name!))
      values.set(String(value), (values.get(String(value)) ?? 0) + 1)
  }
  const fields = Object.fromEntries([[field, top(values, prefix, limit)]])
  return JSON.stringify({
    fields,
    others,
    counted: records.length,
    complete: sample.next === undefined && sample.whole,
  })
}

/** The most frequent values that begin so. */
function top(counts: ReadonlyMap<string, number>, prefix: string, limit: number) {
  const folded = prefix.toLowerCase()
  return [...counts]
    .filter(([value]) => value !== OVERFLOW && value.toLowerCase().startsWith(folded))
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([value, count]) => ({ value, count }))
}

/** Not what everybody looks for already, nor what Sluice itself writes. */
function isOther(name: string): boolean {
  return !name.startsWith('@') && !FACETS.includes(name as Facet) && !KNOWN.has(name)
}

const KNOWN = new Set([
  ...['message', 'timestamp', 'syslog_priority', 'syslog_facility', 'syslog_severity', 'syslog_program'],
  ...['host.name', 'host.hostname', 'process.name', 'log.syslog.severity.name', 'log.syslog.facility.name'],
])
