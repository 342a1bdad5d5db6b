import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { scan } from '../../src/web/lib/query-scan.ts'
import { completableAt, complete } from '../../src/web/store/completion.ts'

/** The bar is the caret. */
function at(marked: string) {
  const caret = marked.indexOf('|')
  const query = marked.replace('|', '')
  return { query, found: completableAt(query, caret) }
}

const TABLE: [
  marked: string,
  kind: string | undefined,
  prefix?: string,
  field?: string | undefined,
  rest?: string,
][] = [
  ['|', undefined],
  ['ho|', 'field', 'ho', undefined, ''],
  ['failed ho|', 'field', 'ho', undefined, 'failed'],
  ['-ho|', 'field', 'ho', undefined, ''],
  ['failed |', undefined],
  ['"ho|', undefined],
  ['10.0|', undefined],
  ['host:|', 'value', '', 'host', ''],
  ['failed -host:we|', 'value', 'we', 'host', 'failed'],
  ['host:we|b1', 'value', 'we', 'host', ''],
  ['ho|st:web1', undefined],
  ['program:"my a|', 'value', 'my a', 'program', ''],
  ['program:"my app"|', 'value', 'my app', 'program', ''],
  ['host:(web1 OR we|', 'value', 'we', 'host'],
  ['syslog_program:ss|', 'value', 'ss', 'program', ''],
  ['severity<=w|', 'value', 'w', 'severity', ''],
  ['status>=5|', undefined],
]

test('what can be completed at the caret', () => {
  for (const [marked, kind, prefix, field, rest] of TABLE) {
    const { found } = at(marked)
    assert.equal(found?.kind, kind, marked)
    if (!found) continue
    assert.equal(found.prefix, prefix, marked)
    assert.equal(found.field, field, marked)
    if (rest !== undefined) assert.equal(found.rest, rest, marked)
  }
})

test('what was chosen stands in the query, and the caret behind it', () => {
  const chosen = (marked: string, text: string) => {
    const { query, found } = at(marked)
    const done = complete(query, found!, text)
    return `${done.query.slice(0, done.caret)}|${done.query.slice(done.caret)}`
  }
  assert.equal(chosen('ho|', 'host'), 'host:|')
  assert.equal(chosen('-ho| x', 'host'), '-host:| x')
  assert.equal(chosen('host:|', 'web1'), 'host:web1 |')
  assert.equal(chosen('host:we| x', 'web1'), 'host:web1| x')
  assert.equal(chosen('program:"my|', 'my "app"'), 'program:"my \\"app\\"" |')
})

test('any text is scanned to its end', () => {
  const pieces = fc.constantFrom('a', ':', '"', '\\', '(', ')', '-', ' ', '*', '<', '=', 'OR', 'é')
  fc.assert(
    fc.property(fc.array(pieces), parts => {
      const text = parts.join('')
      for (const { from, to, valueFrom } of scan(text).clauses) {
        assert.ok(from < to && from <= valueFrom && valueFrom <= to && to <= text.length, text)
      }
    }),
  )
})
