import type { OutletOptions } from '../engine/outlet.ts'
import { accounted, type Receipt } from '../engine/receipt.ts'
import { SpooledOutlet } from '../engine/spooled-outlet.ts'
import type { PushSide } from '../engine/target.ts'
import type { Logger } from '../process/log.ts'
import type { Reader } from '../reader.ts'
import { formatBytes } from '../units.ts'
import { Spool } from './spool.ts'
import type { SpoolAbout } from './spool-file.ts'

/** What `/status` and `/metrics` say of a spool. */
export interface SpoolStatus {
  file: string
  batches: number
  records: number
  bytes: number
  limit: number
  /** How long the oldest batch has been in it, in milliseconds; null when it is empty. */
  age: number | null
  /** Since the file was made: what went in, and what became of it. */
  books: { in: number; outcomes: Receipt; toJSON(): object }
}

export interface SpoolOptions {
  path: string
  limit: number
  reader: Reader
  log: Logger
  waitingFor(reason: string | undefined): void
  signal: AbortSignal
  fatal(error: unknown): void
}

/** A spool that is open. */
export interface OpenedSpool {
  readonly status: SpoolStatus
  createOutlet(options: OutletOptions): PushSide
  drain(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** After the signal, what stands still for so many milliseconds is left to the next start. */
const PATIENCE = 2_000

/** Opens the spool, or makes it. Throws Fatal that says what to do. */
export async function openSpool(options: SpoolOptions): Promise<OpenedSpool> {
  const { path, limit, log, fatal } = options
  const spool = await Spool.open(path, fatal)
  const { batches, records, bytes } = spool.about
  if (batches > 0)
    log.info({ records, size: formatBytes(bytes) }, `${path} has records from before; they go first`)
  let outlet: SpooledOutlet | undefined
  return {
    get status() {
      return statusOf(path, spool.about, limit)
    },
    createOutlet(outletOptions) {
      outlet = new SpooledOutlet({ ...outletOptions, ...options, disk: spool, before: spool.about })
      return outlet
    },
    drain: async stop => outlet?.drain(stop, PATIENCE),
    async close() {
      await outlet?.close()
      await spool.close()
    },
  }
}

function statusOf(file: string, about: SpoolAbout, limit: number): SpoolStatus {
  const { batches, records, bytes, oldest } = about
  const { in: taken, ...outcomes } = about.books
  const balanced = taken + (outcomes.made ?? 0) === accounted(outcomes) + records
  const books = { in: taken, outcomes, toJSON: () => ({ in: taken, ...outcomes, held: records, balanced }) }
  const age = oldest === undefined ? null : Math.max(0, Date.now() - oldest)
  return { file, batches, records, bytes, limit, age, books }
}
