import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Said, statusLine } from '../../../src/lib/systemd/status-line.ts'

const IDLE: Said = { taken: 0, rate: 0, held: 0, spooled: 0, waiting: [] }

const cases: [said: Partial<Said>, line: string][] = [
  [{}, '0 records'],
  [{ phase: 'starting' }, 'starting; 0 records'],
  [{ taken: 12_345, rate: 120.4 }, '12345 records, 120/s'],
  [{ taken: 1, rate: 0.3 }, '1 record'],
  [{ taken: 9, held: 4, spooled: 7 }, '9 records; 4 held; 7 in the spool'],
  [{ waiting: ['one', 'two'] }, '0 records; waits for: one; two'],
  [{ waiting: ['a\nREADY=1\0\t'] }, '0 records; waits for: a READY=1'],
]

for (const [said, line] of cases)
  test(line, () => {
    assert.equal(statusLine({ ...IDLE, ...said }), line)
  })

test('a long one is cut, and stays text', () => {
  const text = statusLine({ ...IDLE, waiting: ['😀'.repeat(300)] })
  assert.equal(text.length, 300)
  assert.ok(text.isWellFormed())
})
