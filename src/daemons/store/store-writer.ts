import { mkdirSync, realpathSync } from 'node:fs'
import { type Context, Fatal, type LogRecord, messageOf, type Write } from '../../lib/index.ts'
import { takeLock } from '../../lib/lock.ts'
import { WorkerThread } from '../../lib/worker.ts'
import { rowsOf } from './row.ts'
import { formatCursor } from './search.ts'
import type { TailHub } from './tail-hub.ts'
import type { WriteCalls } from './write-worker.ts'
import type { Damaged, Written } from './writer.ts'

const TIDY_EVERY = 10_000

export interface StoreOptions {
  folder: string
  /** Milliseconds; 0: for ever. */
  keep: number
  /** 0: no bound. */
  keepBytes: number
}

/** Opens the store for writing. Throws Fatal when somebody else does, or when it cannot be opened. */
export async function openWriter(
  { folder, keep, keepBytes }: StoreOptions,
  tails: TailHub,
  context: Context<'repeats' | 'transactions'>,
): Promise<Write> {
  const release = await takeLock(`store:${makeFolder(folder)}`)
  if (!release) throw new Fatal(`--path ${folder}: another store is using it`)
  context.defer(release)
  const data = { folder, keep: keep || undefined, keepBytes: keepBytes || undefined }
  const writer = new WorkerThread<WriteCalls>('daemons/store/write-worker', data, context.fatal)
  context.defer(() => writer.close())
  context.defer(() => writer.call('close', undefined as never).catch(() => {}))
  const damaged = await writer.call('open', undefined as never).catch(error => {
    throw new Fatal(`--path ${folder}: ${messageOf(error)}`)
  })
  tellOf(damaged, context)
  tidyNowAndThen(writer, context)
  return async records => {
    const rows = rowsOf(records, Date.now())
    const { bodies, times } = rows
    const written = await writeOrSay(writer, rows, folder, context)
    context.count('transactions')
    tellOf(written.damaged, context)
    if (tails.wanted) publish(tails, records, bodies, times, written)
    const repeats = [...written.keys].flatMap((key, index) =>
      key < 0 ? [[index, 'duplicate'] as const] : [],
    )
    if (repeats.length > 0) context.count('repeats', repeats.length)
    return repeats
  }
}

/** Makes the folder if it is not there. Returns the one name that it has, whatever links lead to it. */
function makeFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 })
    return realpathSync(folder)
  } catch (error) {
    throw new Fatal(`--path ${folder}: ${messageOf(error)}`)
  }
}

/** A write that fails is tried again by the engine, until the disk is there and has room. */
async function writeOrSay(
  writer: WorkerThread<WriteCalls>,
  rows: ReturnType<typeof rowsOf>,
  folder: string,
  context: Context,
): Promise<Written> {
  try {
    const written = await writer.call('write', rows)
    context.waitingFor('disk', undefined)
    return written
  } catch (error) {
    context.waitingFor('disk', `cannot write to ${folder}: ${messageOf(error)}`)
    throw error
  }
}

function publish(
  tails: TailHub,
  records: readonly LogRecord[],
  bodies: readonly string[],
  times: Float64Array,
  { keys, partition }: Written,
): void {
  tails.publish(
    records.flatMap((record, n) => {
      const key = keys[n]!
      if (key < 0) return []
      const cursor = formatCursor({ key, partition })
      return [{ cursor, time: times[n]!, record, size: bodies[n]!.length }]
    }),
  )
}

/** Old partitions go one at a time, between writes. */
function tidyNowAndThen(writer: WorkerThread<WriteCalls>, context: Context): void {
  let failed = false
  const tidy = async () => {
    try {
      while (!context.signal.aborted && (await writer.call('tidy', undefined as never)));
      failed = false
    } catch (error) {
      if (!failed) context.log.error({ error: messageOf(error) }, 'cannot tidy up the store')
      failed = true
    }
  }
  const timer = setInterval(tidy, TIDY_EVERY)
  timer.unref()
  context.defer(() => clearInterval(timer))
}

function tellOf(damaged: readonly Damaged[], context: Context): void {
  for (const { path, reason } of damaged) {
    context.log.error(
      { path, reason },
      'a partition of the store is damaged: it is left aside, and what it holds may be missing from searches',
    )
  }
}
