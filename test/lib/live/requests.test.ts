import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readEvents, readRates } from '../../../src/lib/live/requests.ts'
import { BadRequest } from '../../../src/lib/serve/parameters.ts'

const refused =
  (parameter: string, says: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof BadRequest)
    assert.equal((error.details as { parameter: string }).parameter, parameter)
    assert.match(error.message, says)
    return true
  }

describe('what is asked of /events', () => {
  for (const [given, parameter, says] of [
    ['tpic=a', 'tpic', /"tpic" is not a parameter; here are match, sample, rate, last, topic/],
    ['sample=0', 'sample', /sample is a whole number from 1 to/],
    ['sample=ten', 'sample', /sample is a whole number/],
    ['rate=1.5', 'rate', /rate is a whole number from 1 to 10000/],
    ['last=1001', 'last', /last is a whole number from 0 to 1000/],
    ['last=1&last=2', 'last', /last is there more than once/],
    ['match=(', 'match', /parenthesis/],
    [Array.from({ length: 101 }, (_, n) => `topic=${n}`).join('&'), 'topic', /at most 100 topics; shop\.\*/],
  ] as const)
    test(`not ${given.slice(0, 30)}`, () => {
      assert.throws(() => readEvents(new URLSearchParams(given), undefined), refused(parameter, says))
    })

  test('is the same subscription, however it is written', () => {
    const keyOf = (given: string) =>
      readEvents(new URLSearchParams(given), undefined).subscription.selection.key
    assert.equal(keyOf('topic=b&topic=a&topic=a&match=x'), keyOf('match=++x&topic=a&topic=b'))
    assert.equal(keyOf('topic=a&topic=*'), keyOf(''))
    assert.notEqual(keyOf('topic=a'), keyOf('topic=b'))
  })

  test('is another one for who may see less', () => {
    const scope = { account: 'acme', sees: () => true }
    const other = { account: 'shop', sees: () => true }
    const keys = [undefined, scope, other].map(
      one => readEvents(new URLSearchParams(), one).subscription.selection.key,
    )
    assert.equal(new Set(keys).size, 3)
  })
})

describe('what is asked of /rates', () => {
  test('is by the usual fields where nobody says by which', () => {
    assert.deepEqual(readRates(new URLSearchParams(), ['type'], undefined).by, ['type'])
    assert.deepEqual(readRates(new URLSearchParams('by=a&by=data.b&by=a'), ['type'], undefined).by, [
      'a',
      'data.b',
    ])
  })

  for (const [given, says] of [
    ['by={type}', /"\{type\}" is not the name of a field; write for example by=type/],
    ['by=', /is not the name of a field/],
    [Array.from({ length: 11 }, (_, n) => `by=${n}`).join('&'), /at most 10 fields/],
  ] as const)
    test(`not ${given.slice(0, 30)}`, () => {
      assert.throws(() => readRates(new URLSearchParams(given), [], undefined), refused('by', says))
    })
})
