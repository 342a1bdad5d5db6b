import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readCommands } from '../../../src/daemons/exec/commands.ts'
import { Misuse } from '../../../src/lib/index.ts'

/** Reads commands where these programs are in PATH. */
function programs(t: TestContext, ...names: string[]) {
  const PATH = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(PATH, { recursive: true }))
  for (const name of names) {
    writeFileSync(join(PATH, name), '')
    chmodSync(join(PATH, name), 0o755)
  }
  return (words: string[], ...run: string[]) =>
    readCommands(words, run, { PATH }).map(({ name, command: [program, ...args] }) => {
      assert.ok(program!.startsWith(PATH))
      return [name, program!.slice(PATH.length + 1), ...args]
    })
}

test('commands, and what they are called', t => {
  const read = programs(t, 'tail', 'my tool')
  assert.deepEqual(read(['tail', '-F', 'a b']), [['tail', 'tail', '-F', 'a b']])
  assert.deepEqual(read([], 'auth=tail -n 0 "a b"', "tail '$x' a=b", 'tail'), [
    ['auth', 'tail', '-n', '0', 'a b'],
    ['tail', 'tail', '$x', 'a=b'],
    ['tail-2', 'tail'],
  ])
  assert.deepEqual(read(['tail'], 'tail-2=tail', 'tail'), [
    ['tail', 'tail'],
    ['tail-2', 'tail'],
    ['tail-3', 'tail'],
  ])
  assert.deepEqual(read([], "'my tool' x"), [['my_tool', 'my tool', 'x']])
})

test('misuse says what to write', t => {
  const read = programs(t, 'tail')
  const table: [words: string[], run: string[], says: RegExp][] = [
    [[], [], /^which command\? Write it behind --/],
    [[], ['none'], /^none: there is no such program; PATH is/],
    [[], ['a=tail', 'a=tail x'], /^--run a=: there are two of this name$/],
    [[], [''], /^--run "": write --run 'NAME=PROGRAM ARGUMENT …'$/],
    [[], ['a='], /there is no such program/],
    [[], ['tail x | grep y'], /no shell reads it; for a pipe write --run "sh -c 'a \| b'"$/],
    [[], ['tail "x'], /the quote " at character 6 is not closed/],
  ]
  for (const [words, run, says] of table) {
    assert.throws(
      () => read(words, ...run),
      error => error instanceof Misuse && says.test(error.message),
      `${run}`,
    )
  }
})
