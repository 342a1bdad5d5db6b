import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { findCommand } from '../../../src/lib/children/index.ts'
import { Misuse } from '../../../src/lib/errors.ts'

test('a program is looked for as a shell does, and what is none is misuse', t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]
  for (const path of [first, second, join(first, 'folder')]) mkdirSync(path)
  writeFileSync(join(first, 'text'), '')
  for (const path of ['text', 'own']) writeFileSync(join(second, path), '', { mode: 0o755 })
  const PATH = `${first}::${second}`
  const find = (...command: string[]) => findCommand(command, { PATH })
  assert.deepEqual(find('own', '-x', 'y'), [join(second, 'own'), '-x', 'y'])
  assert.deepEqual(find('text'), [join(second, 'text')])
  assert.deepEqual(find(relative('.', join(second, 'own'))), [join(second, 'own')])
  const table: [string[], RegExp][] = [
    [[], /^which command\? Write it behind --, as in -- python3 filter.py$/],
    [['none'], new RegExp(`^none: there is no such program; PATH is ${first}::${second}$`)],
    [['folder'], /^folder: there is no such program/],
    [[join(first, 'text')], /text: there is no such program that may be executed$/],
  ]
  for (const [command, says] of table) {
    assert.throws(
      () => find(...command),
      error => error instanceof Misuse && says.test(error.message),
      command[0] ?? 'nothing',
    )
  }
  assert.throws(() => findCommand(['own'], {}), /PATH is empty/)
})
