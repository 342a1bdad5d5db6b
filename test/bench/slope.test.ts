import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blocksOf, isZero, lineThrough, type Point } from '../../bench/soak/slope.ts'

/** The same numbers each time: -1 to 1, without a trend. */
const noise = (n: number) => Math.sin(n * 12.9898) * Math.cos(n * 78.233)

const series = (length: number, value: (n: number) => number): Point[] =>
  Array.from({ length }, (_, at) => ({ at, value: value(at) }))

test('a block is the median of its time, whatever a point in it says', () => {
  const points = series(20, at => (at === 3 ? 1_000 : at))
  assert.deepEqual(blocksOf(points, 10), [
    { at: 4.5, value: 5.5 },
    { at: 14.5, value: 14.5 },
  ])
})

test('half a block at the end is none', () => {
  assert.equal(
    blocksOf(
      series(23, at => at),
      10,
    ).length,
    2,
  )
  assert.deepEqual(blocksOf([], 10), [])
})

test('an exact line', () => {
  const line = lineThrough([series(10, at => 5 + 3 * at)])
  assert.deepEqual(line, { slope: 3, low: 3, high: 3, scatter: 0, span: 9 })
})

test('a tenth of wild points does not bend it', () => {
  const line = lineThrough([series(40, at => (at % 10 === 7 ? 900 : 2 * at + noise(at)))])!
  assert.ok(Math.abs(line.slope - 2) < 0.1, `${line.slope}`)
})

test('noise alone is zero', () => {
  assert.ok(isZero(lineThrough([series(60, at => 80 + 5 * noise(at))])!, 0))
})

test('a leak in noise is not', () => {
  const line = lineThrough([series(60, at => 80 + 5 * noise(at) + 0.5 * at)])!
  assert.ok(line.low > 0 && line.low < 0.5 && line.high > 0.5, JSON.stringify(line))
  assert.ok(!isZero(line, 2))
})

test('what shrinks is no less a slope', () => {
  assert.ok(!isZero(lineThrough([series(60, at => 80 - at)])!, 2))
})

test('a change that is proven and less than the least is zero', () => {
  const line = lineThrough([series(60, at => 80 + 0.01 * at)])!
  assert.ok(line.low > 0)
  assert.ok(isZero(line, 2))
})

test('lives that each begin anew have no slope in common', () => {
  const lives = [0, 1, 2].map(life => series(10, n => 50 + 20 * life + noise(life * 10 + n)))
  assert.ok(isZero(lineThrough(lives)!, 0))
})

test('lives that each grow have one, though each begins anew', () => {
  const lives = [0, 1, 2].map(life => series(10, n => 50 + 3 * n + noise(life * 10 + n)))
  const line = lineThrough(lives)!
  assert.ok(Math.abs(line.slope - 3) < 0.3, `${line.slope}`)
  assert.equal(line.span, 9)
  assert.ok(!isZero(line, 2))
})

test('too few points say nothing', () => {
  assert.equal(lineThrough([series(3, at => at)]), undefined)
  assert.equal(lineThrough([]), undefined)
})
