import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Pace } from '../../../src/daemons/http-in/pace.ts'

const GRACE = 1000

/** A pace, and a clock that the test moves. */
function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let now = 0
  const tooSlow = t.mock.fn()
  const pace = new Pace(tooSlow, GRACE, () => now)
  const pass = (milliseconds: number) => {
    for (let left = milliseconds; left > 0; left -= 100) {
      now += 100
      t.mock.timers.tick(100)
    }
  }
  return { pace, pass, calls: () => tooSlow.mock.callCount() }
}

test('who sends nothing is too slow', t => {
  const { pass, calls } = start(t)
  pass(900)
  assert.equal(calls(), 0)
  pass(200)
  assert.equal(calls(), 1)
})

test('each KiB gives a second', t => {
  const { pace, pass, calls } = start(t)
  pace.came(3 * 1024)
  pass(3900)
  assert.equal(calls(), 0)
  pass(1200)
  assert.equal(calls(), 1)
})

test('what it waits for us does not count', t => {
  const { pace, pass, calls } = start(t)
  pass(500)
  pace.pause()
  pass(60_000)
  pace.resume()
  pass(400)
  assert.equal(calls(), 0)
  pass(1200)
  assert.equal(calls(), 1)
})

test('who has come to the end is not', t => {
  const { pace, pass, calls } = start(t)
  pace.stop()
  pass(60_000)
  assert.equal(calls(), 0)
})
