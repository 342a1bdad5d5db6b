import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Backlog } from '../../../src/lib/live/backlog.ts'
import { LiveEvent } from '../../../src/lib/live/event.ts'
import { Room } from '../../../src/lib/live/room.ts'
import { TestClient } from '../../support/live-client.ts'

const MARK = 64 * 1024

function create() {
  const backlog = new Backlog(String, new Room(Number.POSITIVE_INFINITY))
  let sequence = 0
  let missed = 0
  const client = new TestClient(n => {
    missed += n
  })
  client.follow(backlog)
  const add = (count: number, skipped = 0, size = 10_000) => {
    const text = 'x'.repeat(size)
    const events = Array.from(
      { length: count },
      () => new LiveEvent(++sequence, { '@meta': { id: 'x' }, text }, 'a'),
    )
    backlog.add(events, skipped)
    sequence += skipped
    client.serve()
  }
  return { backlog, client, add, sent: () => sequence, missed: () => missed }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe('a client', () => {
  test('gets what its connection takes, and the rest when that is read', () => {
    const { backlog, client, add } = create()
    add(30)
    assert.ok(client.waiting > MARK)
    assert.ok(client.received.length < 30)
    assert.ok(client.isBehind)
    while (client.isBehind) client.reads(Number.POSITIVE_INFINITY)
    assert.deepEqual(client.received, range(1, 30))
    backlog.clear()
    add(1)
    client.reads(Number.POSITIVE_INFINITY)
    assert.deepEqual(client.received, range(1, 31))
    assert.equal(client.told, 0)
  })

  test('misses what there was no room for, which is counted at once and told when it reads', () => {
    const { backlog, client, add, missed } = create()
    add(100)
    backlog.trim(MARK)
    assert.equal(client.told, 0)
    add(1)
    assert.ok(missed() > 50)
    while (client.isBehind) client.reads(Number.POSITIVE_INFINITY)
    assert.equal(client.told, missed())
    assert.equal(client.told + client.received.length, 101)
    assert.equal(client.received.at(-1), 101)
  })

  test('whatever it does, what it gets and what it is told of is all there was', () => {
    const actions = fc.array(
      fc.oneof(
        fc.record({ add: fc.integer({ min: 1, max: 20 }), skipped: fc.constantFrom(0, 0, 3) }),
        fc.record({ read: fc.integer({ min: 0, max: 200_000 }) }),
        fc.record({ trim: fc.integer({ min: 0, max: 200_000 }) }),
      ),
    )
    fc.assert(
      fc.property(actions, list => {
        const { backlog, client, add, sent, missed } = create()
        for (const action of list) {
          if ('add' in action) add(action.add, action.skipped)
          else if ('read' in action) client.reads(action.read)
          else if (client.isBehind) backlog.trim(action.trim)
          else backlog.clear()
        }
        add(1)
        while (client.isBehind) client.reads(Number.POSITIVE_INFINITY)
        assert.equal(client.received.length + client.told, sent())
        assert.equal(client.told, missed())
        assert.deepEqual(
          client.received,
          client.received.toSorted((a, b) => a - b),
        )
        assert.equal(new Set(client.received).size, client.received.length)
      }),
    )
  })
})
