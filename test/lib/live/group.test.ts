import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LiveEvent } from '../../../src/lib/live/event.ts'
import { Group } from '../../../src/lib/live/group.ts'
import { Recent } from '../../../src/lib/live/recent.ts'
import { Room } from '../../../src/lib/live/room.ts'
import { createSelection } from '../../../src/lib/live/selection.ts'
import { TestClient } from '../../support/live-client.ts'

function create(room = new Room(64 * 2 ** 20)) {
  const group = new Group(
    { selection: createSelection([], '', undefined), sample: 1, rate: undefined },
    new Recent<LiveEvent>(),
    room,
  )
  let sequence = 0
  const offer = (text = '') => group.offer(new LiveEvent(++sequence, { '@meta': { id: 'x' }, text }, 'a'))
  const join = () => {
    const client = new TestClient()
    group.join(client)
    return client
  }
  return { group, offer, join }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

test('what is not chosen is not made text of', () => {
  const selection = createSelection([], '', undefined)
  const group = new Group({ selection, sample: 1, rate: 2 }, new Recent<LiveEvent>(), new Room(1000))
  let written = 0
  const toJSON = () => ++written
  for (let n = 1; n <= 6; n++) group.offer(new LiveEvent(n, { '@meta': { id: 'x' }, text: { toJSON } }, 'a'))
  assert.equal(written, 2)
})

describe('those who come', () => {
  test('while much comes get all behind them, and nobody gets more messages because of that', () => {
    const { group, offer, join } = create()
    const clients = range(1, 200).map(() => {
      const client = join()
      offer()
      return client
    })
    const last = join()
    group.collect()
    for (const client of [...clients, last]) client.serve()
    for (const [n, { received, writes }] of clients.entries()) {
      assert.deepEqual(received, range(n + 1, 200))
      assert.equal(writes, 1)
    }
    assert.ok(!last.isBehind)
    group.backlog.clear()
    offer()
    group.collect()
    last.serve()
    assert.deepEqual(last.received, [201])
    assert.equal(last.told, 0)
  })

  test('behind what there was no room for do not miss that', () => {
    const { group, offer, join } = create()
    const early = join()
    const large = 'x'.repeat(1024 * 1024)
    for (let n = 0; n < 20; n++) offer(large)
    const late = join()
    offer()
    group.collect()
    offer()
    group.collect()
    for (const client of [early, late]) while (client.isBehind) client.reads(Number.POSITIVE_INFINITY)
    assert.equal(early.told + early.received.length, 22)
    assert.ok(early.told > 0)
    assert.deepEqual([late.told, late.received], [1, [22]])
  })

  test('bug: who came between what there was no room for and what there was room for again missed that', () => {
    const room = new Room(1000)
    const { group, offer, join } = create(room)
    const early = join()
    room.bytes += 2000
    offer()
    const late = join()
    room.bytes -= 2000
    offer()
    group.collect()
    offer()
    group.collect()
    for (const client of [early, late]) client.serve()
    assert.equal(early.told + early.received.length, 3)
    assert.equal(late.told + late.received.length, 2)
    // Whatever is told to be missed was not received by anybody else either.
    assert.deepEqual(late.received, early.received)
  })
})
