import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markerOf } from '../../src/web/store/query-marks.ts'

function marked(query: string, text: string): string {
  let shown = ''
  let at = 0
  for (const { from, to } of markerOf(query)?.(text) ?? []) {
    shown += `${text.slice(at, from)}[${text.slice(from, to)}]`
    at = to
  }
  return shown + text.slice(at)
}

const TABLE: [query: string, text: string, shown: string][] = [
  ['failed', 'Failed password, failed', '[Failed] password, [failed]'],
  [
    '"failed password"',
    'Failed password; failed, password failed',
    '[Failed password]; [failed, password] failed',
  ],
  ['pass*', 'password passed compass', '[password] [passed] compass'],
  ['10.0.0.7', 'from 10.0.0.7 to 10.0.0.8', 'from [10.0.0.7] to 10.0.0.8'],
  ['-failed other', 'failed other', 'failed [other]'],
  ['a OR b', 'a b c', '[a] [b] c'],
  ['cafe', 'Café CAFE', '[Café] [CAFE]'],
  ['host:web1', 'web1', 'web1'],
  ['message:"all of it"', 'All of it', '[All of it]'],
  ['"not closed', 'not closed', 'not closed'],
  ['', 'x', 'x'],
]

test('what a query asked for is marked', () => {
  for (const [query, text, shown] of TABLE) assert.equal(marked(query, text), shown, query)
})
