import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instantAt, zoneOf } from '../../../src/web/lib/zone.ts'
import type { Point } from '../../../src/web/live/api.ts'
import { isRunning, pairsOf, shownOf, timeBefore } from '../../../src/web/live/history/compare.ts'
import { intervalOf, type Span, stepsFor } from '../../../src/web/live/history/span.ts'
import { figureOf } from '../../../src/web/live/history/sums.ts'
import { numberOf, wallOf } from '../../../src/web/live/history/wall-steps.ts'

/** What is asked for, when, and in which zone. */
function ask(span: Span, now: string, name = 'UTC', stepName?: string) {
  const [interval, zone] = [intervalOf(span, Date.parse(now)), zoneOf(name)]
  const steps = stepsFor(interval, false)
  const step = steps.find(each => each.name === stepName) ?? steps[0]!
  return { span, interval, step, zone, now: Date.parse(now) }
}
type Asked = ReturnType<typeof ask>

/** As the server gives them: the point that `from` is in first, the one before `to` last. `count` is told the number of the step. */
function given({ step, zone }: Asked, from: number, to: number, count: (number: number) => number): Point[] {
  const points: Point[] = []
  for (let n = numberOf(zone.wall(from), step); ; n++) {
    const [time, end] = [n, n + 1].map(each => instantAt(wallOf(each, step), zone)) as [number, number]
    if (time >= to) return points
    if (end > time) points.push({ time: new Date(time).toISOString(), count: count(n) })
  }
}

function compared(asked: Asked, count: (number: number) => number = n => n) {
  const points = shownOf(given(asked, asked.interval.from, asked.interval.to, count), asked)
  const time = timeBefore(points, asked)!
  const before = pairsOf(points, given(asked, time.from, time.to, count), asked)
  return { points, before, isRunning: isRunning(points, asked) }
}

const wall = (asked: Asked, time: string) => asked.zone.dateTime(new Date(time)).slice(0, 16)

/** Name, span, now, zone; how many points, how many steps before, the first and the last one. */
const ASKED = [
  [
    'an hour',
    { name: 'hour' },
    '2026-11-23T12:07:30Z',
    'UTC',
    61 - 1,
    60,
    '2026-11-23 11:08',
    '2026-11-23 12:07',
  ],
  [
    'a day',
    { name: 'day' },
    '2026-11-23T12:07:30Z',
    'UTC',
    97 - 1,
    96,
    '2026-11-22 12:15',
    '2026-11-23 12:00',
  ],
  [
    'a day that ends with a step',
    { name: 'day' },
    '2026-11-23T12:00:00Z',
    'UTC',
    96,
    96,
    '2026-11-22 12:00',
    '2026-11-23 11:45',
  ],
  [
    'a week',
    { name: 'week' },
    '2026-11-23T12:07:30Z',
    'UTC',
    168,
    168,
    '2026-11-16 13:00',
    '2026-11-23 12:00',
  ],
  [
    'a month',
    { name: 'month' },
    '2026-11-23T12:07:30Z',
    'UTC',
    30,
    30,
    '2026-10-25 00:00',
    '2026-11-23 00:00',
  ],
  ['a year', { name: 'year' }, '2026-11-23T12:07:30Z', 'UTC', 53, 52, '2025-11-24 00:00', '2026-11-23 00:00'],
  // The clock was set forward on 2026-03-29, and back on 2026-10-25.
  [
    'the day after spring',
    { name: 'day' },
    '2026-03-29T12:07:30Z',
    'Europe/Berlin',
    96,
    96,
    '2026-03-28 13:15',
    '2026-03-29 14:00',
  ],
  [
    'the week after spring',
    { name: 'week' },
    '2026-04-01T12:07:30Z',
    'Europe/Berlin',
    168,
    168,
    '2026-03-25 14:00',
    '2026-04-01 14:00',
  ],
  [
    'the week after autumn',
    { name: 'week' },
    '2026-10-28T12:07:30Z',
    'Europe/Berlin',
    167,
    168,
    '2026-10-21 15:00',
    '2026-10-28 13:00',
  ],
] as const

for (const [name, span, now, zone, count, back, first, last] of ASKED)
  test(`what is compared: ${name}`, () => {
    const asked = ask(span, now, zone)
    const { points, before } = compared(asked)
    assert.equal(points.length, count)
    assert.deepEqual(
      [points[0]!, points.at(-1)!].map(({ time }) => wall(asked, time)),
      [first, last],
    )
    // Each with that of the same clock time, where there was one.
    for (const [index, point] of points.entries())
      if (before[index] !== null) assert.equal(before[index], point.count! - back, point.time)
    const gone = before.filter(each => each === null).length
    assert.ok(gone <= (zone === 'UTC' ? 0 : 4), `${gone} of ${count} are compared with nothing`)
  })

test('a steady stream is compared with as much, whenever one looks', () => {
  for (const name of ['hour', 'day', 'week', 'month', 'year'] as const)
    for (const minute of ['00:00', '00:01', '07:30', '14:59', '59:59']) {
      const asked = ask({ name }, `2026-11-23T12:${minute}Z`)
      const series = { key: 'k', kind: 'count', isForgotten: false, ...compared(asked, () => 100) } as const
      const { value, before } = figureOf(series, undefined)
      assert.equal(value, before, `${name} ${minute}`)
      assert.ok(value! > 0)
      // The one that is not over is not told to be less.
      if (series.isRunning) assert.equal(figureOf(series, series.points.length - 1).isRunning, true)
    }
})

test('a time of one’s own is shown whole, and what has not begun is not', () => {
  const own = (from: string, to: string) => ({ from: Date.parse(from), to: Date.parse(to) })
  const now = '2026-11-23T12:07:30Z'
  const past = compared(ask(own('2026-11-10T00:00Z', '2026-11-13T00:00Z'), now))
  assert.deepEqual([past.points.length, past.isRunning], [72, false])
  assert.equal(past.before[0], past.points[0]!.count! - 72)
  const odd = compared(ask(own('2026-11-10T10:07Z', '2026-11-10T11:09Z'), now))
  assert.deepEqual([odd.points.length, odd.before[61]], [62, odd.points[61]!.count! - 62])
  const future = compared(ask(own('2026-11-23T12:00Z', '2026-11-23T12:30Z'), now))
  assert.deepEqual([future.points.length, future.isRunning], [8, true])
})

test('months and years are those of the calendar', () => {
  const months = ask({ name: 'year' }, '2026-03-15T00:00:00Z', 'Europe/Berlin', 'month')
  const { points, before } = compared(months)
  assert.deepEqual(
    [points[0]!, points.at(-1)!].map(({ time }) => wall(months, time)),
    ['2025-04-01 00:00', '2026-03-01 00:00'],
  )
  assert.deepEqual(
    before,
    points.map(({ count }) => count! - 12),
  )
  const years = compared(ask({ name: 'year' }, '2026-03-15T00:00:00Z', 'UTC', 'year'))
  assert.deepEqual(
    years.points.map(({ count }) => count),
    [2025, 2026],
  )
  assert.deepEqual(years.before, [2023, 2024])
})

test('what is not kept is compared with nothing', () => {
  const asked = ask({ name: 'hour' }, '2026-11-23T12:07:30Z')
  const { points } = compared(asked)
  assert.ok(pairsOf(points, [], asked).every(each => each === null))
  assert.equal(timeBefore([], asked), undefined)
  assert.equal(isRunning([], asked), false)
})
