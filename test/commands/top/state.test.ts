import assert from 'node:assert/strict'
import { test } from 'node:test'
import { press, START } from '../../../src/commands/top/state.ts'

const SHOWN = { ids: [], height: 10, most: 0 }

test('bug: r turned the table around while something else was looked at', () => {
  for (const view of ['chain', 'details', 'help'] as const)
    assert.equal(press({ ...START, view }, { name: 'r', sequence: 'r' }, SHOWN).isDescending, false)
  assert.equal(press(START, { name: 'r', sequence: 'r' }, SHOWN).isDescending, true)
})
