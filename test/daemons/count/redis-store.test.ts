// What the store does with a Redis that is there, and with one that is not quite.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAgreement } from '../../../src/daemons/count/about.ts'
import type { Change } from '../../../src/daemons/count/change.ts'
import { createMetrics } from '../../../src/daemons/count/metrics.ts'
import { connect } from '../../../src/daemons/count/redis/connection.ts'
import { RedisCounts } from '../../../src/daemons/count/redis/counts.ts'
import { openRedis } from '../../../src/daemons/count/redis/store.ts'
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

function agreementOf(key: string) {
  const metrics = createMetrics({ key: [key], sum: [], distinct: [] })
  const keep = { minute: HOUR, hour: HOUR, day: HOUR, month: 0 }
  return createAgreement({ metrics, timezone: 'UTC', remember: HOUR, keep }, '', () => {})
}

async function open(t: TestContext, { port }: Redis, { key = '{account}/{type}', answerWithin = 15_000 }) {
  const problems: string[] = []
  const warnings: string[] = []
  const errors: string[] = []
  const counters = { fieldsRefused: 0 }
  let now: string | undefined
  const context = {
    log: {
      warn: (text: string) => warnings.push(text),
      error: (_: object, text: string) => errors.push(text),
    },
    ...{
      count: (name: keyof typeof counters, n: number) => {
        counters[name] += n
      },
      waitingFor: (_: string, why?: string) => {
        now = why
        if (why) problems.push(why)
      },
    },
    defer: (close: () => void) => t.after(close),
  } as unknown as Context<'fieldsRefused'>
  const address = { host: '127.0.0.1', port, tls: false }
  const where = { kind: 'redis', address, user: undefined, database: 0 } as const
  const secrets = { storePasswordFile: undefined, storeCa: undefined }
  const connection = await connect(where, secrets, context, answerWithin)
  const agreement = agreementOf(key)
  const counts = new RedisCounts(connection, { prefix: '', remember: HOUR, agreement }, context)
  await until('a connection', () =>
    connection.send('PING').then(
      () => true,
      () => false,
    ),
  )
  return { counts, problems, warnings, errors, counters, connection, waitsFor: () => now }
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
    await counts.entrance.leave()
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
    await counts.entrance.stayAndForget()
    return (await counts.questions.countKeys()) === 3
  })
  const pages: (readonly string[])[] = []
  for await (const page of counts.questions.allKeys()) pages.push(page)
  assert.deepEqual(pages, [['kept/a-while', 'kept/for-ever', 'was/for-ever']])
  assert.equal((await redis.cli('ZCARD', 'sluice:last')).trim(), '3')
  assert.equal((await redis.cli('EXISTS', 'made/up/2025')).trim(), '0')
})

test('who counts says each 20 s that it is still there, and that it leaves', async t => {
  const redis = await server(t)
  if (!redis) return
  t.mock.timers.enable({ apis: ['setInterval'] })
  const ends: (() => unknown)[] = []
  const context = {
    ...{ log: { warn() {}, error() {} }, waitingFor() {}, signal: new AbortController().signal },
    defer: (end: () => unknown) => ends.unshift(end),
  } as unknown as Context<'fieldsRefused'>
  const address = { host: '127.0.0.1', port: redis.port, tls: false }
  const where = { kind: 'redis', address, user: undefined, database: 0 } as const
  const secrets = { storePasswordFile: undefined, storeCa: undefined }
  const options = {
    ...secrets,
    where,
    prefix: '',
    remember: HOUR,
    agreement: agreementOf('{account}/{type}'),
  }
  const { opened } = await openRedis(options, context)
  const users = async () => (await redis.cli('ZCARD', 'sluice:users')).trim()
  await opened
  assert.equal(await users(), '1')
  await redis.cli('DEL', 'sluice:users')
  t.mock.timers.tick(20_000)
  await until('it to be there again', async () => (await users()) === '1')
  for (const end of ends) await end()
  assert.equal(await users(), '0')
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
  await first.entrance.stayAndForget()
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

test('bug: a full Redis was taken for well again for a moment, whenever what is there already was looked for', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts, waitsFor } = await open(t, redis, {})
  await counts.begin()
  await counts.write(change('1'))
  await redis.cli('CONFIG', 'SET', 'maxmemory', '1')
  // A batch in parts is tried again from the first one on, which was done.
  for (const id of ['2', '1']) await assert.rejects(counts.write(change(id)), /OOM/)
  assert.match(waitsFor() ?? '', /OOM/)
  await redis.cli('CONFIG', 'SET', 'maxmemory', '0')
  assert.deepEqual(await counts.write(change('1')), ['1'])
  assert.equal(waitsFor(), undefined)
})

test('bug: who waits for another said each time what may be lost, and after it was let in for nobody', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts: first, waitsFor } = await open(t, redis, {})
  await first.begin()
  const { counts: second, warnings } = await open(t, redis, { key: '{account}/all/{type}' })
  for (let n = 0; n < 3; n++) await assert.rejects(second.begin(), /counts by other templates/)
  assert.equal(warnings.filter(text => /appendonly is off/.test(text)).length, 1)
  assert.equal((await redis.cli('EXISTS', 'sluice:writes')).trim(), '1')
  await redis.cli('DEL', 'sluice:users')
  await second.begin()
  await assert.rejects(first.write(change('one')), /counts by other templates/)
  assert.match(waitsFor()!, /a sluice-count on .* counts by other templates/)
})

test('bug: events were dead letters where somebody wrote over what is kept of slices', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts, waitsFor } = await open(t, redis, {})
  await counts.begin()
  for (const words of [
    ['SET', 'sluice:slice', 'mine'],
    ['DEL', 'sluice:slice'],
    ['LPUSH', 'sluice:slice', 'mine'],
  ]) {
    await redis.cli(...words)
    if (words[0] === 'DEL') continue
    const wrong = await counts.write(change('one')).catch(error => error)
    assert.ok(wrong instanceof Error && !(wrong instanceof Unwritable), String(wrong))
    assert.match(
      waitsFor()!,
      words[0] === 'SET' ? /sluice:slice is of something else; delete it/ : /WRONGTYPE/,
    )
  }
  await redis.cli('DEL', 'sluice:slice')
  assert.equal(await counts.write(change('one')), undefined)
  assert.equal(waitsFor(), undefined)
})

test('bug: a Redis that is connected and answers nothing was taken for well while nobody counted', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts, waitsFor } = await open(t, redis, { answerWithin: 300 })
  await counts.begin()
  await counts.write(change('one'))
  assert.equal(waitsFor(), undefined)
  await redis.cli('ACL', 'SETUSER', 'default', '-ping')
  await until('it to be told', () => /NOPERM/.test(waitsFor() ?? ''))
  await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await until('it to be told again', () => /NOPERM/.test(waitsFor() ?? ''))
  await redis.cli('ACL', 'SETUSER', 'default', '+ping')
  await until('it to be well', () => waitsFor() === undefined)
})

test('bug: a name that is of something else was told with every batch', async t => {
  const redis = await server(t)
  if (!redis) return
  const { counts, errors, counters } = await open(t, redis, {})
  await counts.begin()
  await redis.cli('SET', 'a/x/2025', 'mine')
  for (const id of ['one', 'two', 'three']) assert.equal(await counts.write(change(id)), undefined)
  assert.deepEqual(counters, { fieldsRefused: 3 })
  assert.equal(errors.filter(text => /something else in Redis has the name of a count/.test(text)).length, 1)
})
