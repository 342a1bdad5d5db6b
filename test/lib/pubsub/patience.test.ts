import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Patience } from '../../../src/lib/pubsub/patience.ts'

test('it waits for a second, and then for a tenth of the time', async () => {
  let time = 0
  const patience = new Patience(() => time)
  async function waited(): Promise<number> {
    const from = time
    for (;;) {
      const moment = patience.wait()
      if (!moment) return time - from
      time += 20
      await moment
    }
  }
  const first = await waited()
  assert.ok(first >= 1000 && first <= 1150, `${first}`)
  assert.equal(await waited(), 0)
  for (let spent = 0, from = time; time < from + 10_000; ) {
    time += 70
    spent += await waited()
    assert.ok(spent <= (time - from) / 10 + 20, `${spent} of ${time - from}`)
  }
  time += 3_600_000
  assert.ok((await waited()) <= 1150)
})
