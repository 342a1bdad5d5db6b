import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasShare, Tally } from '../../../src/lib/live/tally.ts'

test('an account takes half of what the others leave, who may see everything takes all', () => {
  const taken = (account: string | undefined, others: number) => {
    let own = 0
    while (hasShare(account, own, others + own, 100)) own++
    return own
  }
  assert.equal(taken('acme', 0), 50)
  assert.equal(taken('acme', 50), 25)
  assert.equal(taken('acme', 99), 1)
  assert.equal(taken('acme', 100), 0)
  assert.equal(taken(undefined, 75), 25)
})

test('a tally forgets kinds of which there is none', () => {
  const tally = new Tally()
  for (const kind of ['a', 'a', 'b']) tally.add(kind)
  tally.remove('b')
  tally.remove('a')
  assert.deepEqual([tally.of('a'), tally.of('b'), tally.size], [1, 0, 1])
})
