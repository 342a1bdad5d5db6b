import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { LiveEvent } from '../../../src/lib/live/event.ts'
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
    rates.watch(response, selectionOf(n), ['type'], () => {})
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

test('who comes at the same time is given the same bytes, and all get everything once', t => {
  const rates = new Rates(['type', 'account'])
  t.after(() => rates.close())
  let sequence = 0
  const count = () => rates.count(new LiveEvent(++sequence, { '@meta': { id: 'x' }, type: 'a' }, 'a'))
  const watch = (by: string) => {
    const response = new ServerResponse(new IncomingMessage(new Socket()))
    const written: unknown[] = []
    response.write = (what: unknown) => written.push(what) > 0
    rates.watch(response, createSelection([], '', undefined), [by], () => {})
    const total = () =>
      [
        ...written
          .map(String)
          .join('')
          .matchAll(/"total":(\d+)/g),
      ].reduce((sum, [, n]) => sum + Number(n), 0)
    return { history: written.at(-1), total }
  }
  count()
  const first = watch('type')
  count()
  const second = watch('type')
  assert.ok(Buffer.isBuffer(first.history))
  assert.equal(second.history, first.history)
  count()
  // Another field: another history, before which all others are told.
  const third = watch('account')
  assert.deepEqual([first.total(), second.total(), third.total()], [3, 3, 3])
})
