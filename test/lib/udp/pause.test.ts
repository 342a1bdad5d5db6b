import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace, pause as pauseWithin } from '../../../src/lib/udp/pause.ts'

const MiB = 1024 * 1024
/** What Linux grants where nobody has raised net.core.rmem_max: room for some 500 small datagrams. */
const DEFAULT = 212_992

const pause = (last: Parameters<typeof pauseWithin>[0], granted: number) => pauseWithin(last, granted, 25)

const came = (datagrams: number, each: number, milliseconds = 10) => ({
  datagrams,
  bytes: datagrams * each,
  milliseconds,
})

test('25 ms where the buffer holds far more than comes meanwhile', () => {
  assert.equal(pause(came(0, 0), 8 * MiB), 25)
  assert.equal(pause(came(1, 180), 8 * MiB), 25)
  assert.equal(pause(came(400, 180), 8 * MiB), 25)
})

test('no more than what the daemon can wait', () => {
  assert.equal(pauseWithin(came(1, 180), 8 * MiB, 10), 10)
  assert.equal(pauseWithin(came(4000, 180), 64 * MiB, 10), 3)
})

test('less where a quarter of the buffer is full before that, but never none', () => {
  // 2,500 fit in, and 70 come in a millisecond.
  assert.equal(pause(came(700, 180), 1 * MiB), 8)
  // 60 KB each: 1 MiB holds 27.
  assert.equal(pause(came(10, 60_000), 1 * MiB), 6)
  assert.equal(pause(came(4000, 180), DEFAULT), 1)
  assert.equal(pause(came(100_000, 180), 1), 1)
})

test('a small buffer has to hold what may come all of a sudden, however little came', () => {
  assert.equal(pause(came(0, 0), DEFAULT), 2)
  assert.equal(pause(came(1, 180), DEFAULT), 2)
  assert.equal(pause(came(10, 180), 1 * MiB), 12)
})

test('less where more comes than a cache holds, however large the buffer is', () => {
  // 1,260 fit into 1 MiB.
  assert.equal(pause(came(1000, 180), 8 * MiB), 12)
  assert.equal(pause(came(4000, 180), 64 * MiB), 3)
  assert.equal(pause(came(10, 60_000), 8 * MiB), 13)
})

test('bug: of what came in several calls only the last one counted', () => {
  const pace = new Pace(8 * MiB, 25, 0)
  for (let n = 0; n < 4; n++) pace.note(1000, 1000 * 180)
  assert.equal(pace.next(10), 3)
  assert.equal(pace.next(20), 25)
})

test('at the first look, when no time has passed', () => {
  assert.ok(pause(came(100, 180, 0), DEFAULT) >= 1)
})
