import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Token } from '../../../src/lib/daemon.ts'
import { type HoldLimits, Holds } from '../../../src/lib/engine/hold.ts'
import type { Receipt } from '../../../src/lib/engine/receipt.ts'
import { Work } from '../../../src/lib/engine/work.ts'

const LIMITS: HoldLimits = { records: 1000, bytes: 1e6, timeout: 1000 }

/** Holds whose filter joins what it is told to flush. */
function createHolds(t: TestContext, limits: Partial<HoldLimits> = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1e9 })
  const flushed: string[][] = []
  const failures: Error[] = []
  const work = new Work()
  const holds: Holds = new Holds(
    { ...LIMITS, ...limits },
    tokens => {
      flushed.push(tokens.map(({ record }) => record['@meta'].id))
      join(holds, tokens, 1, () => Promise.resolve({ sent: 1 }))
    },
    error => failures.push(error as Error),
  )
  const hold = (id: string, into = work, message = '') => holds.hold({ '@meta': { id }, message }, into)
  return { holds, hold, flushed, failures }
}

/** Releases tokens, and sends what they were joined into. */
function join(holds: Holds, tokens: readonly Token[], outputs: number, send: () => Promise<Receipt>): void {
  const joined = holds.release(tokens, outputs)
  send().then(joined.end, joined.fail)
}

/** A batch of `records` that were all held, its pass over. */
function workOf(holds: Holds, ...ids: string[]): { work: Work; tokens: Token[] } {
  const work = new Work()
  const tokens = ids.map(id => holds.hold({ '@meta': { id } }, work))
  work.passed()
  return { work, tokens }
}

test('a batch is acknowledged when what it was joined into is', async t => {
  const { holds } = createHolds(t)
  const sent = Promise.withResolvers<Receipt>()
  const { work, tokens } = workOf(holds, 'a', 'b', 'c')
  let done: Receipt | undefined
  work.done.then(receipt => {
    done = receipt
  })
  join(holds, tokens, 1, () => sent.promise)
  await Promise.resolve()
  assert.equal(done, undefined)
  sent.resolve({ stored: 1 })
  assert.deepEqual(await work.done, { stored: 1, merged: 2 })
})

test('the receipt is dealt to the batches of the tokens', async t => {
  const { holds } = createHolds(t)
  const [first, second] = [workOf(holds, 'a', 'b'), workOf(holds, 'c')]
  join(holds, [...first.tokens, ...second.tokens], 1, () => Promise.resolve({ dead: 1 }))
  assert.deepEqual(await first.work.done, { dead: 1, merged: 1 })
  assert.deepEqual(await second.work.done, { merged: 1 })
})

test('what the joining did is accounted for', async t => {
  const { holds } = createHolds(t)
  const table: [outputs: number, sent: Receipt, expected: Receipt][] = [
    [0, {}, { 'dropped:joined': 2 }],
    [1, { sent: 1 }, { sent: 1, merged: 1 }],
    [1, { merged: 1 }, { merged: 2 }],
    [2, { sent: 2 }, { sent: 2 }],
    [3, { sent: 3 }, { sent: 3, made: 1 }],
    [3, { sent: 4, made: 1 }, { sent: 4, made: 2 }],
  ]
  for (const [outputs, sent, expected] of table) {
    const { work, tokens } = workOf(holds, 'a', 'b')
    join(holds, tokens, outputs, () => Promise.resolve(sent))
    assert.deepEqual(await work.done, expected)
  }
})

test('what could not be sent is not acknowledged', async t => {
  const { holds } = createHolds(t)
  const { work, tokens } = workOf(holds, 'a')
  join(holds, tokens, 1, () => Promise.reject(new Error('closed')))
  await assert.rejects(work.done, /closed/)
})

test('a token counts once, and nothing is sent for one that was used', async t => {
  const { holds } = createHolds(t)
  const { tokens } = workOf(holds, 'a')
  join(holds, tokens, 1, () => Promise.resolve({ sent: 1 }))
  const send = t.mock.fn(() => Promise.resolve({}))
  assert.throws(() => join(holds, tokens, 1, send), /a token was used twice/)
  assert.equal(send.mock.callCount(), 0)
})

test('when there are more than may be held, the oldest go', t => {
  const { holds, hold, flushed } = createHolds(t, { records: 2 })
  for (const id of ['a', 'b', 'c', 'd']) {
    hold(id)
    holds.bound()
  }
  assert.deepEqual(flushed, [['a'], ['b']])
})

test('when they are larger than may be held, the oldest go, and one that is too large by itself goes too', t => {
  const { holds, hold, flushed } = createHolds(t, { bytes: 500 })
  const work = new Work()
  for (const id of ['a', 'b', 'c']) {
    hold(id, work, 'x'.repeat(200))
    holds.bound()
  }
  assert.deepEqual(flushed, [['a']])
  hold('d', work, 'x'.repeat(500))
  holds.bound()
  assert.deepEqual(flushed, [['a'], ['b'], ['c'], ['d']])
})

test('what is held too long goes, together with what is as old, and no sooner', t => {
  const { hold, flushed } = createHolds(t)
  hold('a')
  hold('b')
  t.mock.timers.tick(600)
  hold('c')
  t.mock.timers.tick(399)
  assert.deepEqual(flushed, [])
  t.mock.timers.tick(1)
  assert.deepEqual(flushed, [['a', 'b']])
  t.mock.timers.tick(599)
  assert.equal(flushed.length, 1)
  t.mock.timers.tick(1)
  assert.deepEqual(flushed, [['a', 'b'], ['c']])
})

test('bug: when the clock was set back, what was held was held as much longer', t => {
  const { hold, flushed } = createHolds(t)
  hold('a')
  t.mock.method(Date, 'now', () => 1e6)
  t.mock.timers.tick(1000)
  assert.deepEqual(flushed, [['a']])
})

test('at the end everything goes', t => {
  const { holds, hold, flushed } = createHolds(t)
  holds.flushAll()
  hold('a')
  hold('b')
  holds.flushAll()
  assert.deepEqual(flushed, [['a', 'b']])
})

test('bug: a filter that does not join what it is to flush went unnoticed', t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  for (const flush of [
    () => {},
    () => {
      throw new Error('flush: a mistake')
    },
  ]) {
    const failures: Error[] = []
    const holds = new Holds({ ...LIMITS, records: 1 }, flush, error => failures.push(error as Error))
    const work = new Work()
    holds.hold({ '@meta': { id: 'a' } }, work)
    holds.hold({ '@meta': { id: 'b' } }, work)
    holds.bound()
    assert.equal(failures.length, 1)
    t.mock.timers.tick(1000)
    assert.equal(failures.length, 2)
    holds.flushAll()
    assert.equal(failures.length, 3)
    for (const error of failures) assert.match(error.message, /^flush: /)
  }
})

test('bug: a time-out that nobody needed any more kept the process', t => {
  const unref = t.mock.fn()
  t.mock.method(globalThis, 'setTimeout', () => ({ unref }))
  const holds = new Holds(
    LIMITS,
    () => {},
    () => {},
  )
  holds.hold({ '@meta': { id: 'a' } }, new Work())
  assert.equal(unref.mock.callCount(), 1)
})
