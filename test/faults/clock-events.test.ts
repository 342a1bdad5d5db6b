// The wall clock steps by an hour and a day, forwards and backwards, in daemons of events while they work.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { hashesIn } from '../servers/redis-hashes.ts'
import { Reader, Watcher } from '../support/live.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { Counted } from './counted.ts'
import { endBalanced } from './ends.ts'
import { Generator } from './generator.ts'
import { LivingRedis } from './living-redis.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { Shim } from './shim.ts'
import { until } from './wait.ts'

const RATE = 1_000
const HOUR = 3_600
const DAY = 24 * HOUR
const CLOCKS = [HOUR, DAY, -DAY, 0]
/** Longer than anything is kept that is not kept for ever. */
const YEARS = 5 * 365 * DAY

/** Each of them steps alone, and counts and repeats go on; then all do. */
async function step(chain: Counted, shims: readonly Shim[]): Promise<void> {
  chain.load.start()
  await chain.load.more(RATE / 2)
  for (const together of [...shims.map(shim => [shim]), shims])
    for (const clock of CLOCKS) {
      for (const shim of together) shim.clock = clock
      await chain.load.more(RATE / 4)
    }
  // What was not acknowledged comes again, and knows of no clock.
  for (const clock of [DAY, -DAY]) {
    for (const shim of shims) shim.clock = clock
    await chain.load.more(RATE / 4)
    await chain.count.kill()
  }
  // One that is years ahead for a while deletes nothing. (That of Redis would.)
  for (const shim of shims.slice(0, 2)) shim.clock = YEARS
  await chain.load.more(RATE / 4)
  await chain.count.kill()
  await chain.load.more(LONG ? 30 * RATE : RATE / 4)
  await chain.finish()
}

/** Each of these sees the time of its own. */
async function atWork(shims: readonly Shim[], now: () => Promise<number>): Promise<void> {
  for (const clock of [DAY, 0]) {
    for (const shim of shims) shim.clock = clock
    const ahead = (await now()) - Date.now() / 1000
    assert.ok(Math.abs(ahead - clock) < 100, `the shim is at work: ${ahead} after a step of ${clock} s`)
  }
}

/** All of it comes again, by whichever clock, and is counted no more. */
async function comesAgain(chain: Counted, shims: readonly Shim[]): Promise<void> {
  const { repeats = 0 } = (await chain.count.status()).stages[0]!.counters
  for (const clock of [HOUR, 0]) {
    for (const shim of shims) shim.clock = clock
    await chain.resend()
  }
  const { stages } = await chain.count.status()
  assert.equal(stages[0]!.counters.repeats! - repeats, 2 * chain.load.sent)
}

function shimsOrSkip(t: TestContext, count: number): Promise<Shim[] | undefined> {
  return orSkip(t, () => Shim.compile(t, count))
}

describe('the clock steps', { concurrency: 4 }, () => {
  test('under counts in SQLite: they are exact, and what comes again is known', async t => {
    const shims = await shimsOrSkip(t, 2)
    if (!shims) return
    const [middle, count] = shims as [Shim, Shim]
    const env = { middle: middle.env, count: count.env }
    const chain = await Counted.open(t, { store: [], rate: RATE, random: new Random(t), env })
    await step(chain, shims)
    await comesAgain(chain, shims)
    assert.deepEqual(await chain.answers(Object.keys(chain.expected)), chain.expected)
    await chain.end()
  })

  test('under counts in Redis, and under Redis itself', async t => {
    const shims = await shimsOrSkip(t, 3)
    if (!shims) return
    const [middle, count, server] = shims as [Shim, Shim, Shim]
    const living = await LivingRedis.open(t, { env: server.env as { [name: string]: string } })
    if (!living) return
    const env = { middle: middle.env, count: count.env }
    await atWork([server], async () => Number((await living.redis.cli('TIME')).split('\n')[0]))
    const store = ['--store', living.url]
    const chain = await Counted.open(t, { store, rate: RATE, random: new Random(t), env })
    await step(chain, shims)
    await comesAgain(chain, shims)
    assert.deepEqual(await hashesIn(living.redis), chain.expected)
    await chain.end()
  })

  test('under a hub: who watches misses nothing, and charts go on', async t => {
    const [shim] = (await shimsOrSkip(t, 1)) ?? []
    if (!shim) return
    const [pull, http] = [`ack+tcp://127.0.0.1:${await freePort()}`, await freePort()]
    const hub = new Service(t, 'sluice-hub', ['--pull-bind', pull, '--http', `127.0.0.1:${http}`], {
      env: shim.env,
    })
    await hub.ready()
    const load = await Generator.open(t, pull, { rate: RATE, record: () => ({ type: 'pageview' }) })
    const watcher = await Watcher.open(t, http)
    const reader = await Reader.open(t, http)
    const rates = await Reader.open(t, http, '/api/v1/rates')
    load.start()
    await load.more(RATE / 4)
    for (const clock of CLOCKS) {
      shim.clock = clock
      await load.more(RATE / 2)
    }
    await load.finish()
    const all = Array.from({ length: load.sent }, (_, number) => number)
    for (const received of [watcher, reader]) {
      const events = await received.got(load.sent)
      assert.deepEqual(
        events.map(({ number }) => number),
        all,
      )
      assert.deepEqual(received.missed, [])
    }
    await rates.until('all of them in the chart', () => inChart(rates) === load.sent)
    const late = await Reader.open(t, http, '/events?last=50')
    assert.deepEqual(
      (await late.got(50)).map(({ number }) => number),
      all.slice(-50),
    )
    await endBalanced([hub])
  })

  test('under a collector: nobody is let in more often, nor locked out, and visitors are those of a day', async t => {
    const [shim] = (await shimsOrSkip(t, 1)) ?? []
    if (!shim) return
    const limits = ['--rate', '2/s', '--burst', '20', '--daily-visitor', '--http', '127.0.0.1:0']
    const collect = new Sluice(t, 'sluice-collect', limits, { env: shim.env })
    const port = await collect.port()
    const ask = async (): Promise<number> => {
      const response = await fetch(`http://127.0.0.1:${port}/r/shop/acme/pageview`)
      await response.arrayBuffer()
      return response.status
    }
    const begun = performance.now()
    let admitted = 0
    const burst = async (requests: number) => {
      for (let n = 0; n < requests; n++) if ((await ask()) === 200) admitted++
    }
    await burst(25)
    for (const clock of CLOCKS) {
      shim.clock = clock
      await burst(5)
      await until('to be admitted', async () => (await ask()) === 200 && ++admitted)
    }
    const most = 20 + (2 * (performance.now() - begun)) / 1000
    assert.ok(admitted <= most, `${admitted} were let in, of ${most}`)
    const events = await collect.records(admitted)
    const visitors = new Map<string, Set<unknown>>()
    for (const { time, data } of events as unknown as { time: string; data: { visitor: string } }[]) {
      const day = time.slice(0, 10)
      visitors.set(day, (visitors.get(day) ?? new Set()).add(data.visitor))
    }
    assert.ok(visitors.size >= 3, [...visitors.keys()].join())
    // A day that comes again is another one.
    assert.ok([...visitors.values()].every(({ size }) => size <= 2))
    assert.equal(await collect.stop(), 0)
  })

  test('under host-metrics: rounds keep their pace', async t => {
    const [shim] = (await shimsOrSkip(t, 1)) ?? []
    if (!shim) return
    const metrics = new Sluice(t, 'sluice-host-metrics', ['--every', '200ms', '--only', 'load'], {
      env: shim.env,
    })
    const rounds = () => metrics.stdout.split('\n').length - 1
    await metrics.records(2)
    for (const clock of CLOCKS) {
      shim.clock = clock
      const [before, begun] = [rounds(), performance.now()]
      await metrics.records(before + 5)
      const took = performance.now() - begun
      assert.ok(took < 5_000, `five rounds took ${took} ms after a step to ${clock} s`)
      assert.ok(rounds() - before <= took / 200 + 2, `${rounds() - before} rounds within ${took} ms`)
      const last = (await metrics.records(rounds())).at(-1) as { time: string }
      assert.ok(Math.abs(Date.parse(last.time) - Date.now() - clock * 1000) < 60_000, last.time)
    }
    assert.equal(await metrics.stop(), 0)
  })
})

/** The latest history is in place of all before it. */
function inChart({ named }: Reader): number {
  const from = named.findLastIndex(({ event }) => event === 'history')
  if (from < 0) return 0
  const { slots } = named[from]!.data as { slots: { total: number }[] }
  const since = named.slice(from + 1).filter(({ event }) => event === 'rate')
  const totals = [...slots, ...since.map(({ data }) => data as { total: number })]
  return totals.reduce((sum, { total }) => sum + total, 0)
}
