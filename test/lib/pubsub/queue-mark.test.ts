import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { QueueMark } from '../../../src/lib/pubsub/queue-mark.ts'

test('fewer large messages may wait, and more again when they have been gone for a while', () => {
  const queue = new QueueMark()
  assert.equal(queue.mark, 10_000)
  assert.equal(queue.fit(500), undefined)
  assert.equal(queue.fit(1_000_000), 16)
  assert.equal(queue.fit(500), undefined)
  for (let n = 0; n < 40; n++) queue.fit(500)
  assert.equal(queue.mark, 10_000)
})

test('what may wait is never much more than it is meant to be', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 20 }), { maxLength: 500 }), sizes => {
      const queue = new QueueMark()
      const sent: number[] = []
      for (const size of sizes) {
        queue.fit(size)
        sent.push(size)
        const waiting = sent.slice(-queue.mark).reduce((sum, one) => sum + one, 0)
        assert.ok(waiting <= 2 * 16 * 2 ** 20, `${waiting}`)
      }
    }),
  )
})
