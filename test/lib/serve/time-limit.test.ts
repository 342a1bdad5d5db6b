import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { TimeLimit } from '../../../src/lib/serve/time-limit.ts'

/** One wait of a second, and a clock that the test moves. */
function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let [now, progressAt] = [0, Number.NEGATIVE_INFINITY]
  t.mock.method(performance, 'now', () => now)
  const limit = new TimeLimit(1000, () => progressAt)
  const fates: string[] = []
  const { promise, resolve } = Promise.withResolvers<string>()
  limit
    .wait(promise, () => new Error('late'))
    .then(
      fate => fates.push(fate),
      (error: Error) => fates.push(error.message),
    )
  return {
    limit,
    resolve,
    progress() {
      progressAt = now
    },
    async pass(milliseconds: number) {
      for (let left = milliseconds; left > 0; left -= 100) {
        now += 100
        t.mock.timers.tick(100)
      }
      await turn()
      return fates[0]
    },
  }
}

test('too long is the limit, without progress', async t => {
  const { pass } = start(t)
  assert.equal(await pass(900), undefined)
  assert.equal(await pass(200), 'late')
})

test('with progress it begins anew, but not for ever', async t => {
  const { pass, progress } = start(t)
  assert.equal(await pass(900), undefined)
  progress()
  assert.equal(await pass(900), undefined)
  progress()
  assert.equal(await pass(300), 'late')
})

test('what comes in time is what becomes of it', async t => {
  const { pass, resolve } = start(t)
  await pass(900)
  resolve('done')
  await pass(0)
  assert.equal(await pass(2000), 'done')
})

test('all are ended when it is given up', async t => {
  const { limit, pass } = start(t)
  limit.giveUp(new Error('stopping'))
  assert.equal(await pass(100), 'stopping')
})
