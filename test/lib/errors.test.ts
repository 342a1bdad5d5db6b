import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { codeOf, Fatal, Misuse, messageOf } from '../../src/lib/errors.ts'

test('the message of whatever was thrown', () => {
  const table: [unknown, string][] = [
    [new Error('no'), 'no'],
    [new TypeError(), 'TypeError'],
    [new Misuse('type this'), 'type this'],
    [new Fatal(''), 'Fatal'],
    ['text', 'text'],
    [7, '7'],
    [undefined, 'undefined'],
    [null, 'null'],
    [
      new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
      'fetch failed: connect ECONNREFUSED',
    ],
    [new Error('odd', { cause: 'a text' }), 'odd'],
    [new AggregateError([new Error('v6'), new Error('v4')]), 'v6; v4'],
    [new AggregateError([], 'none'), 'none'],
  ]
  for (const [error, message] of table) assert.equal(messageOf(error), message)
})

test('bug: the message of an error that is its own cause had no end', () => {
  const error = new Error('loop')
  error.cause = error
  assert.equal(messageOf(error), 'loop')
})

test('bug: what has no text could not be named', () => {
  assert.equal(messageOf(Object.create(null)), '[Object: null prototype] {}')
  assert.equal(messageOf({ code: 5 }), '{ code: 5 }')
})

test('the code of a system error', async () => {
  const error = await readFile('/nothing/there').catch(thrown => thrown)
  assert.equal(codeOf(error), 'ENOENT')
  for (const other of [undefined, null, 'x', new Error('x'), { code: 7 }])
    assert.equal(codeOf(other), undefined)
})
