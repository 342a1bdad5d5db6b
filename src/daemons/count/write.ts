import { type Context, type Exception, type LogRecord, messageOf, type Write } from '../../lib/index.ts'
import { changeOf } from './change.ts'
import type { Metrics } from './metrics.ts'
import { partsOf } from './parts.ts'
import { type Read, type Refusal, readEvents } from './read.ts'
import { type RoomOptions, watchKeys } from './room.ts'
import { Unwritable } from './store.ts'

export interface WriteOptions extends RoomOptions {
  metrics: Metrics
  /** Shown what is counted. */
  live: { publish(record: LogRecord): void }
}

type CountContext = Context<Refusal | 'repeats' | 'transactions'>

/** What a batch came to: ids that were there already, and those that cannot be written, with why. */
interface Written {
  known: ReadonlySet<string>
  unwritable: ReadonlyMap<string, string>
}

/** Counts batches of events, each event once. */
export function createWrite(options: WriteOptions, context: CountContext): Write {
  const { metrics, buckets, live } = options
  const { opened, admits } = watchKeys(options, context)
  // What is tried again has been written in part. That is found again then, and is no repeat; a store that has lost it meanwhile gets it again.
  const done = new WeakMap<readonly LogRecord[], Set<string>>()
  return async records => {
    await opened
    const refused: (readonly [why: Refusal, id: string])[] = []
    const refuse = (why: Refusal, id: string) => refused.push([why, id])
    const read = readEvents(records, { metrics, buckets, admits, refuse }, options.store.latest())
    const before = done.get(records) ?? new Set()
    done.set(records, before)
    const written = await writeNew(read, before, options)
    context.count('transactions')
    for (const [why, id] of refused) if (!written.known.has(id)) context.count(why)
    const exceptions = exceptionsOf(records, read, written)
    const repeats = exceptions.filter(([, fate]) => fate === 'duplicate').length
    if (repeats > 0) context.count('repeats', repeats)
    const uncounted = new Set(exceptions.map(([index]) => index))
    for (const [index, record] of records.entries()) if (!uncounted.has(index)) live.publish(record)
    return exceptions
  }
}

/** @param done what was written before, to which it adds */
async function writeNew(read: Read, done: Set<string>, { store, buckets }: WriteOptions): Promise<Written> {
  const known = new Set<string>()
  const unwritable = new Map<string, string>()
  for (const ids of partsOf(read, store.most)) await put(ids)
  return { known: known.difference(done), unwritable }

  async function put(ids: readonly string[]): Promise<void> {
    // Others may write the same ones at the same time, but each time it is fewer that are left.
    for (;;) {
      const left = ids.filter(id => !known.has(id))
      if (left.length === 0) return
      try {
        const more = await store.write(changeOf(read, new Set(left), buckets, store.now()))
        if (!more) {
          for (const id of left) done.add(id)
          return
        }
        for (const id of more) known.add(id)
      } catch (error) {
        if (!(error instanceof Unwritable)) throw error
        return split(left, error)
      }
    }
  }

  /** One of them cannot be written. The others can. */
  async function split(ids: readonly string[], error: Unwritable): Promise<void> {
    if (ids.length === 1) {
      unwritable.set(ids[0]!, messageOf(error))
      return
    }
    const half = ids.length >> 1
    await put(ids.slice(0, half))
    await put(ids.slice(half))
  }
}

function exceptionsOf(
  records: readonly LogRecord[],
  { repeats, full, broken }: Read,
  { known, unwritable }: Written,
): Exception[] {
  const fates = new Map<number, Exception[1]>()
  for (const [
    index,
    {
      '@meta': { id },
    },
  ] of records.entries()) {
    const detail = unwritable.get(id)
    if (detail !== undefined) fates.set(index, { dead: 'not-countable', detail })
    else if (known.has(id)) fates.set(index, 'duplicate')
  }
  for (const index of repeats) fates.set(index, 'duplicate')
  for (const index of full) fates.set(index, { dropped: 'keys-full' })
  for (const [index, detail] of broken) fates.set(index, { dead: 'not-countable', detail })
  return [...fates]
}
