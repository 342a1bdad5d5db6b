import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSteps, readSteps } from '../../../src/daemons/map/steps.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

const STEPS = [
  'set a.b = 1',
  'set b.c.a = a',
  'set a = record.b',
  'drop-fields a.b,b.0.c,c.1',
  'drop-fields a',
  'rename a.b b.c',
  'rename b.0 c',
  'rename c.a a',
  'keep-fields a,b.c',
  'redact * /x+/',
  'redact a.b,b.0 /1/',
  'hash a,b.c',
]

test('whatever the steps and the record: when one throws, the record is what it was', t => {
  const key = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', '0', '__proto__')
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('x', 'xx1', 1, null, true),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }))
  const record = fc.dictionary(key, tree, { maxKeys: 5 })
  const report = fc.check(
    fc.property(
      fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 6 }),
      record,
      (written, fields) => {
        const steps = createSteps(readSteps({ do: [...written, 'drop *'], steps: undefined }), {
          drop: () => {
            throw new Error('the last step')
          },
          acceptance: () => assert.fail('nothing asks for it'),
          count: () => {},
          failed: () => {},
          key: Buffer.from('sixteen bytes of secret'),
          remember: 10,
        })
        const text = JSON.stringify({ '@meta': { id: '1' }, ...fields })
        const record = JSON.parse(text) as LogRecord
        assert.throws(() => steps(record), /the last step/)
        assert.deepEqual(record, JSON.parse(text))
      },
    ),
    { numRuns: process.env.SLUICE_FAULTS === 'long' ? 100_000 : 1_000 },
  )
  t.diagnostic(`seed ${report.seed}`)
  assert.ok(!report.failed, fc.defaultReportMessage(report) ?? '')
})
