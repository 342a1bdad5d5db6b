import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Backoff } from '../../src/lib/backoff.ts'

test('each wait is between a tenth of the ceiling and the ceiling, which doubles up to the most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 60_000 }), (first, most) => {
      const backoff = new Backoff(first, most)
      for (let attempt = 0; attempt < 50; attempt++) {
        const ceiling = Math.min(most, first * 2 ** attempt)
        assert.equal(backoff.attempts, attempt)
        const wait = backoff.next()
        assert.ok(wait >= ceiling * 0.1 && wait <= ceiling, `attempt ${attempt}: ${wait} of ${ceiling}`)
      }
    }),
  )
})

test('a success starts it anew', () => {
  const backoff = new Backoff(100, 5_000)
  for (let n = 0; n < 10; n++) backoff.next()
  backoff.reset()
  assert.equal(backoff.attempts, 0)
  assert.ok(backoff.next() <= 100)
})

test('it waits, and counts its waits', async () => {
  const backoff = new Backoff(1)
  await backoff.wait(new AbortController().signal)
  assert.equal(backoff.attempts, 1)
})

test('a wait that nobody needs any more ends at once', async () => {
  const giveUp = new AbortController()
  const waiting = new Backoff(1e6, 1e6).wait(giveUp.signal)
  giveUp.abort()
  await assert.rejects(waiting, { name: 'AbortError' })
  await assert.rejects(new Backoff(1e6, 1e6).wait(giveUp.signal), { name: 'AbortError' })
})
