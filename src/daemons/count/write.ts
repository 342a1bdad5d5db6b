import { atMostEvery, type Context, type Exception, type LogRecord, type Write } from '../../lib/index.ts'
import type { Buckets } from './buckets.ts'
import { changeOf, type Read, type Refusal, readEvents } from './change.ts'
import type { Metrics } from './metrics.ts'
import type { Store } from './store.ts'

export interface WriteOptions {
  store: Store
  metrics: Metrics
  buckets: Buckets
  maxKeys: number
  /** Shown what is counted. */
  live: { publish(record: LogRecord): void }
}

type CountContext = Context<Refusal | 'repeats' | 'transactions'>

/** Counts batches of events, each event once. */
export function createWrite(
  { store, metrics, buckets, maxKeys, live }: WriteOptions,
  context: CountContext,
): Write {
  const keys = new Set<string>()
  const complain = atMostEvery(60_000)
  const admits = (key: string) => {
    if (keys.has(key)) return true
    if (keys.size >= maxKeys) return false
    keys.add(key)
    return true
  }
  const opened = store.opened.then(({ since, keys: there }) => {
    buckets.since = since
    for (const key of there) keys.add(key)
  })
  // Who waits for it says what is wrong.
  opened.catch(() => {})
  return async records => {
    await opened
    const now = Date.now()
    const refused: (readonly [why: Refusal, id: string])[] = []
    const refuse = (why: Refusal, id: string) => refused.push([why, id])
    const read = readEvents(records, { metrics, buckets, admits, refuse }, now)
    const known = await writeNew(read, now)
    context.count('transactions')
    for (const [why, id] of refused) if (!known.has(id)) context.count(why)
    if (refused.some(([why]) => why === 'keysFull') && complain())
      context.log.warn(
        `there are ${maxKeys} keys, and events of further ones are not counted; give more: --max-keys ${maxKeys * 10}`,
      )
    const repeats = repeatsIn(records, read, known)
    if (repeats.length > 0) context.count('repeats', repeats.length)
    const dead = read.full.map((index): Exception => [index, { dead: 'keys-full' }])
    const exceptions = [...repeats, ...dead]
    const uncounted = new Set(exceptions.map(([index]) => index))
    for (const [index, record] of records.entries()) if (!uncounted.has(index)) live.publish(record)
    return exceptions
  }

  /** Resolves to the ids that were there already. */
  async function writeNew(read: Read, now: number): Promise<ReadonlySet<string>> {
    // Others may write the same ones at the same time, but each time it is fewer that are left.
    for (let known = new Set<string>(); ; ) {
      const change = changeOf(read, known, buckets, now)
      const more = change.ids.length > 0 ? await store.write(change) : undefined
      if (!more) return known
      known = new Set([...known, ...more])
    }
  }
}

function repeatsIn(
  records: readonly LogRecord[],
  { repeats }: Read,
  known: ReadonlySet<string>,
): Exception[] {
  const twice = new Set(repeats)
  return records.flatMap(({ '@meta': { id } }, index): Exception[] =>
    twice.has(index) || known.has(id) ? [[index, 'duplicate']] : [],
  )
}
