import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RateLimit, rateOption } from '../../../src/daemons/collect/rate.ts'

const option = rateOption('', '100/s')

test('rates as people write them', () => {
  const rates = ['100/s', '600/m', '90/min', '1/h', '0.5/s', 'off'].map(text => option.parse([text]))
  assert.deepEqual(rates, [100, 10, 1.5, 1 / 3600, 0.5, Number.POSITIVE_INFINITY])
})

for (const wrong of ['100', '0/s', '-1/s', '1/d', 's', '', '1/constructor'])
  test(`"${wrong}" is none`, () => {
    assert.throws(() => option.parse([wrong]), /is not a rate; write for example 100\/s/)
  })

test('so many at once, then as many as come in again, and never more', () => {
  let now = 0
  const limit = new RateLimit(2, 3, { now: () => now })
  const admitted = (times: number) =>
    Array.from({ length: times }, () => limit.admits('192.0.2.1')).filter(Boolean).length
  assert.equal(admitted(5), 3)
  now += 500
  assert.equal(admitted(5), 1)
  now += 3_600_000
  assert.equal(admitted(5), 3)
  assert.equal(limit.admits('192.0.2.2'), true)
})

test('with more clients than it may remember, it remembers those that come often', () => {
  const limit = new RateLimit(1e-9, 1, { clients: 100 })
  assert.equal(limit.admits('192.0.2.1'), true)
  for (let n = 0; n < 10_000; n++) {
    limit.admits(`10.0.${n >> 8}.${n & 255}`)
    assert.equal(limit.admits('192.0.2.1'), false)
  }
})

test('without a limit nobody is remembered, and all come in', () => {
  const limit = new RateLimit(Number.POSITIVE_INFINITY, 1)
  for (let n = 0; n < 10; n++) assert.equal(limit.admits('192.0.2.1'), true)
})
