import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Rate } from '../../../src/lib/live/counts.ts'
import { LiveEvent } from '../../../src/lib/live/event.ts'
import { EventStream } from '../../../src/lib/live/event-stream.ts'
import { Rates } from '../../../src/lib/live/rates.ts'
import { createSelection } from '../../../src/lib/live/selection.ts'
import { ServerClock } from '../../../src/lib/live/server-clock.ts'

/** Charts of which each is of another topic. */
function create() {
  let time = 0
  const rates = new Rates(
    ['type'],
    new ServerClock(
      () => time,
      () => time,
    ),
  )
  const selectionOf = (n: number) => createSelection([`topic${n}`], '', undefined)
  const hasRoom = (n: number) => rates.hasRoom(selectionOf(n), ['type'])
  /** Somebody looks at it; returns what ends that. */
  const watch = (n: number) => {
    const response = new ServerResponse(new IncomingMessage(new Socket()))
    rates.watch(
      onGone => new EventStream(response, onGone),
      selectionOf(n),
      ['type'],
      () => {},
    )
    time += 10
    return () => {
      time += 10
      response.emit('close')
    }
  }
  return { rates, hasRoom, watch }
}

test('bug: charts that nobody looked at any more left no room for others', t => {
  const { rates, hasRoom, watch } = create()
  t.after(() => rates.close())
  const leave = Array.from({ length: 99 }, (_, n) => watch(n))
  assert.ok(!hasRoom(99))
  leave[7]!()
  leave[3]!()
  assert.ok(hasRoom(99))
  watch(99)
  assert.ok(hasRoom(3), 'the one that was left last is still counted')
  const leaveAgain = watch(3)
  assert.ok(!hasRoom(7), 'the one that was left first is not')
  leaveAgain()
  watch(7)
  assert.ok(!hasRoom(3))
})

/** Somebody who looks, as far as a test lets him read. */
function look(rates: Rates, by: string[], takes = Number.POSITIVE_INFINITY) {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  let text = ''
  let waiting = 0
  response.write = (what: string) => {
    text += what
    waiting = Math.max(0, text.length - takes)
    return waiting === 0
  }
  Object.defineProperty(response, 'writableLength', { get: () => waiting })
  rates.watch(
    onGone => new EventStream(response, onGone),
    createSelection([], '', undefined),
    by,
    () => {},
  )
  const read = (bytes: number) => {
    takes += bytes
    waiting = Math.max(0, text.length - takes)
    if (waiting === 0) response.emit('drain')
  }
  const events = (name: string) =>
    text
      .split('\n\n')
      .slice(0, -1)
      .filter(event => event.startsWith(`event: ${name}\n`))
      .map(event => JSON.parse(event.slice(event.indexOf('data: ') + 6)))
  const slots = () => [...events('history').flatMap(({ slots }) => slots), ...events('rate')] as Rate[]
  const total = () => slots().reduce((sum, { total }) => sum + total, 0)
  const waits = () => waiting
  return { events, total, read, waits }
}

function eventOf(fields: object) {
  return new LiveEvent(1, { '@meta': { id: 'x' }, ...fields }, 'a')
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(5)
}

test('bug: who opened other fields had all others told at once', async t => {
  const rates = new Rates(['type', 'account'])
  t.after(() => rates.close())
  rates.count(eventOf({ type: 'a' }))
  const first = look(rates, ['type'])
  await until(() => first.events('rate').length === 1)
  rates.count(eventOf({ type: 'a' }))
  const second = look(rates, ['type'])
  const third = look(rates, ['account'])
  assert.equal(first.events('rate').length, 1)
  const all = [first, second, third]
  await until(() => all.every(({ total }) => total() === 2))
  assert.deepEqual(second.events('history')[0].from, third.events('history')[0].from)
})

test('who does not read has no more of a history made than he takes, and what came meanwhile follows it', async t => {
  let time = 0
  const clock = new ServerClock(
    () => time,
    () => time,
  )
  const rates = new Rates(['type'], clock)
  t.after(() => rates.close())
  for (let second = 0; second < 900; second++, time += 1000)
    for (let n = 0; n < 50; n++) rates.count(eventOf({ type: `${'x'.repeat(90)}${n}` }))
  const quick = look(rates, ['type'])
  const slow = look(rates, ['type'], 1000)
  // They take turns: it is not said who is first.
  await until(() => quick.events('history').length === 1 && slow.waits() > 0)
  assert.equal(quick.total(), 45_000)
  assert.ok(slow.waits() < 128 * 1024, `${slow.waits()}`)
  rates.count(eventOf({ type: 'a' }))
  await until(() => quick.total() === 45_001)
  assert.ok(slow.waits() < 128 * 1024, `${slow.waits()}`)
  await until(() => {
    slow.read(1_000_000)
    return slow.events('rate').length > 0
  })
  assert.equal(slow.events('history').length, 1)
  assert.equal(slow.total(), 45_001)
})

test('bug: the time of /about was not that of the charts', t => {
  const clock = { wall: 1_700_000_000_000, steady: 0 }
  const rates = new Rates(
    ['type'],
    new ServerClock(
      () => clock.wall,
      () => clock.steady,
    ),
  )
  t.after(() => rates.close())
  // Corrected by so little that charts go on.
  clock.wall += 1500
  assert.equal(rates.time, 1_700_000_000_000)
  // Set while nobody looks.
  clock.wall += 3_600_000
  assert.equal(rates.time, 1_700_003_601_500)
})
