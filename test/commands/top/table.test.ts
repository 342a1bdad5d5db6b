import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '../../../src/commands/top/rows.ts'
import { START } from '../../../src/commands/top/state.ts'
import { tableOf } from '../../../src/commands/top/table.ts'

const rowOf = (name: string, spool?: number) =>
  ({ id: name, name, spool, cpu: 1, memory: 1, isSilent: false, isFirst: true }) as Row

/** Head and names, as they are read. */
function drawn(width: number, ...rows: Row[]): string[] {
  const { head, lines } = tableOf(rows, START, width)
  return [head, ...lines].map(line => {
    const [first] = line
    return (typeof first === 'string' ? first : first![1]).trimEnd()
  })
}

test('bug: at 80 columns, the stages of a chain looked the same', () => {
  const [head, ...names] = drawn(80, rowOf('run-18835/hub'), rowOf('run-18835/syslog-json'))
  assert.deepEqual(names, ['run-18835/hub', '…8835/syslog-json'])
  assert.doesNotMatch(head!, /SPOOL/, 'which nobody has')
})

test('a spool is shown where there is one; a name that is not of a chain has both of its ends', () => {
  const [head, ...names] = drawn(
    80,
    rowOf('run-18835/count', 7),
    rowOf('run-1.map.12'),
    rowOf('frontend-in-berlin'),
  )
  assert.match(head!, /SPOOL/)
  assert.deepEqual(names, ['…835/count', '…-1.map.12', 'front…rlin'])
})
