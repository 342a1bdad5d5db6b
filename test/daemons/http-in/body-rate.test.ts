import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { BodyRate } from '../../../src/daemons/http-in/body-rate.ts'

const GRACE = 1000

/** A rate, and a clock that the test moves. */
function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let now = 0
  const tooSlow = t.mock.fn()
  const rate = new BodyRate(tooSlow, GRACE, () => now)
  const pass = (milliseconds: number) => {
    for (let left = milliseconds; left > 0; left -= 100) {
      now += 100
      t.mock.timers.tick(100)
    }
  }
  return { rate, pass, calls: () => tooSlow.mock.callCount() }
}

test('who sends nothing is too slow', t => {
  const { pass, calls } = start(t)
  pass(900)
  assert.equal(calls(), 0)
  pass(200)
  assert.equal(calls(), 1)
})

test('each KiB gives a second', t => {
  const { rate, pass, calls } = start(t)
  pass(800)
  rate.came(512)
  pass(600)
  assert.equal(calls(), 0)
  pass(200)
  assert.equal(calls(), 1)
})

test('who was fast may be silent for no longer than others', t => {
  const { rate, pass, calls } = start(t)
  rate.came(64 * 1024 * 1024)
  pass(900)
  assert.equal(calls(), 0)
  pass(200)
  assert.equal(calls(), 1)
})

test('what it waits for us does not count', t => {
  const { rate, pass, calls } = start(t)
  pass(500)
  rate.pause()
  pass(60_000)
  rate.resume()
  pass(400)
  assert.equal(calls(), 0)
  pass(1200)
  assert.equal(calls(), 1)
})

test('who has come to the end is not', t => {
  const { rate, pass, calls } = start(t)
  rate.stop()
  pass(60_000)
  assert.equal(calls(), 0)
})
