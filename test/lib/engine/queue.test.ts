import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Queue } from '../../../src/lib/engine/queue.ts'

test('it does what an array does', () => {
  const action = fc.constantFrom('push', 'push', 'shift', 'peek')
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), actions => {
      const queue = new Queue<number>()
      const model: number[] = []
      for (const [n, what] of actions.entries()) {
        if (what === 'push') {
          queue.push(n)
          model.push(n)
        } else if (what === 'shift') assert.equal(queue.shift(), model.shift())
        assert.equal(queue.peek(), model[0])
        assert.equal(queue.length, model.length)
      }
    }),
  )
})

test('a long queue keeps its order while it gives back its memory', () => {
  const queue = new Queue<number>()
  let pushed = 0
  let shifted = 0
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 1000; n++) queue.push(pushed++)
    for (let n = 0; n < 800; n++) assert.equal(queue.shift(), shifted++)
  }
  assert.equal(queue.length, 4000)
  while (queue.length > 0) assert.equal(queue.shift(), shifted++)
  assert.equal(queue.shift(), undefined)
  queue.push(1)
  assert.equal(queue.shift(), 1)
})
