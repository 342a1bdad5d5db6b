// A sluice-store with its folder and somebody who feeds it.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Helper } from './children.ts'
import { ipcEndpoint, temporary } from './folder.ts'
import { cpuSeconds } from './proc.ts'
import { Program } from './program.ts'
import type { Fed } from './store-feeder.ts'

export interface Ingest {
  records: number
  fed: Fed
  /** From the first batch to the last record stored. */
  seconds: number
  /** Microseconds of CPU a record, of all threads of the process. */
  cpu: number
  /** Groups of records that were written and synced. */
  transactions: number
  /** Milliseconds in which no record was stored, at most, as far as polls can see. */
  longestGap: number
  /** Every record is stored by the books, and none was there already. */
  balanced: boolean
}

const POLL = 20
const PATIENCE = 60_000
/** Its records tell times from here on, so that none of them is in the future. */
const START = Date.now() - 86_400_000

let made = 0

export class StoreUnderTest {
  readonly program: Program
  readonly #folder = temporary(`store-${++made}`)
  readonly #feeder: Helper<string, Fed>
  #given = 0

  constructor() {
    const endpoint = ipcEndpoint()
    const args = [
      '--pull-bind',
      endpoint,
      '--http',
      '127.0.0.1:0',
      '--path',
      this.#folder,
      '--keep-bytes',
      '0',
    ]
    this.program = new Program('sluice-store', args, { env: { SLUICE_LOG_LEVEL: 'info' } })
    this.#feeder = new Helper('store-feeder.ts', [endpoint, String(START)])
  }

  get url(): string {
    return `http://127.0.0.1:${this.program.port()}`
  }

  /** Records that it was given so far. */
  get records(): number {
    return this.#given
  }

  /** Bytes of its files. */
  get bytes(): number {
    if (!existsSync(this.#folder)) return 0
    return readdirSync(this.#folder).reduce((sum, file) => sum + statSync(join(this.#folder, file)).size, 0)
  }

  get partitions(): number {
    return readdirSync(this.#folder).filter(file => file.endsWith('.sqlite')).length
  }

  async ready(): Promise<void> {
    await Promise.all([this.program.ready(), this.#feeder.hello])
  }

  /** Feeds it and waits until all is stored. */
  async ingest(records: number): Promise<Ingest> {
    const cpu = cpuSeconds(this.program.pid)
    const before = await this.#books()
    const feeding = this.#feeder.ask(`${this.#given} ${records}`)
    this.#given += records
    const { end, longestGap, books } = await this.#follow(before.stored + records)
    const fed = await feeding
    return {
      records,
      fed,
      seconds: (end - fed.start) / 1000,
      cpu: ((cpuSeconds(this.program.pid) - cpu) / records) * 1e6,
      transactions: books.transactions - before.transactions,
      longestGap,
      balanced: books.balanced && books.in - before.in === records && books.duplicate === before.duplicate,
    }
  }

  async stop(): Promise<void> {
    this.#feeder.stop()
    await this.program.stop()
  }

  /** Polls the books until so many records are stored. */
  async #follow(wanted: number) {
    let books = await this.#books()
    let longestGap = 0
    // The time from the start to the first record is not a gap.
    let moved: number | undefined
    for (let patience = performance.now() + PATIENCE; books.stored < wanted; ) {
      await sleep(POLL)
      const { stored } = books
      books = await this.#books()
      const now = performance.now()
      if (now > patience) throw new Error(`the store has stored nothing for ${PATIENCE / 1000} s`)
      if (books.stored === stored) continue
      if (moved !== undefined) longestGap = Math.max(longestGap, now - moved)
      moved = now
      patience = now + PATIENCE
    }
    return { end: performance.timeOrigin + performance.now(), longestGap, books }
  }

  async #books() {
    const { books, counters } = (await this.program.status()).stages[0]!
    return {
      in: books.in,
      stored: Number(books.stored ?? 0),
      duplicate: Number(books.duplicate ?? 0),
      balanced: books.balanced && books.held === 0,
      transactions: counters.transactions ?? 0,
    }
  }
}
