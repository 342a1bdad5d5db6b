import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { choose, type Wanted } from '../../../src/commands/replay/letter.ts'

const ALL: Wanted = { reason: [], stage: [], attempts: 3, maxRecord: 1000 }
const dead = { reason: 'mapping', stage: 'elasticsearch', attempts: 1, at: '2026-10-11T00:00:00.000Z' }

const lineOf = (meta: object = {}, fields: object = { message: 'x' }) =>
  Buffer.from(`${JSON.stringify({ '@meta': { id: 'a', dead, ...meta }, ...fields })}\n`)

describe('a letter comes out as the record that it was', () => {
  for (const [what, line, out] of [
    ['as it is', lineOf(), '{"@meta":{"id":"a","replays":1},"message":"x"}'],
    ['again', lineOf({ replays: 1 }), '{"@meta":{"id":"a","replays":2},"message":"x"}'],
    [
      'with all that it says of itself',
      lineOf({ received: 5, peer: '10.0.0.1:5', bytes: '/w==', own: [1] }),
      '{"@meta":{"id":"a","received":5,"peer":"10.0.0.1:5","bytes":"/w==","own":[1],"replays":1},"message":"x"}',
    ],
    [
      'with its @meta first, and its numbers',
      Buffer.from(
        '{"n":12345678901234567890,"m":1.10,"@meta":{"id":"a","dead":{"reason":"mapping"}},"dead":1}\n',
      ),
      '{"@meta":{"id":"a","replays":1},"n":12345678901234567890,"m":1.10,"dead":1}',
    ],
    ['without LF', lineOf().subarray(0, -1), '{"@meta":{"id":"a","replays":1},"message":"x"}'],
    [
      'exactly as large as a record may be',
      lineOf({}, { message: 'x'.repeat(1000 - 45) }),
      `{"@meta":{"id":"a","replays":1},"message":"${'x'.repeat(1000 - 45)}"}`,
    ],
  ] as const)
    test(what, () => {
      assert.equal(JSON.stringify(choose(line, ALL)), out)
    })
})

describe('a line stays', () => {
  for (const [what, line, wanted, why] of [
    ['that is no JSON', Buffer.from('{"@meta":{"id":"a","de\n'), {}, 'not readable'],
    ['that is no object', Buffer.from('[1]\n'), {}, 'not readable'],
    ['that is no record', Buffer.from('{"message":"x"}\n'), {}, 'not readable'],
    ['that is a record, and no letter', Buffer.from('{"@meta":{"id":"a"}}\n'), {}, 'not readable'],
    ['without an id', Buffer.from('{"@meta":{"dead":{"reason":"x"}}}\n'), {}, 'not readable'],
    ['whose @meta is not sound', lineOf({ id: 'no id' }), {}, 'not readable'],
    ['without a reason', lineOf({ dead: {} }), {}, 'not readable'],
    [
      'that is not UTF-8',
      Buffer.from(lineOf().toString('latin1').replace('x', '\u00ff'), 'latin1'),
      {},
      'not readable',
    ],
    ['of another reason', lineOf(), { reason: ['oversize', 'error'] }, 'not asked for'],
    ['of another stage', lineOf(), { stage: ['syslog-json'] }, 'not asked for'],
    ['of the reason, and another stage', lineOf(), { reason: ['mapping'], stage: ['x'] }, 'not asked for'],
    ['refused as often', lineOf({ dead: { ...dead, attempts: 3 } }), {}, 'refused too often'],
    ['refused more often', lineOf({ dead: { ...dead, attempts: 9 } }), {}, 'refused too often'],
    ['not even once', lineOf(), { attempts: 1 }, 'refused too often'],
    ['too large', lineOf({}, { message: 'x'.repeat(1001 - 45) }), {}, 'too large'],
  ] as const)
    test(what, () => {
      assert.equal(choose(line, { ...ALL, ...wanted }), why)
    })
})

describe('a letter is sent', () => {
  for (const [what, line, wanted] of [
    ['of one of the reasons', lineOf(), { reason: ['error', 'mapping'] }],
    ['of one of the stages', lineOf(), { stage: ['a', 'elasticsearch'] }],
    ['once less than too often', lineOf({ dead: { ...dead, attempts: 2 } }), {}],
    ['however often', lineOf({ dead: { ...dead, attempts: 900 } }), { attempts: 0 }],
    ['that does not say how often', lineOf({ dead: { reason: 'x' } }), { attempts: 2 }],
  ] as const)
    test(what, () => {
      assert.equal(typeof choose(line, { ...ALL, ...wanted }), 'object')
    })
})

test('a line without anything is nothing', () => {
  for (const line of ['\n', '\r\n', ' \n']) assert.equal(choose(Buffer.from(line), ALL), undefined)
})
