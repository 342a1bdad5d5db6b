// Load, a daemon that hands it on, and counts; and what these must be.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { METRICS } from '../daemons/count/count-daemon.ts'
import { type Event, type Hashes, hashesOf, recordOf } from '../daemons/count/oracle.ts'
import { freePort } from '../support/port.ts'
import { root } from '../support/process.ts'
import { emptied, endBalanced, unreadiness } from './ends.ts'
import { Generator } from './generator.ts'
import { LONG, type Random } from './random.ts'
import { Service } from './service.ts'
import { until } from './wait.ts'

/** Ends of days, months and years, and the nights in which Berlin's clocks are changed. */
const NIGHTS = [
  ...[Date.UTC(2024, 1, 28, 23), Date.UTC(2024, 1, 29, 23), Date.UTC(2025, 11, 31, 23)],
  ...[Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1)],
]
const HOUR = 3_600_000
const ZONE = 'Europe/Berlin'

/** How long what is left in the spool may take, milliseconds. */
const PATIENCE = LONG ? 900_000 : 120_000

/** Some accounts, visitors and types, around those nights. */
export function randomEvent(random: Random): Event {
  return {
    account: `account-${random.between(1, 5)}`,
    type: random.pick(['pageview', 'buy']),
    time: random.pick(NIGHTS) + random.between(-HOUR, HOUR),
    visitor: `v${random.between(1, 50)}`,
    amount: random.between(-5, 100),
  }
}

interface Options {
  /** Flags that say where counts are kept. */
  store: readonly string[]
  /** Events a second. */
  rate: number
  random: Random
  /** What stands before the counts; a relay has a spool. */
  middle?: keyof typeof MIDDLES
  /** How many of sluice-count share the store. */
  counts?: number
  env?: { middle?: NodeJS.ProcessEnv; count?: NodeJS.ProcessEnv }
}

/** With names, what one that was killed leaves is taken over by the next, and the ledger finds those that are there. */
const MIDDLES = {
  'sluice-relay': ['--spool', 'spool'],
  'sluice-hub': ['--http', '127.0.0.1:0', '--name', 'hub'],
}

/** Load → sluice-relay or sluice-hub → sluice-count, one or several. */
export class Counted {
  readonly middle: Service
  readonly counts: readonly Service[]
  readonly #t: TestContext
  readonly #pull: string
  readonly #events: Event[] = []
  readonly #http: number
  readonly #runtime: string
  #generator: Generator | undefined

  private constructor(t: TestContext, [first, ...pulls]: string[], http: number, options: Options) {
    const { store, middle = 'sluice-relay' } = options
    this.#t = t
    this.#pull = pulls[0]!
    this.#http = http
    this.#runtime = mkdtempSync(join(tmpdir(), 'sluice-runtime-'))
    t.after(() => rmSync(this.#runtime, { recursive: true, force: true }))
    // One folder for both, as on a host, so that the ledger finds them.
    const places = { RUNTIME_DIRECTORY: this.#runtime }
    const env = { middle: { ...places, ...options.env?.middle }, count: { ...places, ...options.env?.count } }
    const counting = ['--timezone', ZONE, ...METRICS, ...store]
    this.counts = pulls.map((pull, n) => {
      const own = ['--name', `count-${n}`, '--http', `127.0.0.1:${n === 0 ? http : 0}`]
      return new Service(t, 'sluice-count', ['--pull-bind', pull, ...own, ...counting], { env: env.count })
    })
    const links = ['--pull-bind', first!, ...pulls.flatMap(pull => ['--push-connect', pull])]
    this.middle = new Service(t, middle, [...links, ...MIDDLES[middle]], { env: env.middle })
  }

  static async open(t: TestContext, options: Options): Promise<Counted> {
    const links: string[] = []
    for (let n = 0; n <= (options.counts ?? 1); n++) links.push(`ack+tcp://127.0.0.1:${await freePort()}`)
    const chain = new Counted(t, links, await freePort(), options)
    for (const service of chain.services) await service.ready()
    const { rate, random } = options
    const events = chain.#events
    const record = (number: number) => {
      events[number] ??= randomEvent(random)
      return recordOf(events[number], `event-${number}`)
    }
    chain.#generator = await Generator.open(t, links[0]!, { rate, record })
    return chain
  }

  get services(): readonly Service[] {
    return [...this.counts, this.middle]
  }

  /** The one that is asked. */
  get count(): Service {
    return this.counts[0]!
  }

  get load(): Generator {
    return this.#generator!
  }

  /** What the counts of all that was sent must be. */
  get expected(): Hashes {
    return hashesOf(this.#events.slice(0, this.load.sent), ZONE)
  }

  /** The status of its answer to a question, whose answer it has not kept. */
  async ask(path = '/account-1/buy/2026'): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#http}${path}`)
    await response.arrayBuffer()
    return response.status
  }

  /** What it answers of these hashes. */
  async answers(names: readonly string[]): Promise<Hashes> {
    const hashes: Hashes = {}
    for (const name of names) {
      const response = await fetch(`http://127.0.0.1:${this.#http}/${name}`)
      const fields = (await response.json()) as { [field: string]: number }
      hashes[name] = Object.fromEntries(Object.entries(fields).map(([field, n]) => [field, String(n)]))
    }
    return hashes
  }

  /** All that was sent comes once more, from another sender, under the ids that it had. */
  async resend(): Promise<void> {
    const records = this.#events
      .slice(0, this.load.sent)
      .map((event, number) => recordOf(event, `event-${number}`))
    const stdin = records.map(record => `${JSON.stringify(record)}\n`).join('')
    const sender = new Service(this.#t, 'sluice-relay', ['--push-connect', this.#pull], { stdin })
    assert.equal(await sender.run.exited, 0, sender.run.stderr)
  }

  /** No more comes, and all of it is counted. */
  async finish(): Promise<void> {
    await this.load.finish()
    if (this.middle.name === 'sluice-relay') await emptied(this.middle, PATIENCE)
    for (const count of this.counts) await until('to be ready', async () => (await unreadiness(count)) === '')
  }

  /** Nothing is missing in any books, and both end well. */
  async end(): Promise<void> {
    const env = { ...process.env, RUNTIME_DIRECTORY: this.#runtime }
    // It ends with another code where they are not balanced, and says why all the same.
    const { stdout } = await promisify(execFile)(join(root, 'bin/sluice'), ['ledger', '--json'], {
      env,
    }).catch(error => error as { stdout: string })
    assert.equal(JSON.parse(stdout).verdict, 'balanced', stdout)
    await endBalanced(this.services)
  }
}
