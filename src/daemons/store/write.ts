import { statfsSync } from 'node:fs'
import { makeFolder } from '../../lib/folder.ts'
import { Backoff, type Context, type Exception, Fatal, messageOf, type Write } from '../../lib/index.ts'
import { nowAndThen } from '../../lib/now-and-then.ts'
import { formatBytes } from '../../lib/units.ts'
import { WorkerThread } from '../../lib/worker.ts'
import { formatCursor } from './cursor.ts'
import { tellOfDamage } from './damage.ts'
import { encode, rowsOf } from './row.ts'
import type { TailHub } from './tail-hub.ts'
import type { WriteCalls } from './write-worker.ts'
import type { Written } from './writer.ts'

const TIDY_EVERY = 10_000
/** What a disk that hangs may keep the end waiting for. */
const CLOSE_WITHIN = 5_000

export interface StoreOptions {
  folder: string
  /** Milliseconds; 0: for ever. */
  keep: number
  /** 0: no bound. */
  keepBytes: number
}

type StoreContext = Context<'repeats' | 'transactions'>

/** Opens the store for writing. Throws Fatal when somebody else does, or when it cannot be opened. */
export async function openWrite(
  options: StoreOptions,
  tails: TailHub,
  context: StoreContext,
): Promise<Write> {
  const { folder, keep, keepBytes } = options
  try {
    makeFolder(folder)
  } catch (error) {
    throw new Fatal(`--path ${folder}: ${messageOf(error)}`)
  }
  warnOfSmallDisk(options, context)
  const data = { folder, keep: keep || undefined, keepBytes: keepBytes || undefined }
  const writer = new WorkerThread<WriteCalls>('daemons/store/write-worker', data, context.fatal)
  context.defer(() => closeWriter(writer))
  const disk = new Disk(folder, writer, context)
  await disk.open()
  tidyNowAndThen(disk, context)
  return async records => {
    const now = Date.now()
    const { encoded, dead } = encode(records)
    const kept = encoded.map(({ record }) => record)
    const bodies = encoded.map(({ body }) => body)
    const rows = rowsOf(kept, bodies, now)
    const { times } = rows
    const written = await disk.write(rows)
    context.count('transactions')
    const { keys, partition } = written
    const stored = encoded.filter((_, n) => keys[n]! >= 0).length
    tails.publish(stored, () =>
      encoded.flatMap(({ record, body }, n) => {
        if (keys[n]! < 0) return []
        return [
          { cursor: formatCursor({ key: keys[n]!, partition }), time: times[n]!, record, size: body.length },
        ]
      }),
    )
    const repeats = encoded.flatMap(({ index }, n): Exception[] =>
      keys[n]! < 0 ? [[index, 'duplicate']] : [],
    )
    if (repeats.length > 0) context.count('repeats', repeats.length)
    return [...dead, ...repeats]
  }
}

/** Writes, and says why it cannot: until the disk is there and has room, it is tried again. */
class Disk {
  readonly #folder: string
  readonly #writer: WorkerThread<WriteCalls>
  readonly #context: Context
  #opened: Promise<void> = Promise.resolve()
  #isOpen = false

  constructor(folder: string, writer: WorkerThread<WriteCalls>, context: Context) {
    this.#folder = folder
    this.#writer = writer
    this.#context = context
  }

  /** Resolves when the store is open, or is waiting for room: then writes wait with it. Throws Fatal for anything else. */
  async open(): Promise<void> {
    try {
      await this.#openOnce()
    } catch (error) {
      if (!isFull(error)) throw this.#fatal(error)
      this.#opened = this.#openWhenThereIsRoom()
      this.#opened.catch(() => {})
    }
  }

  /** Deletes what is too old, or too much: one partition at a call. Returns whether there may be more of them. */
  async tidy(): Promise<boolean> {
    return this.#isOpen && (await this.#writer.call('tidy'))
  }

  async write(rows: Parameters<WriteCalls['write']>[0]): Promise<Written> {
    await this.#opened
    try {
      const written = await this.#writer.call('write', rows)
      this.#context.waitingFor('disk', undefined)
      tellOfDamage(written.damaged, this.#context)
      return written
    } catch (error) {
      this.#context.waitingFor('disk', `cannot write to ${this.#folder}: ${messageOf(error)}`)
      throw error
    }
  }

  async #openOnce(): Promise<void> {
    tellOfDamage(await this.#writer.call('open'), this.#context)
    this.#isOpen = true
  }

  async #openWhenThereIsRoom(): Promise<void> {
    const { log, signal, waitingFor, fatal, defer } = this.#context
    const closing = new AbortController()
    defer(() => closing.abort())
    const ended = AbortSignal.any([signal, closing.signal])
    log.error(`cannot open ${this.#folder}: the disk is full; waiting for room`)
    for (const backoff = new Backoff(); ; ) {
      waitingFor('disk', `cannot open ${this.#folder}: the disk is full`)
      await backoff.wait(ended)
      try {
        await this.#openOnce()
        waitingFor('disk', undefined)
        return
      } catch (error) {
        ended.throwIfAborted()
        if (isFull(error)) continue
        // Writes wait for this, and nobody else would say why.
        fatal(this.#fatal(error))
        throw error
      }
    }
  }

  #fatal(error: unknown): Fatal {
    return new Fatal(`--path ${this.#folder}: ${messageOf(error)}`)
  }
}

/** SQLITE_FULL, and what the file system says itself. */
function isFull(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 13 || code === 'ENOSPC'
}

/** Whoever waits for the disk to be full before the oldest goes, waits for ever on a disk that is smaller. */
function warnOfSmallDisk({ folder, keepBytes }: StoreOptions, { log }: Context): void {
  const { blocks, bsize } = statfsSync(folder)
  if (keepBytes > 0 && keepBytes < blocks * bsize * 0.9) return
  log.warn(
    { disk: formatBytes(blocks * bsize) },
    'the store may fill its disk, and will then wait for room: bound it by --keep-bytes or --keep',
  )
}

/** In time, or by force. */
async function closeWriter(writer: WorkerThread<WriteCalls>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, CLOSE_WITHIN)
  await Promise.race([writer.call('close').catch(() => {}), late.promise])
  clearTimeout(timer)
  await writer.close()
}

/** Old partitions go one at a time, between writes. */
function tidyNowAndThen(disk: Disk, context: Context): void {
  let failed = false
  const tidy = async () => {
    try {
      while (!context.signal.aborted && (await disk.tidy()));
      failed = false
    } catch (error) {
      if (!failed) context.log.error({ error: messageOf(error) }, 'old records are not being deleted')
      failed = true
    }
  }
  nowAndThen(TIDY_EVERY, tidy, context)
}
