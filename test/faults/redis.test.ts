// A Redis that dies, freezes, or will not write for a minute, under load: counts are exact when it is back.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { hashesIn } from '../servers/redis-hashes.ts'
import { smallDisk } from '../support/disk.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { Counted } from './counted.ts'
import { unreadiness } from './ends.ts'
import { LivingRedis } from './living-redis.ts'
import { DEAD, OUTAGES, type Outage } from './outages.ts'
import { LONG, Random } from './random.ts'
import { until } from './wait.ts'

const RATE = 2_000
/** For how many seconds it is away, at least. */
const AWAY = LONG ? 60 : 5

async function open(t: TestContext, { config = {}, disk, rate = RATE }: Partial<Outage>) {
  const data = disk && (await orSkip(t, async () => smallDisk(t, disk) ?? assert.fail('only root may mount')))
  if (disk && !data) return undefined
  const living = await LivingRedis.open(t, { config, ...(data && { data }) })
  if (!living) return undefined
  const proxy = await TcpProxy.open(t, living.port)
  const random = new Random(t)
  const store = ['--store', `redis://127.0.0.1:${proxy.port}`]
  const chain = await Counted.open(t, { store, rate, random })
  chain.load.start()
  await chain.load.more(rate)
  return { living, proxy, chain }
}

/** What it has complained of in its log. */
const complaints = ({ count }: Counted) =>
  count.run.logs.filter(({ level }) => level === 'warn' || level === 'error').map(({ msg }) => msg)

describe('under load, a Redis', { concurrency: LONG ? 2 : 6 }, () => {
  for (const [what, outage] of Object.entries(OUTAGES))
    test(`that ${what}: events wait, and counts are exact after`, async t => {
      const opened = await open(t, outage)
      if (!opened) return
      const { living, proxy, chain } = opened
      const { reason, status = 200, seconds = AWAY, rate = RATE } = outage
      const before = complaints(chain).length
      const end = await outage.begin(living, proxy)
      await until(`${reason}`, async () => reason.test(await unreadiness(chain.count)))
      assert.equal(await chain.ask(), status)
      for (let second = 0; second < seconds; second++) await chain.load.more(rate)
      assert.match(await unreadiness(chain.count), reason)
      assert.equal(await chain.ask(), status)
      const said = complaints(chain).slice(before)
      assert.ok(said.length >= 1 && said.length <= 2 * (1 + seconds / 60), said.join('\n'))
      await end()
      await chain.finish()
      assert.deepEqual(await hashesIn(living.redis), chain.expected)
      const { repeats = 0 } = (await chain.count.status()).stages[0]!.counters
      if (outage.isRepeated) assert.ok(repeats > 0, 'nothing was sent again')
      await chain.end()
      t.diagnostic(`${chain.load.sent} events, repeats: ${repeats}`)
    })

  test('that comes back empty: it is told, and all is counted that it had not answered', async t => {
    const opened = await open(t, { config: { appendonly: 'no' } })
    if (!opened) return
    const { living, chain } = opened
    const counted = async () => Number(await living.redis.cli('SCARD', 'sluice:ids:1'))
    await living.redis.cli('CLIENT', 'PAUSE', '60000', 'WRITE')
    await living.kill()
    await until('a gap', async () => DEAD.reason.test(await unreadiness(chain.count)))
    const { stored = 0 } = (await chain.count.status()).stages[0]!.books
    await chain.load.more(RATE)
    await living.start()
    await chain.finish()
    const lost = complaints(chain).filter(msg => /has lost all that was counted under this prefix/.test(msg))
    assert.equal(lost.length, 1, complaints(chain).join('\n'))
    const now = await counted()
    const { sent } = chain.load
    // Some of a batch may have been written; then all of it comes again.
    assert.equal(now, sent - Number(stored))
    const hashes = Object.entries(await hashesIn(living.redis))
    const months = hashes.filter(([name]) => /\/(pageview|buy)\/\d{4}$/.test(name))
    const counts = months.flatMap(([, fields]) => Object.values(fields).map(Number))
    assert.equal(
      counts.reduce((sum, n) => sum + n),
      now,
    )
    await chain.end()
  })
})
