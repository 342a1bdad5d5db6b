import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { CatchUp } from '../../../src/lib/live/catch-up.ts'
import { LiveEvent } from '../../../src/lib/live/event.ts'
import { Recent } from '../../../src/lib/live/recent.ts'
import { createSelection } from '../../../src/lib/live/selection.ts'
import { Turns } from '../../../src/lib/live/turns.ts'
import { TestClient } from '../../support/live-client.ts'

function filled(count: number) {
  const recent = new Recent<LiveEvent>()
  const add = () => {
    const sequence = recent.sequence + 1
    recent.add(new LiveEvent(sequence, { '@meta': { id: 'x' }, n: sequence }, 'a'))
  }
  for (let n = 0; n < count; n++) add()
  return { recent, add }
}

/** @param slow milliseconds that it takes to look at an event */
function begin(recent: Recent<LiveEvent>, start: { last: number; lastId?: string }, slow = 0) {
  let looks = 0
  const selection = {
    ...createSelection([], 'n<1001', undefined),
    fits: (event: LiveEvent) => {
      looks++
      for (const end = performance.now() + slow; performance.now() < end; );
      return (event.record.n as number) <= 1000
    },
  }
  const client = new TestClient()
  let readyAt = 0
  new CatchUp(client, recent, { selection, sample: 1, rate: undefined }, start).start(new Turns(), () => {
    readyAt = recent.sequence
  })
  return { client, looks: () => looks, isReady: () => readyAt > 0, readyAt: () => readyAt }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe('who looks for what came before', () => {
  for (const start of [{ last: 1 }, { last: 0, lastId: 'life' }])
    test(`${start.lastId ? 'behind an id' : 'from the end'} lets others have turns`, async () => {
      const { recent } = filled(3000)
      const given = start.lastId ? { ...start, lastId: recent.idOf(1000) } : start
      const { looks, isReady } = begin(recent, given, 0.1)
      let turns = 0
      for (let before = 0; !isReady(); turns++) {
        await turn()
        assert.ok(looks() - before < 500, `${looks() - before} at a time`)
        before = looks()
      }
      assert.ok(looks() >= 2000)
      assert.ok(turns > 10)
    })

  test('gets what it asked for, and all that came meanwhile, in its order', async () => {
    const { recent, add } = filled(500)
    const { client, isReady, readyAt } = begin(recent, { last: 400 }, 0.05)
    for (; !isReady(); await turn()) add()
    assert.ok(readyAt() > 502)
    assert.deepEqual(client.received, range(101, readyAt()))
  })

  test('is ready at once when there is nothing to look for', () => {
    assert.ok(begin(filled(10).recent, { last: 0 }).isReady())
  })

  test('goes on when it has read what waited', async () => {
    const recent = new Recent<LiveEvent>()
    const text = 'x'.repeat(1000)
    for (let n = 1; n <= 1000; n++) recent.add(new LiveEvent(n, { '@meta': { id: 'x' }, n, text }, 'a'))
    const { client, isReady } = begin(recent, { last: 1000 })
    while (client.waiting === 0) await turn()
    assert.ok(client.received.length < 1000)
    for (; !isReady(); await turn()) client.reads(Number.POSITIVE_INFINITY)
    assert.deepEqual(client.received, range(1, 1000))
  })

  test('who leaves is not looked for any more', async () => {
    const { client, looks } = begin(filled(3000).recent, { last: 1 }, 0.1)
    await turn()
    client.isGone = true
    await turn()
    const before = looks()
    assert.ok(before < 1000)
    await turn()
    assert.equal(looks(), before)
  })
})

describe('bug: 500 events of any size were written to who does not read', () => {
  const large = (recent: Recent<LiveEvent>, count: number) => {
    const text = 'x'.repeat(100_000)
    for (let n = 0; n < count; n++) {
      const sequence = recent.sequence + 1
      recent.add(new LiveEvent(sequence, { '@meta': { id: 'x' }, n: sequence, text }, 'a'))
    }
  }

  for (const start of [{ last: 100 }, { last: 0, lastId: 'life' }])
    test(start.lastId ? 'behind an id' : 'the newest', async () => {
      const recent = new Recent<LiveEvent>()
      large(recent, 100)
      const { client, isReady } = begin(recent, start.lastId ? { last: 0, lastId: recent.idOf(0) } : start)
      while (client.waiting === 0) await turn()
      for (let n = 0; n < 10; n++) await turn()
      assert.ok(client.waiting < 300_000, `${client.waiting} bytes wait`)
      for (; !isReady(); await turn()) client.reads(Number.POSITIVE_INFINITY)
      assert.deepEqual(client.received, range(1, 100))
      assert.equal(client.told, 0)
    })

  test('what is forgotten before it reads it missed, exactly told', async () => {
    const recent = new Recent<LiveEvent>()
    large(recent, 100)
    const { client, isReady } = begin(recent, { last: 50 })
    while (client.waiting === 0) await turn()
    const had = client.received.length
    recent.trim({ bytes: Number.POSITIVE_INFINITY, records: 10 })
    for (; !isReady(); await turn()) client.reads(Number.POSITIVE_INFINITY)
    assert.equal(client.told, 50 - 10 - had)
    assert.deepEqual(client.received, [...range(51, 50 + had), ...range(91, 100)])
  })
})
