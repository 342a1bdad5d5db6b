// sluice-store: what it takes in alone and while it is asked, what that needs on disk, how fast it answers, how soon a
// record is on the page, and its memory.
import { setTimeout as sleep } from 'node:timers/promises'
import { count, digits, median } from './support/numbers.ts'
import { type Memory, memoryOf } from './support/proc.ts'
import type { Report } from './support/report.ts'
import { ask, askAll, HISTOGRAM, SEARCH } from './support/store-questions.ts'
import { type Ingest, StoreUnderTest } from './support/store-under-test.ts'
import { tailLatency } from './support/tail-latency.ts'

const RECORDS = 1_000_000
const ASK_EVERY = 200
const SEARCHES = 200
const GOAL = 20

export async function measure(report: Report): Promise<void> {
  report.parameters({
    records: `${count(RECORDS)}, as sluice-syslog-json makes them, ${count(1000)} a second of the time that they tell`,
    input: 'ZeroMQ over ipc, batches of 256 records, from a process that makes them as it goes',
    questions: 'over HTTP, connection kept alive; the first time, and 15 times more',
  })
  const store = new StoreUnderTest()
  await store.ready()
  await sleep(2000)
  const memory: { [when: string]: Memory } = { idle: memoryOf(store.program.pid) }
  const alone = await store.ingest(RECORDS)
  memory[`${count(RECORDS)} records later`] = memoryOf(store.program.pid)
  reportDisk(report, store, alone)
  await askAll(report, store.url)
  for (let n = 0; n < SEARCHES; n++) await ask(store.url, SEARCH)
  memory['after all questions'] = memoryOf(store.program.pid)
  const asked = await ingestAsked(store, RECORDS)
  memory[`${count(2 * RECORDS)} records`] = memoryOf(store.program.pid)
  await store.stop()
  reportIngest(report, { alone, ...asked })
  await tailLatency(report)
  reportMemory(report, memory)
}

export function reportIngest(report: Report, rounds: { readonly [how: string]: Ingest }): void {
  report.table(
    [
      'ingest',
      'records/s',
      'CPU µs a record',
      'records/s a core',
      'records a group',
      'longest gap ms',
      'stored',
    ],
    Object.entries(rounds).map(([how, { records, seconds, cpu, transactions, longestGap, balanced }]) => [
      how,
      count(records / seconds),
      digits(1)(cpu),
      count(1e6 / cpu),
      count(records / transactions),
      digits(0)(longestGap),
      balanced ? 'all, once' : 'THE BOOKS SAY OTHERWISE',
    ]),
  )
  const cpu = Object.values(rounds)[0]!.cpu
  report.goal('CPU a record', `${GOAL} µs`, `${digits(1)(cpu)} µs`)
}

export function reportDisk(report: Report, store: StoreUnderTest, { fed, records }: Ingest): void {
  const each = (bytes: number) => digits(0)(bytes / records)
  const stored = store.bytes / store.records
  report.table(
    ['bytes a record', 'syslog line', 'JSON', 'on disk', 'of the line', 'of the JSON', 'partitions'],
    [
      [
        count(store.records),
        each(fed.lines),
        each(fed.json),
        digits(0)(stored),
        `${digits(1)(stored / (fed.lines / records))} times`,
        `${digits(1)(stored / (fed.json / records))} times`,
        String(store.partitions),
      ],
    ],
  )
}

/** The same while a page is open that draws its histogram and searches again and again. */
async function ingestAsked(store: StoreUnderTest, records: number): Promise<{ [how: string]: Ingest }> {
  const times: number[] = []
  const done = new AbortController()
  const asking = (async () => {
    while (!done.signal.aborted) {
      for (const path of [HISTOGRAM, SEARCH]) times.push((await ask(store.url, path)).milliseconds)
      await sleep(ASK_EVERY)
    }
  })()
  const ingest = await store.ingest(records)
  done.abort()
  await asking
  const how = `asked ${times.length} times, median ${digits(0)(median(times))} ms, most ${digits(0)(Math.max(...times))} ms`
  return { [how]: ingest }
}

function reportMemory(report: Report, memory: { readonly [when: string]: Memory }): void {
  report.table(
    ['memory', 'RSS MB', 'anonymous MB', 'threads'],
    Object.entries(memory).map(([when, { rss, anonymous, threads }]) => [
      when,
      digits(0)(rss / 1024),
      digits(0)(anonymous / 1024),
      String(threads),
    ]),
  )
}
