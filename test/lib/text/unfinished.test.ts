import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Unfinished } from '../../../src/lib/text/unfinished.ts'

const log = pino({ level: 'silent' })

test('over the bound, the one that holds most is ended, and only that one', () => {
  const ended: string[] = []
  const unfinished = new Unfinished({ log, maxRecord: 1 }, 100)
  unfinished.note('small', 20, () => ended.push('small'))
  unfinished.note('large', 70, () => ended.push('large'))
  assert.equal(ended.length, 0)
  unfinished.note('other', 15, () => ended.push('other'))
  assert.deepEqual(ended, ['large'])
  // Its 70 are gone.
  unfinished.note('other', 80, () => assert.fail())
  assert.deepEqual(ended, ['large'])
})

test('what was finished or has ended does not count', () => {
  const unfinished = new Unfinished({ log, maxRecord: 1 }, 100)
  unfinished.note('one', 90, () => assert.fail())
  unfinished.note('one', 0, () => assert.fail())
  unfinished.note('two', 90, () => assert.fail())
  unfinished.forget('two')
  unfinished.note('three', 90, () => assert.fail())
})

test('a message that is no longer than a record is never too much by itself', () => {
  const unfinished = new Unfinished({ log, maxRecord: 1000 }, 100)
  unfinished.note('one', 2000, () => assert.fail())
})
