import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pause } from '../../../src/daemons/syslog-udp/pause.ts'

const MiB = 1024 * 1024
const came = (datagrams: number, each: number, milliseconds = 10) => ({
  datagrams,
  bytes: datagrams * each,
  milliseconds,
})

test('ten milliseconds where the buffer holds far more than comes meanwhile', () => {
  assert.equal(pause(came(0, 0), 4096), 10)
  assert.equal(pause(came(400, 180), 8 * MiB), 10)
  assert.equal(pause(came(1200, 180), 8 * MiB), 10)
})

test('less where a quarter of the buffer is full before that, but never none', () => {
  // The default of Linux holds some 500 small datagrams: 128 come in 3 ms at 40,000 a second.
  assert.equal(pause(came(400, 180), 212_992), 3)
  assert.equal(pause(came(4000, 180), 212_992), 1)
  // 60 KB each: 8 MiB hold 218.
  assert.equal(pause(came(100, 60_000), 8 * MiB), 5)
})

test('at the first look, when no time has passed', () => {
  assert.ok(pause(came(100, 180, 0), 212_992) >= 1)
})
