import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileCommand } from '../../../src/daemons/do/arguments.ts'
import { parseJson } from '../../../src/lib/json.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

const RECORD = parseJson(
  JSON.stringify({
    '@meta': { id: 'a1' },
    host: 'web 1',
    data: { account: 'eve', 'x.y': 'dotted', list: ['first', { deep: 2 }] },
    'data.source': 'a key with a dot',
    count: 3,
    big: 0,
    ok: false,
    none: null,
    empty: '',
    dash: '-rf',
    nul: 'a\0b',
    braces: '{host}',
    shell: '$(id); `id` "\'\\',
  }).replace('"big":0', '"big":12345678901234567890'),
) as LogRecord

/** Split at spaces, but those in quotes. */
const wordsOf = (line: string) =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!)

const fill = (...words: string[]) => compileCommand(['cmd', ...words])(RECORD)

test('fields in arguments', () => {
  const table: [word: string, argument: string][] = [
    ['plain', 'plain'],
    ['', ''],
    ['{host}', 'web 1'],
    ['at {host}: {count}!', 'at web 1: 3!'],
    ['{data.account}', 'eve'],
    ['{data.x.y}', 'dotted'],
    ['{data.source}', 'a key with a dot'],
    ['{data.list.0}', 'first'],
    ['{data.list.1.deep}', '2'],
    ['{data.list}', '["first",{"deep":2}]'],
    ['{@meta.id}', 'a1'],
    ['{big}', '12345678901234567890'],
    ['{ok}', 'false'],
    ['{empty}', ''],
    ['{nobody:-none}', 'none'],
    ['{nobody:-}', ''],
    ['{none:-a:-b}', 'a:-b'],
    ['{empty:-none}', ''],
    ['{{host}}', '{host}'],
    ['{{{host}}}', '{web 1}'],
    ['{{ {host} }}', '{ web 1 }'],
    // What is put in is not looked at again.
    ['{braces}', '{host}'],
    ['{shell}', '$(id); `id` "\'\\'],
    ['x{dash}', 'x-rf'],
    ['-{dash}', '--rf'],
    ['--name={dash}', '--name=-rf'],
  ]
  for (const [word, argument] of table) assert.deepEqual(fill(word), [argument], word)
  assert.deepEqual(fill('a', '{host}', '{count}'), ['a', 'web 1', '3'])
})

test('a record that does not fit', () => {
  const table: [word: string, dead: string, detail: RegExp][] = [
    ['{nobody}', 'missing-field', /^nobody: /],
    ['{none}', 'missing-field', /^none: /],
    ['{data.nobody}', 'missing-field', /^data.nobody: /],
    ['{host.deep}', 'missing-field', /./],
    ['{toString}', 'missing-field', /./],
    ['{__proto__}', 'missing-field', /./],
    ['{nul}', 'nul-byte', /NUL/],
    ['{dash}', 'leading-dash', /^-rf: an option\? Write -- before it/],
    ['{empty}{dash}', 'leading-dash', /./],
    ['{nobody:--x}', 'leading-dash', /./],
  ]
  for (const [word, dead, detail] of table) {
    const unfit = fill('a', word, '--')
    assert.ok(!Array.isArray(unfit), word)
    assert.equal(unfit.dead, dead, word)
    assert.match(unfit.detail, detail, word)
  }
})

test('behind -- a dash is no option', () => {
  assert.deepEqual(fill('--', '{dash}'), ['--', '-rf'])
  assert.deepEqual(fill('-x', '--', 'a', '{dash}'), ['-x', '--', 'a', '-rf'])
})

test('what no record should decide, and braces that are not closed, are misuse', () => {
  const table: [words: string[], says: RegExp][] = [
    [['{host}'], /^\{host\}: a record must not choose the program/],
    [['cmd', '{host'], /^\{host: a field is \{name\}; for a brace itself write \{\{ or \}\}/],
    [['cmd', 'host}'], /a brace itself/],
    [['cmd', '{"a":1}', 'x'], /^$/],
    [['cmd', '{}'], /there is no name between the braces/],
    [['cmd', '{:-x}'], /there is no name/],
    [['sh', '-c', 'echo {host}'], /^echo \{host\}: sh would run what is in the field/],
    [['/bin/bash', '-euc', 'echo {host}'], /bash would run/],
    [['bash', '-x', '-c', '{host}'], /bash would run/],
    ...[
      "timeout 5 sh -c 'echo {host}'",
      "env A=b bash -c 'echo {host}'",
      "sh -cx 'echo {host}'",
      "bash -eo pipefail -c 'echo {host}'",
      "bash -ceo pipefail 'echo {host}'",
      "sh -c -e 'echo {host}'",
      "sh -c -- 'echo {host}'",
      "bash --rcfile x -c 'echo {host}'",
      "fish -c 'echo {host}'",
      'fish --command={host}',
      "fish -C 'echo {host}'",
      "busybox sh -c 'echo {host}'",
      ...['csh', 'tcsh', 'mksh', '/bin/zsh'].map(shell => `${shell} -c 'echo {host}'`),
      "python3 -u -c 'print({host})'",
      "/usr/bin/python3.12 -W ignore -c 'print({host})'",
      'python3 -cprint({host})',
      "perl -ne 'print {host}'",
      "perl -I lib -Mstrict -e 'print {host}'",
      "perl -e 'use x;' -e 'print {host}'",
      "ruby -C /tmp -e 'puts {host}'",
      "node --import x -p '{host}'",
      'node --eval={host}',
    ].map((line): [string[], RegExp] => [wordsOf(line), /would run what is in the field/]),
  ]
  for (const [words, says] of table) {
    if (says.source === '^$') assert.ok(compileCommand(words))
    else assert.throws(() => compileCommand(words), { name: 'RangeError', message: says }, words.join(' '))
  }
  assert.ok(compileCommand(['sh', '-c', 'echo "$1"', 'sh', '{host}']))
  for (const line of [
    'mysh.sh -c {host}',
    "timeout 5 sh -c 'echo $1' sh {host}",
    'sh -eu script.sh -c {host}',
    'python3 -u notify.py -c {host} -e {host}',
    'node notify.js -e {host}',
    "python3 -c 'import x' -- -c {host}",
    'logger -t node -- {host}',
    'ssh host -- {host}',
  ])
    assert.ok(compileCommand(wordsOf(line)), line)
})
