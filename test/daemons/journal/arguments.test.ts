import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkMatch,
  checkPriority,
  lastEntryArguments,
  readingArguments,
  type Selection,
} from '../../../src/daemons/journal/arguments.ts'

const ALL: Selection = {
  ...{ unit: [], identifier: [], match: [], file: [] },
  ...{ priority: undefined, directory: undefined, merge: false, machine: 'f00d' },
}
const ALWAYS = ['--output=json', '--all', '--no-pager', '--merge']
const start = { cursor: undefined, boot: undefined, once: false }

const cases: [
  name: string,
  selection: Partial<Selection>,
  at: Partial<typeof start> | object,
  words: string[],
][] = [
  ['all of this machine', {}, {}, ['--follow', '--no-tail', '_MACHINE_ID=f00d']],
  ['of a machine without a name', { machine: undefined }, {}, ['--follow', '--no-tail']],
  ['of all machines', { merge: true }, {}, ['--follow', '--no-tail']],
  ['of a folder', { directory: '/d' }, {}, ['--follow', '--no-tail', '--directory=/d']],
  ['of files', { file: ['/a', '/b*'] }, { once: true }, ['--file=/a', '--file=/b*']],
  [
    'from a cursor on',
    {},
    { cursor: 's=1', boot: 'b' },
    ['--follow', '--no-tail', '--cursor=s=1', '_MACHINE_ID=f00d'],
  ],
  ['from the boot on', {}, { boot: 'b', once: true }, ['_MACHINE_ID=f00d', '_BOOT_ID=b']],
  [
    'selected, and no word is read as a flag of its own',
    { unit: ['-x', 'a b'], identifier: ['--help'], priority: 'err', match: ['A=-1'], merge: true },
    { once: true },
    ['--unit=-x', '--unit=a b', '--identifier=--help', '--priority=err', 'A=-1'],
  ],
]

for (const [name, selection, at, words] of cases)
  test(name, () =>
    assert.deepEqual(readingArguments({ ...ALL, ...selection }, { ...start, ...at }), [...ALWAYS, ...words]),
  )

test('the last entry, of what is selected', () => {
  assert.deepEqual(lastEntryArguments({ ...ALL, unit: ['a'] }), [
    ...ALWAYS,
    '--lines=1',
    '--output-fields=_BOOT_ID',
    '--unit=a',
    '_MACHINE_ID=f00d',
  ])
})

test('a match is a field and a value', () => {
  for (const good of ['A=', '_PID=1', 'CODE_LINE=a=b', 'A1=x']) checkMatch(good)
  for (const bad of ['', '+', '-f', '/usr/bin/x', 'a=b', '=x', '1A=x'])
    assert.throws(() => checkMatch(bad), RangeError)
})

test('a level is one that journalctl knows', () => {
  for (const good of [undefined, 'warning', '7', 'err..alert', '0..3']) checkPriority(good)
  for (const bad of ['', 'foo', 'warn', '8', 'err..', '..', 'err..foo'])
    assert.throws(() => checkPriority(bad), RangeError, bad)
})
