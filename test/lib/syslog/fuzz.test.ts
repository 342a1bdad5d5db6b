// What holds for any text whatsoever. `SLUICE_FAULTS=long` looks at 100,000 of them; SEED repeats a run.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createParser, PAYLOADS } from '../../../src/lib/syslog/index.ts'
import { assertLossless } from './support/lossless.ts'
import { anyText } from './support/pieces.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const numRuns = process.env.SLUICE_FAULTS === 'long' ? 100_000 : 600
console.log(`seed: SEED=${seed}`)

const received = Date.UTC(2026, 9, 11, 22, 14, 15, 250)
const parse = createParser({ schema: 'classic', timezone: 'Europe/Berlin' })
const opens = (['classic', 'ecs'] as const).map(schema =>
  createParser({ schema, timezone: 'Europe/Berlin', payload: PAYLOADS }),
)

test('no text makes it throw, and every record prints as JSON', () => {
  fc.assert(
    fc.property(anyText, fc.integer(), (text, at) => {
      for (const open of opens) {
        const fields = open(text, at, '192.0.2.7:514')
        assert.equal(typeof fields.message, 'string')
        assert.match(String(fields['@timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$/)
        JSON.stringify(fields)
      }
    }),
    { seed, numRuns },
  )
})

test('no text is lost: the message ends it, and what is in front is in the other fields', () => {
  fc.assert(
    fc.property(anyText, text => assertLossless(text, parse(text, received))),
    { seed, numRuns },
  )
})

test('what was read before does not change what is read', () => {
  fc.assert(
    fc.property(anyText, text => {
      const anew = createParser({ schema: 'classic', timezone: 'Europe/Berlin' })
      assert.deepEqual(parse(text, received), anew(text, received))
    }),
    { seed, numRuns: numRuns / 5 },
  )
})
