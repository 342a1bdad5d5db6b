import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FACETS, OVERFLOW } from '../../../src/daemons/store/layout.ts'
import { encode, facetOf, isSevere, rowsOf } from '../../../src/daemons/store/row.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

const NOW = Date.UTC(2026, 10, 21, 8)
const RECEIVED = NOW - 5000
const recordOf = (fields: object, received: number | undefined = RECEIVED): LogRecord => ({
  '@meta': { id: 'a', ...(received !== undefined && { received }) },
  ...fields,
})

describe('a facet', () => {
  const many = Array.from({ length: 20 }, (_, n) => `h${n}`)
  for (const [fields, facet, value] of [
    [{ host: 'Web1' }, 'host', 'Web1'],
    [{ host: { name: 'web1' } }, 'host', 'web1'],
    [{ host: '' }, 'host', undefined],
    [{ host: null }, 'host', undefined],
    [{}, 'host', undefined],
    [{ host: ['a', 'b', 'a'] }, 'host', ['a', 'b']],
    [{ host: ['a', '', null] }, 'host', 'a'],
    [{ host: many }, 'host', [...many.slice(0, 16), OVERFLOW]],
    [{ host: 'x'.repeat(500) }, 'host', 'x'.repeat(200)],
    [{ syslog_program: 'sshd' }, 'program', 'sshd'],
    [{ syslog_severity: 'ERROR' }, 'severity', 'err'],
    [{ syslog_severity: 3 }, 'severity', 'err'],
    [{ syslog_severity: 'bad' }, 'severity', 'bad'],
    [{ syslog_facility: 'auth' }, 'facility', 'auth'],
  ] as const)
    test(`${facet} of ${JSON.stringify(fields).slice(0, 60)}`, () => {
      assert.deepEqual(facetOf(fields, facet), value)
    })
})

for (const [severity, severe] of [
  ['emerg', true],
  ['err', true],
  ['warning', false],
  ['bad', false],
  [undefined, false],
  [['info', 'crit'], true],
  [['info', 'debug'], false],
] as const)
  test(`whether ${severity} is severe`, () => {
    assert.equal(isSevere(severity), severe)
  })

test('rows are columns of one length; who does not say when it was received has no number there', () => {
  const rows = rowsOf([recordOf({ host: 'a', message: 'x' }), { '@meta': { id: 'b' } }], ['1', '2'], NOW)
  assert.deepEqual(rows.ids, ['a', 'b'])
  assert.deepEqual([...rows.received], [RECEIVED, Number.NaN])
  assert.deepEqual([...rows.times], [RECEIVED, NOW])
  assert.deepEqual(rows.bodies, ['1', '2'])
  assert.deepEqual(
    FACETS.map(facet => rows.facets[facet].length),
    [2, 2, 2, 2],
  )
})

test('a record that has no JSON is a dead letter, and the others keep their place', () => {
  const cycle = recordOf({})
  cycle.self = cycle
  const { encoded, dead } = encode([recordOf({ n: 1 }), cycle, recordOf({ n: 2 })])
  assert.deepEqual(
    encoded.map(({ index, body }) => [index, JSON.parse(body).n]),
    [
      [0, 1],
      [2, 2],
    ],
  )
  const [[index, fate]] = dead as [[number, { dead: string; detail: string }]]
  assert.deepEqual([index, fate.dead], [1, 'unwritable'])
  assert.match(fate.detail, /circular/)
})
