// Each number is bounded, and what they add up to is not.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { orSkip } from '../../servers/available.ts'
import { startRedis } from '../../servers/redis.ts'
import { Count } from './count-daemon.ts'

const STORES: { readonly [name: string]: (t: TestContext) => Promise<string[] | undefined> } = {
  SQLite: async () => [],
  async Redis(t) {
    const redis = await orSkip(t, () => startRedis({ config: { appendonly: 'no' } }))
    if (!redis) return undefined
    t.after(() => redis.stop())
    return ['--store', redis.url]
  },
}

for (const [name, flagsOf] of Object.entries(STORES))
  test(`bug: ${name}: a sum of more than 30 digits ended the counting of its account`, async t => {
    const flags = await flagsOf(t)
    if (!flags) return
    const sum = ['--sum', '{account}/revenue = {amount}']
    const count = new Count(t, ['--key', '{account}/{type}', ...sum, ...flags])
    const event = (account: string, amount: string, day = 7) => ({
      ...{ account, amount, type: 'buy' },
      time: `2025-01-0${day}T00:00:00Z`,
    })
    const padded = `${'0'.repeat(40)}1.5`
    for (const amount of ['9e29', '9e29', padded, '9e29', '-0.5', '0.75'])
      await count.count([event('large', amount), event('small', '1')])
    await count.count([event('large', '9e29', 8), event('large', '-9e29', 8), event('large', '-1', 9)])
    const total = `27${'0'.repeat(29)}.75`
    assert.equal(await (await count.get('/large/revenue/2025')).text(), `{"01":${total}}`)
    const series = '/series/large/revenue?from=2025-01-01&to=2025-02-01&step=week'
    assert.match(await (await count.get(series)).text(), new RegExp(`"count":${total}`))
    assert.deepEqual(await count.json('/large/buy/2025'), { '01': 9 })
    assert.deepEqual(await count.json('/small/revenue/2025'), { '01': 6 })
    const { books } = (await count.daemon.status()).stages[0]!
    assert.equal(books.in, 15)
    assert.equal(await count.daemon.stop(), 0)
  })
