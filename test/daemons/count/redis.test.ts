// A real Redis, which is looked into by redis-cli.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { createClient } from '@redis/client'
import fc from 'fast-check'
import type { Change } from '../../../src/daemons/count/change.ts'
import { formatDecimal } from '../../../src/daemons/count/decimal.ts'
import { scriptArguments } from '../../../src/daemons/count/redis/arguments.ts'
import { SCRIPT } from '../../../src/daemons/count/redis/script.ts'
import { parseInfo, risksOf } from '../../../src/daemons/count/redis/server.ts'
import { until } from '../../faults/wait.ts'
import { type Redis, type RedisOptions, startRedis } from '../../servers/redis.ts'
import { hashesIn } from '../../servers/redis-hashes.ts'
import { freePort } from '../../support/port.ts'
import { root } from '../../support/process.ts'
import { Count, METRICS } from './count-daemon.ts'
import { type Event, hashesOf, recordOf } from './oracle.ts'

let redis: Redis | undefined
let missing = ''

before(async () => {
  redis = await startRedis().catch(error => {
    if (process.env.SLUICE_REQUIRE === 'all') throw error
    missing = String(error)
    return undefined
  })
})
after(() => redis?.stop())

/** One of them for all tests; each has a database of its own. */
let databases = 0
async function database(t: TestContext): Promise<{ redis: Redis; number: number; url: string } | undefined> {
  if (!redis) {
    t.skip(missing)
    return undefined
  }
  const number = databases++
  return { redis, number, url: `${redis.url}/${number}` }
}

/** Runs the script, as the daemon does. */
async function run(
  { url }: { url: string },
  change: Change,
  remember: number,
): Promise<[number[], string[]]> {
  const client = await createClient({ url, RESP: 2 }).connect()
  try {
    return await client.sendCommand(['EVAL', SCRIPT, '0', ...scriptArguments(change, '', remember, '', true)])
  } finally {
    client.destroy()
  }
}

async function own(t: TestContext, options?: RedisOptions): Promise<Redis | undefined> {
  if (!redis) {
    t.skip(missing)
    return undefined
  }
  const server = await startRedis(options)
  t.after(() => server.stop())
  return server
}

const MINUTE = 60_000
/** Around the end of a day, a month and a year, a leap day, and the nights in which clocks are changed. */
const NIGHTS = [
  ...[Date.UTC(2013, 8, 5), Date.UTC(2025, 9, 1), Date.UTC(2026, 0, 1), Date.UTC(2024, 1, 29)],
  ...[Date.UTC(2024, 2, 1), Date.UTC(2026, 2, 29, 1), Date.UTC(2025, 9, 26, 1)],
]
const EVENTS: Event[] = NIGHTS.flatMap((night, i) =>
  Array.from({ length: 12 }, (_, n) => ({
    account: n % 3 === 0 ? 'acme' : 'a/b',
    type: n % 2 === 0 ? 'pageview' : 'buy',
    time: night + (n - 6) * 17 * MINUTE - (n % 2),
    visitor: `v${(n * 7 + i) % 4}`,
    amount: n,
  })),
)

for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'])
  test(`every hash that redis-cli reads is that of the oracle, and there is no other, in ${zone}`, async t => {
    const there = await database(t)
    if (!there) return
    const count = new Count(t, ['--store', there.url, '--timezone', zone, ...METRICS])
    await count.count(EVENTS.map(event => recordOf(event)))
    const escaped = EVENTS.map(event => ({ ...event, account: event.account.replace('/', '%2F') }))
    const expected = hashesOf(escaped, zone)
    assert.deepEqual(await hashesIn(there.redis, there.number), expected)
    const original = hashesOf(
      escaped.filter(({ account }) => account === 'acme'),
      zone,
    )
    assert.deepEqual(await count.hashes(Object.keys(original)), original)
  })

test('names begin with the prefix, and expire by their level', async t => {
  const there = await database(t)
  if (!there) return
  const flags = ['--prefix', 'shop/live', '--keep-minutes', '1h', '--keep-hours', '2d', '--keep-days', '0']
  const count = new Count(t, ['--store', there.url, ...METRICS, ...flags])
  const time = Date.UTC(2013, 8, 5, 14, 37)
  await count.count([recordOf({ account: 'acme', type: 'pageview', time, visitor: 'v', amount: 1 })])
  const ask = async (...words: string[]) =>
    (await there.redis.cli('-n', String(there.number), ...words)).trim()
  const left = async (name: string) => Number(await ask('TTL', `shop/live/acme/${name}`))
  const names = (await ask('KEYS', '*')).split('\n')
  assert.ok(
    names.every(name => name.startsWith('shop/live/')),
    names.join(),
  )
  for (const key of ['pageview', 'revenue', 'visitors']) {
    assert.equal(await left(`${key}/2013`), -1)
    assert.equal(await left(`${key}/2013/09`), -1)
    // What is older than the store is as old as the store.
    const [hours, minutes] = [await left(`${key}/2013/09/05`), await left(`${key}/2013/09/05/14`)]
    assert.ok(hours > 47 * 3600 && hours <= 48 * 3600, `${hours}`)
    assert.ok(minutes > 3500 && minutes <= 3600, `${minutes}`)
  }
  // Who was seen in a bucket is known as long as what is within it is kept.
  assert.equal(await left('visitors/2013/09:members'), -1)
  const [day, hour, minute] = await Promise.all(
    ['', '/14', '/14/37'].map(at => left(`visitors/2013/09/05${at}:members`)),
  )
  assert.ok(day! > 47 * 3600 && hour! > 3500 && hour! <= 3600 && minute! > 3500, `${day} ${hour} ${minute}`)
  assert.deepEqual(await count.json('/acme/pageview/2013'), { '09': 1 })
})

test('events that come again are counted once, also after a restart', async t => {
  const there = await database(t)
  if (!there) return
  const records = EVENTS.map((event, n) => recordOf(event, `id-${n}`))
  const flags = ['--store', there.url, ...METRICS]
  const first = new Count(t, flags)
  await first.count([...records.slice(0, 40), ...records.slice(0, 10)])
  await first.daemon.stop('SIGKILL')
  const second = new Count(t, flags)
  await second.count(records)
  assert.equal((await second.daemon.status()).stages[0]!.books.duplicate, 40)
  const sums = await second.json('/acme/revenue/2013')
  const acme = EVENTS.filter(({ account, time }) => account === 'acme' && time < Date.UTC(2014, 0))
  assert.equal(
    sums['09'],
    acme.reduce((sum, { amount = 0 }) => sum + amount, 0),
  )
})

test('two of them count into one Redis, and an event that both get is counted once', async t => {
  const there = await database(t)
  if (!there) return
  const [one, other] = [1, 2].map(() => new Count(t, ['--store', there.url])) as [Count, Count]
  const time = Date.UTC(2025, 0)
  const records = Array.from({ length: 3000 }, (_, n) =>
    recordOf({ account: 'acme', type: 'pageview', time }, `both-${n}`),
  )
  await Promise.all([one.count(records), other.count(records.toReversed())])
  assert.deepEqual(await one.json('/acme/pageview/2025'), { '01': 3000 })
})

test('one that counts something else waits until the others have ended, and says so', async t => {
  const there = await database(t)
  if (!there) return
  const event = recordOf({ account: 'acme', type: 'pageview', time: Date.UTC(2025, 0), amount: 2 }, 'one')
  const first = new Count(t, ['--store', there.url])
  await first.count([event])
  const flags = [
    ...['--store', there.url, '--key', '{account}/{type}'],
    '--sum',
    '{account}/revenue = {amount}',
  ]
  const second = new Count(t, flags)
  await second.daemon.log(
    /counts by other templates, another --timezone, --remember or --keep here; .* another --prefix/,
  )
  second.send([event, { ...event, '@meta': { id: 'two' } }])
  await first.daemon.stop()
  await second.counted(2)
  assert.deepEqual(await second.json('/acme/pageview/2025'), { '01': 2 })
  assert.deepEqual(await second.json('/acme/revenue/2025'), { '01': 2 })
  const third = new Count(t, [...flags, '--timezone', 'Europe/Berlin'])
  assert.equal(await third.daemon.exited, 70)
  assert.match(third.daemon.stderr, /counted by UTC; give that one, or another --prefix/)
})

test('a Redis that was emptied is told of, and counted into again', async t => {
  const there = await database(t)
  if (!there) return
  const count = new Count(t, ['--store', there.url])
  const event = { account: 'acme', type: 'pageview', time: Date.UTC(2025, 0) }
  await count.count([recordOf(event)])
  await there.redis.cli('-n', String(there.number), 'FLUSHDB')
  await count.count([recordOf(event)])
  await count.daemon.log(/has lost all that was counted under this prefix/)
  assert.deepEqual(await count.json('/acme/pageview/2025'), { '01': 1 })
})

test('sums in Redis are exact, whatever is added to what', async t => {
  const there = await database(t)
  if (!there) return
  const { redis, number } = there
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 30 }))
    .map(([value, shift]) => value / 10n ** BigInt(shift))
  let n = 0
  await fc.assert(
    fc.asyncProperty(fc.array(decimal, { minLength: 1, maxLength: 5 }), async amounts => {
      const hash = `sum/${n++}/2025`
      for (const amount of amounts) {
        const fields = [['01', amount]] as const
        const hashes = [{ name: hash, kind: 'sum', expires: 0, fields }] as const
        await run(there, { ids: [`id-${n}-${Math.random()}`], hashes, keys: [] }, 1000)
      }
      const found = (await redis.cli('-n', String(number), 'HGET', hash, '01')).trim()
      assert.equal(found, formatDecimal(amounts.reduce((a, b) => a + b)))
    }),
    { numRuns: 40 },
  )
})

test('what has the name of a count and is none is left alone; all else is counted', async t => {
  const there = await database(t)
  if (!there) return
  const ask = (...words: string[]) => there.redis.cli('-n', String(there.number), ...words)
  await ask('SET', 'acme/pageview/2025/01', 'mine')
  await ask('HSET', 'acme/pageview/2025', '01', 'text')
  const count = new Count(t, ['--store', there.url])
  await count.count([recordOf({ account: 'acme', type: 'pageview', time: Date.UTC(2025, 0) })])
  await count.daemon.log(/something else in Redis has the name of a count/)
  assert.equal((await count.daemon.status()).stages[0]!.counters.fieldsRefused, 2)
  assert.equal((await ask('TTL', 'acme/pageview/2025/01')).trim(), '-1')
  assert.equal((await ask('GET', 'acme/pageview/2025/01')).trim(), 'mine')
  assert.deepEqual(await count.json('/acme/pageview/2025/01/01'), { '00': 1 })
  assert.deepEqual(await count.json('/acme/pageview/2025/01'), {})
})

test('a Redis that is away for a while: events wait, questions are answered 503, and nothing is lost', async t => {
  const port = await freePort()
  const count = new Count(t, ['--store', `redis://127.0.0.1:${port}`])
  const { msg } = await count.daemon.log(/^the page is at/)
  const page = msg.split(' ').at(-1)!
  const records = EVENTS.map((event, n) => recordOf(event, `id-${n}`))
  count.send(records)
  const { waiting } = await count.daemon.untilStatus('events', ({ stages }) => stages[0]!.books.held > 0)
  assert.match(waiting.join(), /Redis at 127\.0\.0\.1/)
  const response = await fetch(`${page}/acme/pageview/2013`)
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5'])
  let server = await own(t, { port })
  if (!server) return
  await count.counted(records.length)
  // Killed, and there again with its files.
  process.kill(server.pid, 'SIGKILL')
  count.send(EVENTS.map((event, n) => recordOf(event, `again-${n}`)))
  await until('a gap', async () => (await fetch(`${page}/acme/pageview/2013`)).status === 503)
  server = await startRedis({ port, data: server.data })
  t.after(() => server!.stop())
  await count.counted(records.length * 2)
  const twice = [...EVENTS, ...EVENTS].filter(({ account }) => account === 'acme')
  const expected = hashesOf(
    twice.map(({ account, type, time }) => ({ account, type, time })),
    'UTC',
  )
  assert.deepEqual(await count.hashes(Object.keys(expected)), expected)
  assert.equal((await count.daemon.status()).ready, true)
})

test('a full Redis says so, and takes them when it has room', async t => {
  const server = await own(t, { config: { maxmemory: '1' } })
  if (!server) return
  const count = new Count(t, ['--store', server.url])
  const ask = (path: string) => count.daemon.admin(path)
  await count.daemon.until('an attempt', ({ stderr }) => /OOM|not usable|cannot be used/.test(stderr))
  count.send([recordOf({ account: 'acme', type: 'pageview', time: Date.UTC(2025, 0) })])
  await until('a reason', async () => /maxmemory/.test((await ask('/status')).body))
  await server.cli('CONFIG', 'SET', 'maxmemory', '0')
  await count.counted(1)
  assert.deepEqual(await count.json('/acme/pageview/2025'), { '01': 1 })
})

test('a user that may not do all that is needed: nothing is counted, and nothing lost', async t => {
  const server = await own(t)
  if (!server) return
  const page = readFileSync(join(root, 'docs/count.md'), 'utf8')
  const [, rights = ''] = /ACL SETUSER sluice on >PASSWORD (.*)/.exec(page)!
  const user = (...more: string[]) =>
    server.cli('ACL', 'SETUSER', 'sluice', 'reset', 'on', '>word', ...rights.split(' '), ...more)
  await user('-hincrby')
  const probe = new Count(t, ['--store', server.url])
  await probe.daemon.ready()
  const file = join(probe.daemon.folder, 'password')
  writeFileSync(file, 'word\n', { mode: 0o600 })
  await probe.daemon.stop()
  const url = server.url.replace('//', '//sluice@')
  const flags = ['--store', url, '--store-password-file', file, '--prefix', 'shop', ...METRICS]
  const count = new Count(t, flags)
  const event = { account: 'acme', type: 'pageview', time: Date.UTC(2025, 0), visitor: 'v', amount: 3 }
  const says = async (command: string) =>
    until(`a refusal of ${command}`, async () => {
      const { body } = await count.daemon.admin('/status')
      return body.includes(`this user must not do ${command} (the user may do too little; docs/count.md has`)
    })
  // Before the first event comes.
  await says('HINCRBY')
  await user('-zrangebylex')
  await until('a refusal', async () => /'zrangebylex'/.test((await count.daemon.admin('/status')).body))
  await user()
  await count.daemon.ready()
  await user('-hincrby')
  count.send([recordOf(event, 'one')])
  for (const forbidden of ['hincrby', 'pexpireat', 'sadd', 'zadd', 'zrem', 'persist', 'unlink']) {
    await user(`-${forbidden}`)
    await says(forbidden.toUpperCase())
  }
  assert.equal((await server.cli('HGETALL', 'shop/acme/pageview/2025')).trim(), '')
  await user()
  await count.counted(1)
  for (const [key, n] of [
    ['pageview', 1],
    ['revenue', 3],
    ['visitors', 1],
  ] as const)
    assert.deepEqual(await count.json(`/acme/${key}/2025/01`), { '01': n })
  assert.equal((await count.json('/api/v1/keys')).keys.length, 3)
})

test('ids stay for as long as nobody counts', async t => {
  const there = await database(t)
  if (!there) return
  await run(there, { ids: ['first'], hashes: [], keys: [] }, 1000)
  const ttl = await there.redis.cli('-n', String(there.number), 'PTTL', 'sluice:ids:1')
  assert.equal(ttl.trim(), '-1')
})

test('a password is read from its file, and a wrong one is said to be wrong', async t => {
  const server = await own(t, { config: { requirepass: 'secret-word' } })
  if (!server) return
  const probe = new Count(t, ['--store', server.url])
  await probe.daemon.log(/NOAUTH|Authentication/)
  const file = join(probe.daemon.folder, 'password')
  writeFileSync(file, 'secret-word\n', { mode: 0o600 })
  const count = new Count(t, ['--store', server.url, '--store-password-file', file])
  await count.count([recordOf({ account: 'acme', type: 'pageview', time: Date.UTC(2025, 0) })])
  assert.deepEqual(await count.json('/acme/pageview/2025'), { '01': 1 })
  assert.ok(!(await count.daemon.admin('/status')).body.includes('secret-word'))
  assert.ok(!count.daemon.stderr.includes('secret-word'))
})

test('a Redis that would lose what it has answered is told of', async t => {
  const server = await own(t, { config: { appendonly: 'no' } })
  if (!server) return
  const count = new Count(t, ['--store', server.url])
  await count.daemon.log(/appendonly is off: .*set appendonly yes and appendfsync always/)
})

test('a Redis that comes back without what it had answered is told of', async t => {
  const port = await freePort()
  const config = { appendonly: 'no' }
  const server = await own(t, { port, config })
  if (!server) return
  const count = new Count(t, ['--store', server.url])
  const event = recordOf({ account: 'acme', type: 'pageview', time: Date.UTC(2025, 0) })
  await count.count([event])
  await server.cli('SAVE')
  for (let n = 0; n < 3; n++) await count.count([event])
  process.kill(server.pid, 'SIGKILL')
  const again = await startRedis({ port, config, data: server.data })
  t.after(() => again.stop())
  await count.count([event])
  await count.daemon.log(/has lost changes that it had answered, 3 at least/)
  assert.deepEqual(await count.json('/acme/pageview/2025'), { '01': 2 })
})

test('what may be lost follows from what the server says', () => {
  const info = parseInfo('# Memory\r\nmaxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:1\r\n')
  assert.match(
    risksOf(info, 'everysec').join('\n'),
    /appendfsync is everysec.*\n.*maxmemory-policy is allkeys-lru/,
  )
  assert.deepEqual(risksOf({ aof_enabled: '1', maxmemory: '0', connected_slaves: '0' }, 'always'), [])
  assert.match(risksOf({ aof_enabled: '1', connected_slaves: '1' }, 'always').join(), /it has replicas/)
})

test('a cluster is refused with what to give instead', async t => {
  // By itself it takes the one ten thousand above its own, which the kernel may have given to a connection.
  const bus = String(await freePort())
  const server = await own(t, { config: { 'cluster-enabled': 'yes', 'cluster-port': bus } })
  if (!server) return
  const count = new Count(t, ['--store', server.url])
  await count.daemon.log(/a cluster is not supported: .*give a single Redis/)
})
