// The thread that answers queries, so that none of them keeps a record from being stored. Answers are made here as
// text: records are in it as they lie on disk.

import { type Query, valuesOf } from '../../lib/query/index.ts'
import { answerCalls } from '../../lib/worker.ts'
import { countFacets, namesIn } from './facets.ts'
import { countOverTime, keyRange } from './histogram.ts'
import { timeOfKey } from './key.ts'
import { bytesIn, FACETS, type Facet } from './layout.ts'
import { StoreReader } from './reader.ts'
import { type Cursor, findPage, formatCursor, type Located } from './search.ts'

/** What a query is asked of: times in epoch milliseconds, from (inclusive) to (exclusive). */
export interface Asked {
  query: Query
  from: number
  to: number
}

/** Milliseconds after which an answer is given as far as it got. */
const BUDGET = 1500
/** A stretch of records of which fields are counted. */
const COUNTED = 50_000
/** Of which the names of other fields are collected. */
const SAMPLE = 200

const open = ({ folder }: { folder: string }) => {
  const reader = new StoreReader(folder)
  return {
    search: async (
      { query, from, to, limit, after }: Asked & { limit: number; after: Cursor | undefined },
      signal: AbortSignal,
    ): Promise<string> => {
      const range = keyRange(from, to)
      const { found, next, complete } = await findPage(
        reader.partitions(),
        { query, range, direction: 'newest', limit, ...(after && { after }), budget: BUDGET },
        signal,
      )
      const cursor = next ? JSON.stringify(formatCursor(next)) : 'null'
      return `{"records":[${found.map(entryOf).join(',')}],"next":${cursor},"complete":${complete}}`
    },

    histogram: async (
      { query, from, to, buckets }: Asked & { buckets: number },
      signal: AbortSignal,
    ): Promise<string> => {
      const histogram = await countOverTime(
        reader.partitions(),
        { query, range: keyRange(from, to), buckets, budget: BUDGET },
        signal,
      )
      const start = Number.isFinite(from) ? from : 0
      const { buckets: counts, ...rest } = histogram ?? {
        from: start,
        to: Number.isFinite(to) ? to : start,
        step: 1000,
        buckets: [],
        complete: true,
      }
      return JSON.stringify({
        ...rest,
        from: isoTime(rest.from),
        to: isoTime(rest.to),
        buckets: counts,
        total: counts.reduce((sum, [, records]) => sum + records, 0),
        severe: counts.reduce((sum, [, , severe]) => sum + severe, 0),
      })
    },

    fields: async (
      {
        query,
        from,
        to,
        field,
        prefix,
        limit,
      }: Asked & { field: string | undefined; prefix: string; limit: number },
      signal: AbortSignal,
    ): Promise<string> => {
      const opened = reader.partitions()
      const asked = { query, range: keyRange(from, to) }
      const { counts, counted, complete } = await countFacets(
        opened,
        { ...asked, most: COUNTED, budget: BUDGET },
        signal,
      )
      const sample = await findPage(
        opened,
        { ...asked, direction: 'newest', limit: SAMPLE, budget: BUDGET / 2 },
        signal,
      )
      const records = sample.found.map(({ body }) => JSON.parse(body) as object)
      const names = records.reduce<Set<string>>((all, record) => namesIn(record, '', all), new Set())
      const fields = Object.fromEntries(FACETS.map((facet, n) => [facet, top(counts[n]!, prefix, limit)]))
      const asks =
        field === undefined ? fields : { [field]: fields[field] ?? otherField(records, field, prefix, limit) }
      return JSON.stringify({ fields: asks, others: [...names].filter(isOther).sort(), counted, complete })
    },

    /** Records of a query as NDJSON, oldest first, and where to go on. */
    exportPage: async (
      { query, from, to, after, limit }: Asked & { after: Cursor | undefined; limit: number },
      signal: AbortSignal,
    ): Promise<{ lines: string; next: Cursor | undefined }> => {
      const { found, next } = await findPage(
        reader.partitions(),
        {
          query,
          range: keyRange(from, to),
          direction: 'oldest',
          limit,
          ...(after && { after }),
          budget: BUDGET,
        },
        signal,
      )
      return { lines: found.map(({ body }) => `${body}\n`).join(''), next }
    },

    about: () => {
      const abouts = reader.partitions().map(({ about }) => about)
      const bytes = bytesIn(folder)
      if (abouts.length === 0) return { records: 0, bytes, from: null, to: null }
      return {
        bytes,
        records: abouts.reduce((sum, { records }) => sum + records, 0),
        from: isoTime(timeOfKey(Math.min(...abouts.map(({ firstKey }) => firstKey)))),
        to: isoTime(timeOfKey(Math.max(...abouts.map(({ lastKey }) => lastKey)))),
      }
    },

    close: () => reader.close(),
  }
}

export type QueryCalls = ReturnType<typeof open>

answerCalls(open)

function entryOf(located: Located): string {
  return `{"cursor":"${formatCursor(located)}","time":"${isoTime(located.time)}","record":${located.body}}`
}

function isoTime(time: number): string {
  return new Date(time).toISOString()
}

/** The most frequent values that begin so. */
function top(counts: ReadonlyMap<string, number>, prefix: string, limit: number) {
  const folded = prefix.toLowerCase()
  return [...counts]
    .filter(([value]) => value.toLowerCase().startsWith(folded))
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([value, count]) => ({ value, count }))
}

/** Of a field that is not counted: what the sample says. */
function otherField(records: readonly object[], field: string, prefix: string, limit: number) {
  const counts = new Map<string, number>()
  for (const record of records) {
    for (const value of valuesOf(record, field))
      counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  }
  return top(counts, prefix, limit)
}

/** Not what everybody looks for already, nor what Sluice itself writes. */
function isOther(name: string): boolean {
  return !name.startsWith('@') && !FACETS.includes(name as Facet) && !KNOWN.has(name)
}

const KNOWN = new Set([
  ...['message', 'timestamp', 'syslog_priority', 'syslog_facility', 'syslog_severity', 'syslog_program'],
  ...['host.name', 'host.hostname', 'process.name', 'log.syslog.severity.name', 'log.syslog.facility.name'],
])
