import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { LiveEvent } from '../../../src/lib/live/event.ts'
import { FanOut } from '../../../src/lib/live/fan-out.ts'
import type { Frame } from '../../../src/lib/live/frame.ts'
import { Group } from '../../../src/lib/live/group.ts'
import { Recent } from '../../../src/lib/live/recent.ts'
import { Room } from '../../../src/lib/live/room.ts'
import { createSelection } from '../../../src/lib/live/selection.ts'
import { TestClient } from '../../support/live-client.ts'

const MOST = 8 * 2 ** 20

class Quick extends TestClient {
  override write(frame: Frame): void {
    super.write(frame)
    this.waiting = 0
  }
}

/** So many groups, of which each has a client that does not read, and one that does. */
function create(count: number) {
  const room = new Room(MOST)
  const fanOut = new FanOut(2 ** 20, room)
  const groups = Array.from({ length: count }, (_, n) => {
    const selection = createSelection([`topic${n}`], '', undefined)
    const group = new Group({ selection, sample: 1, rate: undefined }, new Recent<LiveEvent>(), room)
    const [slow, quick] = [new TestClient(), new Quick()]
    group.join(slow)
    group.join(quick)
    return { group, slow, quick, sent: 0 }
  })
  let sequence = 0
  const text = 'x'.repeat(20_000)
  const send = (n: number) => {
    const one = groups[n]!
    one.sent++
    const event = new LiveEvent(++sequence, { '@meta': { id: 'x' }, text }, `topic${n}`)
    if (one.group.offer(event)) fanOut.add(one.group)
  }
  const settled = async () => {
    while (!fanOut.isIdle) await turn()
  }
  return { room, fanOut, groups, send, settled }
}

test('bug: what waited in groups that got nothing new was not bounded', async () => {
  const { room, fanOut, groups, send, settled } = create(200)
  // One group after the other: 200 times up to a megabyte.
  for (const n of groups.keys()) {
    for (let events = 0; events < 60; events++) send(n)
    assert.ok(room.bytes <= MOST + 25_000, `${room.bytes} bytes wait`)
    await settled()
  }
  for (const { slow, quick, sent } of groups) {
    assert.deepEqual([quick.received.length, quick.told], [sent, 0])
    for (; slow.isBehind; slow.reads(Number.POSITIVE_INFINITY));
    assert.equal(slow.received.length + slow.told, sent)
  }
  assert.ok(groups.filter(({ slow }) => slow.told > 0).length > 150)
  for (const { group } of groups) fanOut.remove(group)
  assert.equal(room.bytes, 0)
})

test('more at once than there is room for is missed, exactly told, by all whom it would have been for', async () => {
  const { room, groups, send, settled } = create(100)
  for (let events = 0; events < 20; events++) for (const n of groups.keys()) send(n)
  assert.ok(room.bytes <= MOST + 25_000)
  await settled()
  for (const { quick, sent } of groups) {
    for (; quick.isBehind; quick.reads(Number.POSITIVE_INFINITY));
    assert.equal(quick.received.length + quick.told, sent)
  }
})

test('bug: what slow clients had read by now stayed in memory until the next event came', {
  timeout: 30_000,
}, async () => {
  const { room, groups, send, settled } = create(2)
  const [read, left] = groups
  for (const n of [0, 1]) for (let events = 0; events < 20; events++) send(n)
  await settled()
  assert.ok(room.bytes > 0)
  for (; read!.slow.isBehind; read!.slow.reads(Number.POSITIVE_INFINITY));
  left!.group.clients.delete(left!.slow)
  for (const { quick } of groups) assert.ok(!quick.isBehind)
  while (room.bytes > 0) await pause(20)
})

/** Takes so long that there are turns of others between it and the next one. */
class Costly extends TestClient {
  override write(frame: Frame): void {
    super.write(frame)
    for (const end = performance.now() + 1; performance.now() < end; );
  }
}

test('bug: groups with little gave up all of it while one with much was still to be served', async () => {
  const { room, fanOut, groups, send, settled } = create(2)
  const [little, much] = groups
  for (let events = 0; events < 20; events++) send(0)
  await settled()
  for (let n = 0; n < 100; n++) much!.group.join(new Costly())
  for (let events = 0; events < 350; events++) send(1)
  assert.ok(room.isScarce)
  await settled()
  const { slow, sent } = little!
  for (; slow.isBehind; slow.reads(Number.POSITIVE_INFINITY));
  assert.deepEqual([slow.received.length, slow.told], [sent, 0])
  for (const { group } of groups) fanOut.remove(group)
})
