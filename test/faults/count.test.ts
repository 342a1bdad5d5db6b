// kill -9 of sluice-count, of the relay that sends to it, and of its Redis, again and again, under load: each event is counted once.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { METRICS } from '../daemons/count/count-daemon.ts'
import { type Event, type Hashes, hashesOf, recordOf } from '../daemons/count/oracle.ts'
import { orSkip } from '../servers/available.ts'
import { type Redis, startRedis } from '../servers/redis.ts'
import { freePort } from '../support/port.ts'
import { Generator } from './generator.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { until } from './wait.ts'

const ROUNDS = LONG ? 100 : 8
const RATE = 1_000
/** How long what is left in the spool may take, milliseconds. */
const PATIENCE = 120_000

/** Over the end of a year in Berlin; accounts, types, visitors and amounts repeat in rows of their own. */
function eventOf(number: number): Event {
  return {
    account: `account-${number % 7}`,
    type: number % 3 === 0 ? 'pageview' : 'buy',
    time: Date.UTC(2025, 11, 31, 22, 58) + number * 61,
    visitor: `v${(number * 31) % 97}`,
    amount: number % 11,
  }
}

/** What the counts are kept in. */
interface Place {
  flags: string[]
  /** Whatever can be killed beside the daemons. */
  kill?: () => Promise<void>
  hashes(names: readonly string[], http: number): Promise<Hashes>
}

const PLACES: { readonly [name: string]: (t: TestContext) => Promise<Place | undefined> } = {
  SQLite: async () => ({ flags: [], hashes: askAll }),
  async Redis(t) {
    const data = mkdtempSync(join(tmpdir(), 'sluice-redis-data-'))
    t.after(() => rmSync(data, { recursive: true }))
    const port = await freePort()
    let redis: Redis | undefined = await orSkip(t, () => startRedis({ port, data }))
    if (!redis) return undefined
    t.after(() => redis!.stop())
    return {
      flags: ['--store', redis.url],
      async kill() {
        process.kill(redis!.pid, 'SIGKILL')
        await redis!.stop()
        redis = await startRedis({ port, data })
      },
      async hashes(names) {
        const all = await redis!.answers(names.map(name => ['HGETALL', name]))
        return Object.fromEntries(names.map((name, n) => [name, pairsIn(all[n]!)]))
      },
    }
  },
}

for (const [name, open] of Object.entries(PLACES))
  test(`${ROUNDS} times kill -9 around counts in ${name}: they are exact`, async t => {
    const place = await open(t)
    if (!place) return
    const random = new Random(t)
    const [first, second] = [await freePort(), await freePort()].map(
      port => `ack+tcp://127.0.0.1:${port}`,
    ) as [string, string]
    const http = await freePort()
    const count = new Service(t, 'sluice-count', [
      ...['--pull-bind', second, '--http', `127.0.0.1:${http}`, '--timezone', 'Europe/Berlin'],
      ...[...METRICS, ...place.flags],
    ])
    const relay = new Service(t, 'sluice-relay', [
      ...['--pull-bind', first, '--spool', 'spool', '--push-connect', second],
    ])
    for (const service of [count, relay]) await service.ready()
    const record = (number: number) => recordOf(eventOf(number))
    const generator = await Generator.open(t, first, { rate: RATE, record })
    generator.start()
    const victims = [
      () => count.kill(),
      () => count.kill(),
      () => relay.kill(),
      ...(place.kill ? [place.kill] : []),
    ]
    for (let round = 0; round < ROUNDS; round++) {
      await generator.more(random.between(1, RATE / 2))
      await random.pick(victims)()
      // Sometimes two at once.
      if (random.next() < 0.3) await random.pick(victims)()
    }
    await generator.finish()
    const isEmpty = async () => {
      const { spool } = ((await relay.status()).stages[0] ?? {}) as { spool?: { records: number } }
      return spool?.records === 0
    }
    await until('an empty spool', isEmpty, PATIENCE)
    const events = Array.from({ length: generator.sent }, (_, number) => eventOf(number))
    const expected = hashesOf(events, 'Europe/Berlin')
    assert.deepEqual(await place.hashes(Object.keys(expected), http), expected)
    for (const service of [count, relay]) {
      const { books } = (await service.status()).stages[0]!
      assert.ok(books.balanced && books.held === 0, `${service.name}: ${JSON.stringify(books)}`)
      assert.equal(await service.stop(), 0, service.run.stderr)
    }
    const hashes = Object.keys(expected).length
    t.diagnostic(`${generator.sent} events in ${hashes} hashes; starts: ${count.starts} and ${relay.starts}`)
  })

async function askAll(names: readonly string[], http: number): Promise<Hashes> {
  const hashes: Hashes = {}
  for (const name of names) {
    const response = await fetch(`http://127.0.0.1:${http}/${name}`)
    const fields = (await response.json()) as { [field: string]: number }
    hashes[name] = Object.fromEntries(Object.entries(fields).map(([field, n]) => [field, String(n)]))
  }
  return hashes
}

function pairsIn(flat: readonly string[]): { [field: string]: string } {
  const pairs: { [field: string]: string } = {}
  for (let n = 0; n < flat.length; n += 2) pairs[flat[n]!] = flat[n + 1]!
  return pairs
}
