// What the store does with a Redis that is there, and with one that is not quite.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAgreement } from '../../../src/daemons/count/about.ts'
import type { Change } from '../../../src/daemons/count/change.ts'
import { createMetrics } from '../../../src/daemons/count/metrics.ts'
import { connect } from '../../../src/daemons/count/redis/connection.ts'
import { RedisCounts } from '../../../src/daemons/count/redis/counts.ts'
import { Unavailable, Unwritable } from '../../../src/daemons/count/store.ts'
import type { Context } from '../../../src/lib/index.ts'
import { until } from '../../faults/wait.ts'
import { orSkip } from '../../servers/available.ts'
import { type Redis, startRedis } from '../../servers/redis.ts'

const HOUR = 3_600_000

async function server(t: TestContext): Promise<Redis | undefined> {
  const redis = await orSkip(t, () => startRedis({ config: { appendonly: 'no' } }))
  if (redis) t.after(() => redis.stop())
  return redis
}

async function open(t: TestContext, { port }: Redis, { key = '{account}/{type}', answerWithin = 15_000 }) {
  const problems: string[] = []
  const context = {
    log: { warn: () => {}, error: () => {} },
    ...{ count: () => {}, waitingFor: (_: string, why?: string) => why && problems.push(why) },
    defer: (close: () => void) => t.after(close),
  } as unknown as Context<'fieldsRefused'>
  const address = { host: '127.0.0.1', port, tls: false }
  const where = { kind: 'redis', address, user: undefined, database: 0 } as const
  const secrets = { storePasswordFile: undefined, storeCa: undefined }
  const connection = await connect(where, secrets, context, answerWithin)
  const metrics = createMetrics({ key: [key], sum: [], distinct: [] })
  const keep = { minute: HOUR, hour: HOUR, day: HOUR, month: 0 }
  const agreement = createAgreement({ metrics, timezone: 'UTC', remember: HOUR, keep }, '', () => {})
  const counts = new RedisCounts(connection, { prefix: '', remember: HOUR, agreement }, context)
  await until('a connection', () =>
    connection.send('PING').then(
      () => true,
      () => false,
    ),
  )
  return { counts, problems, connection }
}

/** An event of key a/x, or of another. */
function change(id: string, { key = 'a/x', expires = 0 } = {}): Change {
  const hashes = [{ name: `${key}/2025`, kind: 'count' as const, expires, fields: [['01', 1]] as const }]
  return { ids: [id], keys: [[key, 1, expires]], hashes }
}

test('a Redis that is frozen is noticed while something is written; nothing is lost, nor twice', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts, problems } = await open(t, redis, { answerWithin: 400 })
  await counts.begin()
  await counts.write(change('one'))
  process.kill(redis.pid, 'SIGSTOP')
  // Each write sets a time-out of the socket anew.
  const more = setInterval(() => counts.questions.countKeys().catch(() => {}), 50)
  try {
    await assert.rejects(counts.write(change('two')), /Redis at .* has not answered for 0\.4 s/)
    await assert.rejects(counts.questions.read(['a/x/2025']), Unavailable)
    assert.match(problems.at(-1)!, /has not answered for 0\.4 s|Socket timeout/)
  } finally {
    clearInterval(more)
    process.kill(redis.pid, 'SIGCONT')
  }
  const answered = () =>
    counts.write(change('two')).then(
      known => known ?? 'new',
      () => undefined,
    )
  await until('an answer', async () => (await answered()) !== undefined)
  assert.deepEqual(await counts.questions.read(['a/x/2025']), [[['01', '2']]])
})

test('who leaves a Redis that does not answer waits a second for it', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts } = await open(t, redis, {})
  await counts.begin()
  process.kill(redis.pid, 'SIGSTOP')
  try {
    const began = performance.now()
    await counts.leave()
    assert.ok(performance.now() - began < 3_000)
  } finally {
    process.kill(redis.pid, 'SIGCONT')
  }
})

test('keys of which nothing is kept any more are forgotten, and others are not', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts } = await open(t, redis, {})
  await counts.begin()
  const soon = Date.now() + 300
  await counts.write(change('1', { key: 'made/up', expires: soon }))
  await counts.write(change('2', { key: 'kept/a-while', expires: Date.now() + HOUR }))
  await counts.write(change('3', { key: 'kept/for-ever' }))
  await counts.write(change('4', { key: 'was/for-ever', expires: soon }))
  await counts.write(change('5', { key: 'was/for-ever' }))
  assert.equal(await counts.questions.countKeys(), 4)
  await until('it to be forgotten', async () => {
    await counts.stayAndForget()
    return (await counts.questions.countKeys()) === 3
  })
  assert.deepEqual(await counts.questions.allKeys(), ['kept/a-while', 'kept/for-ever', 'was/for-ever'])
  assert.equal((await redis.cli('ZCARD', 'sluice:last')).trim(), '3')
  assert.equal((await redis.cli('EXISTS', 'made/up/2025')).trim(), '0')
})

test('one that was taken over from is not there any more, and does not say what is counted', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts: first } = await open(t, redis, {})
  await first.begin()
  await redis.cli('DEL', 'sluice:users')
  const { counts: second } = await open(t, redis, { key: '{account}/all/{type}' })
  await second.begin()
  const about = await redis.cli('GET', 'sluice:about')
  assert.match(about, /all/)
  await first.stayAndForget()
  assert.equal(await redis.cli('GET', 'sluice:about'), about)
  assert.equal((await redis.cli('ZCARD', 'sluice:users')).trim(), '1')
})

test('a change that cannot be taken is told from a Redis that takes none; what is half wrong is counted all the same', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts } = await open(t, redis, {})
  await counts.begin()
  const wrong = { ...change('1'), hashes: [null] } as unknown as Change
  await assert.rejects(counts.write(wrong), Unwritable)
  await redis.cli('CONFIG', 'SET', 'maxmemory', '1')
  await assert.rejects(counts.write(change('1')), /OOM/)
  await redis.cli('CONFIG', 'SET', 'maxmemory', '0')
  const [hash] = change('1').hashes
  assert.equal(
    await counts.write({ ...change('1'), hashes: [{ ...hash!, name: undefined! }, hash!] }),
    undefined,
  )
  assert.deepEqual(await counts.questions.read(['a/x/2025']), [[['01', '1']]])
})
