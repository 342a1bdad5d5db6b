import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nowAndThen } from '../../src/lib/now-and-then.ts'

test('bug: what expired was deleted several times at once where it took longer than ten seconds, and all who wrote waited for each', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const ends: (() => void)[] = []
  let works: PromiseWithResolvers<void>[] = []
  const work = () => {
    const one = Promise.withResolvers<void>()
    works.push(one)
    return one.promise
  }
  nowAndThen(10_000, work, { defer: end => ends.push(end as () => void) })
  t.mock.timers.tick(9_999)
  assert.equal(works.length, 0)
  t.mock.timers.tick(30_001)
  assert.equal(works.length, 1)
  // It goes on after one that failed.
  for (const end of ['resolve', 'reject'] as const) {
    works.pop()![end]()
    await new Promise(setImmediate)
    t.mock.timers.tick(10_000)
    assert.equal(works.length, 1)
  }
  works = []
  for (const end of ends) end()
  t.mock.timers.tick(30_000)
  assert.equal(works.length, 0)
})
