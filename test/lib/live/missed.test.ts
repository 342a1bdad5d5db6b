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
import { Random } from '../../faults/random.ts'
import { TestClient } from '../../support/live-client.ts'

const GROUPS = 4
const MOST_CLIENTS = 15

/** A client that gets stuck now and then, and keeps what it was told in its order. */
class Moody extends TestClient {
  readonly random: Random
  /** Numbers of events, and, below zero, how many it was told that it missed. */
  readonly heard: number[] = []
  counted = 0

  constructor(random: Random) {
    super(events => {
      this.counted += events
    })
    this.random = random
  }

  override write(frame: Frame): void {
    this.heard.push(...frame.events.map(({ sequence }) => sequence))
    if (this.random.next() < 0.3) this.waiting = 2 ** 30
  }

  override tell(missed: number | null): void {
    this.heard.push(-missed!)
  }
}

/** Some come, events come, some read on, all by chance, with room for a few. */
async function play(random: Random): Promise<void> {
  const room = new Room(random.pick([60_000, 250_000, 1_000_000]))
  const fanOut = new FanOut(Number.POSITIVE_INFINITY, room)
  const groups = Array.from({ length: GROUPS }, (_, n) => {
    const selection = createSelection([`topic${n}`], '', undefined)
    const group = new Group({ selection, sample: 1, rate: undefined }, new Recent<LiveEvent>(), room)
    return { group, sent: [] as number[] }
  })
  const clients: { client: Moody; sent: number[]; from: number }[] = []
  let sequence = 0
  const send = () => {
    const { group, sent } = random.pick(groups)
    const record = { '@meta': { id: 'x' }, text: 'x'.repeat(random.between(0, 1500)) }
    const event = new LiveEvent(++sequence, record, group.selection.wholeTopics![0]!)
    if (group.clients.size === 0 || !group.offer(event)) return
    fanOut.add(group)
    sent.push(sequence)
  }
  const come = () => {
    const { group, sent } = random.pick(groups)
    const client = new Moody(random)
    group.join(client)
    clients.push({ client, sent, from: sent.length })
  }
  const readOn = (chance: number) => {
    for (const { client } of clients) if (random.next() < chance) client.reads(Number.POSITIVE_INFINITY)
  }
  for (let step = 0; step < 250; step++) {
    const chance = random.next()
    if (chance < 0.08 && clients.length < MOST_CLIENTS) come()
    else if (chance < 0.6) for (let n = random.between(0, 60); n > 0; n--) send()
    else if (chance < 0.8) readOn(0.3)
    else if (chance < 0.9) await turn()
    // So long that there is another round.
    else await pause(11)
  }
  while (!fanOut.isIdle || clients.some(({ client }) => client.isBehind)) {
    readOn(1)
    await pause(1)
  }
  for (const { client, sent, from } of clients) {
    let at = from
    let missed = 0
    for (const number of client.heard) {
      if (number > 0) assert.equal(number, sent[at++])
      else {
        at -= number
        missed -= number
      }
    }
    assert.equal(at, sent.length)
    assert.equal(client.counted, missed)
  }
  for (const { group } of groups) fanOut.remove(group)
  assert.equal(room.bytes, 0)
}

test('what one gets, and what one is told in its place, is all that came', async t => {
  const random = new Random(t)
  for (let round = 0; round < 8; round++) await play(random)
})
