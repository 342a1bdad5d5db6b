// Steps that let fewer records through, and what comes again.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import map from '../../../src/daemons/map.ts'
import type { Receipt } from '../../../src/lib/engine/receipt.ts'
import { drive } from '../../support/drive.ts'
import { settled } from '../../support/link.ts'

/** Records of an id and when they were received. */
const at = (id: string, received: number, fields: object = {}) => ({ '@meta': { id, received }, ...fields })
const idsOf = (out: { '@meta': { id: string } }[]) => out.map(record => record['@meta'].id)

/** What is given on is accepted when the test says so. */
async function held(...flags: string[]) {
  const stage = await drive(map, ...flags)
  const waiting: (() => void)[] = []
  stage.answer = ({ count }) =>
    new Promise(resolve => {
      waiting.push(() => resolve({ stored: count }))
    })
  const receipts: (Receipt | Error | undefined)[] = []
  return {
    stage,
    receipts,
    async push(...records: object[]) {
      const n = receipts.push(undefined) - 1
      stage.push(records as never).then(
        receipt => {
          receipts[n] = receipt
        },
        error => {
          receipts[n] = error
        },
      )
      await settled()
    },
    async accept() {
      waiting.shift()!()
      await settled()
    },
    async [Symbol.asyncDispose]() {
      for (const accept of waiting) accept()
      await settled()
      await stage.close()
    },
  }
}

describe('sample', () => {
  const ids = Array.from({ length: 10_000 }, (_, n) => `1m81mchw086ck7j5z${n.toString(32).padStart(4, '0')}`)
  const chosen = async (...flags: string[]) => {
    await using stage = await drive(map, ...flags)
    await stage.push(ids.map((id, n) => at(id, 0, { trace: `t${n % 1000}` })))
    assert.equal(stage.books.outcomes['dropped:sampled'] ?? 0, ids.length - stage.out.length)
    return idsOf(stage.out)
  }

  test('is the part that was asked for, and the same when it comes again', async () => {
    for (const [step, part] of [
      ['sample 1/10', 0.1],
      ['sample 25%', 0.25],
      ['sample 0.5%', 0.005],
      ['sample 1/1', 1],
    ] as const) {
      const once = await chosen('--do', step)
      const share = once.length / ids.length
      assert.ok(
        Math.abs(share - part) < 4 * Math.sqrt((part * (1 - part)) / ids.length) + 1e-9,
        `${step}: ${share}`,
      )
      assert.deepEqual(await chosen('--do', step), once)
    }
  })

  test('one behind the other takes a part of what is left', async () => {
    const share = (await chosen('--do', 'sample 1/10', '--do', 'sample 1/10')).length / ids.length
    assert.ok(share > 0.005 && share < 0.016, String(share))
  })

  test('by a field takes all of its records or none', async () => {
    const traces = new Set((await chosen('--do', 'sample 1/10 by trace')).map(id => ids.indexOf(id) % 1000))
    assert.equal((await chosen('--do', 'sample 1/10 by trace')).length, traces.size * 10)
    assert.ok(traces.size > 60 && traces.size < 140, String(traces.size))
  })

  test('by a field that a record does not have is by its id', async () => {
    assert.deepEqual(await chosen('--do', 'sample 1/10 by gone'), await chosen('--do', 'sample 1/10'))
  })
})

describe('throttle', () => {
  test('lets the first of each period through, by when they were received and by key', async () => {
    await using stage = await drive(map, '--do', 'throttle 2 per 1s by host')
    const receipt = await stage.push([
      at('a1', 1_000, { host: 'a' }),
      at('a2', 1_999, { host: 'a' }),
      at('a3', 1_999, { host: 'a' }),
      at('b1', 1_999, { host: { name: 'b' } }),
      at('a4', 2_000, { host: 'a' }),
      // Late, and therefore in its own period.
      at('a5', 1_500, { host: 'a' }),
      at('x1', 1_500),
    ])
    assert.deepEqual(idsOf(stage.out), ['a1', 'a2', 'b1', 'a4', 'x1'])
    assert.deepEqual(receipt, { 'dropped:throttled': 2, sent: 5 })
  })

  test('what comes again is not throttled by itself, and does not count twice', async () => {
    await using link = await held('--do', 'throttle 2 per 1s')
    await link.push(at('a', 0), at('b', 0))
    // Nobody has acknowledged them: whoever brought them brings them again.
    await link.push(at('a', 0), at('b', 0), at('c', 0))
    assert.deepEqual(idsOf(link.stage.out), ['a', 'b', 'a', 'b'])
    await link.accept()
    await link.accept()
    // And when the acknowledgement was lost on its way.
    await link.push(at('a', 0), at('d', 0))
    assert.deepEqual(idsOf(link.stage.out).slice(4), ['a'])
  })

  test('a repeat uses up nothing of what is left', async () => {
    await using link = await held('--do', 'throttle 3 per 1s')
    await link.push(at('a', 0), at('b', 0))
    await link.accept()
    await link.push(at('a', 0), at('b', 0), at('c', 0), at('d', 0))
    assert.deepEqual(idsOf(link.stage.out), ['a', 'b', 'a', 'b', 'c'])
  })

  test('remembers so many keys, and counts those that it had to forget', async () => {
    await using stage = await drive(map, '--remember', '10', '--do', 'throttle 1 per 1h by k')
    await stage.push(Array.from({ length: 30 }, (_, n) => at(`${n}`, 1, { k: n })))
    assert.equal(stage.out.length, 30)
    assert.equal(stage.stage.counters.get('forgottenKeys'), 20)
    // The last ones are known, the first are not.
    await stage.push([at('x', 1, { k: 29 }), at('y', 1, { k: 0 })])
    assert.deepEqual(idsOf(stage.out).slice(30), ['y'])
  })

  test('keys of periods that are over are no loss', async () => {
    await using stage = await drive(map, '--remember', '10', '--do', 'throttle 1 per 1s by k')
    for (let n = 0; n < 40; n++) await stage.push([at(`${n}`, n * 1_000, { k: n })])
    assert.equal(stage.stage.counters.get('forgottenKeys'), 0)
  })
})

test('a record that was received in the future makes no end of what is remembered', async () => {
  const future = Date.now() + 86_400_000
  const received = Date.now()
  for (const step of ['dedupe a within 1m', 'throttle 1 per 1m by a']) {
    await using stage = await drive(map, '--do', step)
    const one = (id: string, at_: number, a?: string) => at(id, at_, a ? { a } : {})
    // Without the field, with it, and with another value.
    for (const [n, ahead] of [one('f1', future), one('f2', future, 'x'), one('f3', future, 'y')].entries()) {
      stage.out.length = 0
      await stage.push([ahead, ...['x', 'x', 'z', 'z', 'x'].map((a, i) => one(`${n}${i}`, received, a))])
      const expected = [ahead['@meta'].id, ...(n === 0 ? ['00', '02'] : [])]
      // The one from the future was the first of its likes.
      if (n === 1 && step.startsWith('dedupe')) expected.push('10')
      assert.deepEqual(idsOf(stage.out), expected, `${step} ${n}`)
    }
    assert.equal(stage.stage.counters.get('forgottenKeys'), 0)
  }
})

describe('dedupe', () => {
  test('lets the first through, and those of the time after it not', async () => {
    await using stage = await drive(map, '--do', 'dedupe host,message within 10s')
    const receipt = await stage.push([
      at('1', 0, { host: 'a', message: 'x' }),
      at('2', 9_999, { host: 'a', message: 'x' }),
      at('3', 9_999, { host: 'b', message: 'x' }),
      at('4', 10_000, { host: 'a', message: 'x' }),
      // Late.
      at('5', 9_000, { host: 'a', message: 'x' }),
      at('6', 19_999, { host: 'a', message: 'x' }),
      // Without any of them there is nothing to be like.
      at('7', 0),
      at('8', 0),
      at('9', 0, { message: 'x' }),
      at('10', 0, { message: 'x', host: null }),
    ])
    assert.deepEqual(idsOf(stage.out), ['1', '3', '4', '7', '8', '9'])
    assert.deepEqual(receipt, { 'dropped:duplicate': 4, sent: 6 })
  })

  test('no value looks like two others', async () => {
    await using stage = await drive(map, '--do', 'dedupe a,b within 10s')
    await stage.push([
      at('1', 0, { a: 'x","y' }),
      at('2', 0, { a: 'x', b: 'y' }),
      at('3', 0, { a: ['x', 'y'] }),
    ])
    assert.equal(stage.out.length, 3)
    const long = 'z'.repeat(10_000)
    await stage.push([at('4', 0, { a: long }), at('5', 0, { a: `${long}.` }), at('6', 0, { a: long })])
    assert.deepEqual(idsOf(stage.out).slice(3), ['4', '5'])
  })

  test('what comes again under its id is no duplicate of itself', async () => {
    await using link = await held('--do', 'dedupe message within 10s')
    await link.push(at('a', 0, { message: 'x' }))
    // Sent again, because the first copy was not acknowledged: with it dropped and the first one lost, nothing would be left.
    await link.push(at('a', 0, { message: 'x' }))
    assert.deepEqual(idsOf(link.stage.out), ['a', 'a'])
    await link.accept()
    await link.accept()
    await link.push(at('a', 0, { message: 'x' }))
    assert.deepEqual(idsOf(link.stage.out), ['a', 'a', 'a'])
  })

  test('a duplicate is acknowledged when the first one is accepted, and not before', async () => {
    await using link = await held('--do', 'dedupe message within 10s')
    await link.push(at('a', 0, { message: 'x' }))
    await link.push(at('b', 1, { message: 'x' }))
    await link.push(at('c', 2, { message: 'x' }), at('d', 2, { message: 'y' }))
    assert.deepEqual(link.receipts, [undefined, undefined, undefined])
    await link.accept()
    assert.deepEqual(link.receipts, [{ stored: 1 }, { 'dropped:duplicate': 1 }, undefined])
    await link.accept()
    assert.deepEqual(link.receipts[2], { 'dropped:duplicate': 1, stored: 1 })
    // And at once from then on.
    await link.push(at('e', 3, { message: 'x' }))
    assert.deepEqual(link.receipts[3], { 'dropped:duplicate': 1 })
  })

  test('after a restart nothing is known', async () => {
    for (let life = 0; life < 2; life++) {
      await using stage = await drive(map, '--do', 'dedupe message within 10s')
      await stage.push([at(`${life}`, 0, { message: 'x' })])
      assert.equal(stage.out.length, 1)
    }
  })

  test('remembers so many keys, and counts those that it had to forget', async () => {
    await using stage = await drive(map, '--remember', '10', '--do', 'dedupe k within 1h')
    await stage.push(Array.from({ length: 30 }, (_, n) => at(`${n}`, 1, { k: n })))
    await stage.push([at('x', 1, { k: 29 }), at('y', 1, { k: 0 })])
    assert.deepEqual(idsOf(stage.out).slice(30), ['y'])
    assert.equal(stage.stage.counters.get('forgottenKeys'), 21)
  })
})
