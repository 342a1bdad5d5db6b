// What one event brings to light must not hold up all others.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Buckets } from '../../../src/daemons/count/buckets.ts'
import type { Change } from '../../../src/daemons/count/change.ts'
import { createMetrics, type Metrics } from '../../../src/daemons/count/metrics.ts'
import { type Store, Unwritable } from '../../../src/daemons/count/store.ts'
import { createWrite } from '../../../src/daemons/count/write.ts'
import type { Context, LogRecord } from '../../../src/lib/index.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const NOW = Date.now()

function counting(t: TestContext, take: (change: Change) => void = () => {}, most = 1000) {
  const written: string[][] = []
  const known = new Set<string>()
  const there: string[] = []
  const store: Store = {
    ...{ most, opened: Promise.resolve({ since: 0 }), now: () => NOW, latest: () => NOW },
    async write(change) {
      take(change)
      const repeats = change.ids.filter(id => known.has(id))
      if (repeats.length > 0) return repeats
      for (const id of change.ids) known.add(id)
      written.push([...change.ids])
      return undefined
    },
    ...{ read: async () => [], keys: async () => [] },
    ...{
      countKeys: async () => there.length,
      async *allKeys() {
        yield there
      },
    },
  }
  const counters: { [name: string]: number } = {}
  const warnings: string[] = []
  const context = {
    count: (name: string, n = 1) => {
      counters[name] = (counters[name] ?? 0) + n
    },
    ...{ log: { warn: (text: string) => warnings.push(text) }, defer: (end: () => void) => t.after(end) },
  } as unknown as Parameters<typeof createWrite>[1] & Context
  const buckets = new Buckets(createZone('UTC'), { minute: 0, hour: 0, day: 0, month: 0 })
  const live: string[] = []
  const publish = (record: LogRecord) => live.push(record['@meta'].id)
  const metrics = createMetrics({ key: [], sum: [], distinct: [] })
  const write = (maxKeys = 100, counted: Metrics = metrics) =>
    createWrite({ store, metrics: counted, buckets, maxKeys, live: { publish } }, context)
  return { write, written, known, live, counters, warnings, there }
}

const event = (id: string, account = 'acme', type = 'x') =>
  ({ '@meta': { id, received: NOW }, type, data: { account } }) as unknown as LogRecord

const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

test('an event that the store cannot take is a dead letter, and all others are counted', async t => {
  const { write, written, live } = counting(t, ({ ids }) => {
    if (ids.includes('e')) throw new Unwritable('no such thing')
  })
  const fates = await write()(IDS.map(id => event(id)))
  assert.deepEqual(fates, [[4, { dead: 'not-countable', detail: 'no such thing' }]])
  assert.deepEqual(written.flat(), ['a', 'b', 'c', 'd', 'f', 'g'])
  assert.deepEqual(live, ['a', 'b', 'c', 'd', 'f', 'g'])
})

test('an event that a mistake in here stumbles over is a dead letter, and all others are counted', async t => {
  const { write, written } = counting(t)
  const metrics = createMetrics({ key: [], sum: [], distinct: [] })
  const [metric] = metrics.all
  const keyOf = (record: object) => {
    if ((record as LogRecord)['@meta'].id === 'c') throw new TypeError('of undefined')
    return metric!.keyOf(record)
  }
  Object.defineProperty(metrics, 'all', { value: [{ ...metric, keyOf }] })
  const fates = await write(100, metrics)(IDS.map(id => event(id)))
  assert.deepEqual(fates, [[2, { dead: 'not-countable', detail: 'of undefined' }]])
  assert.deepEqual(written.flat(), ['a', 'b', 'd', 'e', 'f', 'g'])
})

test('an event of today is one of today by a clock that was set back by years', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: NOW - 6 * 365 * 86_400_000 })
  const { write, counters } = counting(t)
  const today = { ...event('a'), time: new Date(NOW).toISOString() } as LogRecord
  assert.deepEqual(await write()([today]), [])
  assert.equal(counters.timesRefused, undefined)
})

test('what is tried again, and was written in part, is no repeat', async t => {
  let isDown = true
  const { write, written, counters } = counting(
    t,
    ({ ids }) => {
      if (isDown && ids.includes('e')) throw new Error('away')
    },
    // The first event of a minute is ten, and each has its id.
    10.5,
  )
  const [writer, batch] = [write(), IDS.map(id => event(id))]
  await assert.rejects(writer(batch), /away/)
  assert.deepEqual(written, [
    ['a', 'b'],
    ['c', 'd'],
  ])
  isDown = false
  assert.deepEqual(await writer(batch), [])
  assert.deepEqual(written.flat(), IDS)
  assert.equal(counters.repeats, undefined)
  assert.deepEqual(await writer([event('a'), event('h')]), [[0, 'duplicate']])
})

test('bug: what a batch had written in part was not written again where the store had lost it meanwhile', async t => {
  let isDown = true
  const { write, written, known } = counting(
    t,
    ({ ids }) => {
      if (isDown && ids.includes('e')) throw new Error('away')
    },
    10.5,
  )
  const [writer, batch] = [write(), IDS.map(id => event(id))]
  await assert.rejects(writer(batch), /away/)
  known.clear()
  written.length = 0
  isDown = false
  assert.deepEqual(await writer(batch), [])
  assert.deepEqual(written.flat(), IDS)
})

test('made-up types of one account, and made-up accounts, are dropped; the keys that are there are counted on', async t => {
  const { write, counters, warnings, live } = counting(t)
  const writer = write(10)
  await writer([event('1', 'acme'), event('2', 'globex')])
  const types = Array.from({ length: 20 }, (_, n) => event(`type-${n}`, 'evil', `t${n}`))
  const fates = await writer([...types, event('3', 'globex'), event('4', 'newcomer')])
  assert.equal(fates?.length, 16)
  assert.deepEqual(fates?.[0], [4, { dropped: 'keys-full' }])
  assert.equal(counters.keysFull, 16)
  assert.ok(['3', '4'].every(id => live.includes(id)))
  assert.match(warnings.join(), /^4 of 6 keys begin like this one, .* such as "evil\/t4", are dropped/)
  const accounts = Array.from({ length: 20 }, (_, n) => event(`account-${n}`, `made-up-${n}`))
  assert.equal((await writer([...accounts, event('5', 'acme')]))?.length, 17)
  assert.ok(live.includes('5'))
})

test('keys that the store has forgotten give room again', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { write, there } = counting(t)
  const writer = write(2)
  const fates = async (id: string, account: string) => await writer([event(id, account)])
  await fates('1', 'a')
  await fates('2', 'b')
  there.push('a/x', 'b/x')
  t.mock.timers.tick(60_000)
  assert.deepEqual(await fates('3', 'c'), [[0, { dropped: 'keys-full' }]])
  there.pop()
  t.mock.timers.tick(60_000)
  await new Promise(setImmediate)
  assert.deepEqual(await fates('4', 'c'), [])
  assert.deepEqual(await fates('5', 'a'), [])
})

test('keys that others made take room as well', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { write, there } = counting(t)
  const writer = write(3)
  await writer([event('1', 'a')])
  there.push('a/x', 'b/x', 'c/x')
  t.mock.timers.tick(60_000)
  await new Promise(setImmediate)
  assert.deepEqual(await writer([event('2', 'd')]), [[0, { dropped: 'keys-full' }]])
  assert.deepEqual(await writer([event('3', 'c')]), [])
})
