import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Framing } from '../../../src/lib/text/frame.ts'
import { Unfinished } from '../../../src/lib/text/unfinished.ts'

const framing = (held: number) => ({ held }) as Framing & { held: number }

test('over the bound, the one that holds most is ended, and only that one', () => {
  const ended: string[] = []
  const unfinished = new Unfinished(100)
  const [small, large, other] = [framing(20), framing(70), framing(15)]
  unfinished.note(small, () => ended.push('small'))
  unfinished.note(large, () => ended.push('large'))
  assert.equal(ended.length, 0)
  unfinished.note(other, () => ended.push('other'))
  assert.deepEqual(ended, ['large'])
  // Its 70 are gone.
  other.held = 80
  unfinished.note(other, () => assert.fail())
  assert.deepEqual(ended, ['large'])
})

test('what was finished or has ended does not count', () => {
  const unfinished = new Unfinished(100)
  const one = framing(90)
  unfinished.note(one, () => assert.fail())
  one.held = 0
  unfinished.note(one, () => assert.fail())
  const two = framing(90)
  unfinished.note(two, () => assert.fail())
  unfinished.forget(two)
  unfinished.note(framing(90), () => assert.fail())
})
