import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { createExclude, isMatch, segmentsOf } from '../../../src/daemons/tail/glob.ts'
import { Hindrances } from '../../../src/daemons/tail/hindrances.ts'
import { Paths } from '../../../src/daemons/tail/paths.ts'
import { LogFolder } from './folder.ts'

function pathsOf(t: TestContext, names: string[], glob: string, ...exclude: string[]) {
  const logs = new LogFolder(t)
  for (const name of names) logs.write(name, '')
  const warnings: string[] = []
  const log = { info() {}, warn: (_: object, message: string) => void warnings.push(message) }
  const hindrances = new Hindrances({ log, count() {} } as never)
  const paths = new Paths({ globs: [logs.at(glob)], exclude, hindrances })
  const find = () =>
    paths
      .find()
      ?.map(path => relative(logs.path, path))
      .toSorted()
  return { logs, paths, find, warnings }
}

describe('paths of sluice-tail', { concurrency: true }, () => {
  for (const [glob, expected] of [
    ['app (1).log', ['app (1).log']],
    ['app (*).log', ['app (1).log', 'app (2).log']],
    ['a(b|c)*.log', ['a(b|c)d.log']],
    ['@(one|two).log', ['one.log', 'two.log']],
    ['!(one|two|app*|a\\(*).log', ['+.log']],
    ['+.log', ['+.log']],
    ['[+o]*.log', ['+.log', 'one.log']],
    ['{one,app (1)}.log', ['app (1).log', 'one.log']],
  ] as const)
    test(`--file '${glob}'`, t => {
      const names = [
        'app (1).log',
        'app (2).log',
        'app 1.log',
        'a(b|c)d.log',
        'abd.log',
        'one.log',
        'two.log',
        '+.log',
      ]
      const { find } = pathsOf(t, names, glob)
      assert.deepEqual(
        find()?.filter(path => path !== 'abd.log' || !glob.startsWith('!')),
        expected,
      )
    })

  test('--exclude: by name, by path, by a path from where the daemon was started', () => {
    const cases = [
      ['*.gz', '/x/y/a.gz', true],
      ['/x/*/a.log', '/x/y/a.log', true],
      ['/x/*/a.log', '/x/a.log', false],
      ['/x/**', '/x/y/z/a.log', true],
      ['logs/*.log', `${process.cwd()}/logs/a.log`, true],
      ['./logs/*.log', `${process.cwd()}/logs/a.log`, true],
      ['logs/*.log', '/x/logs/a.log', false],
      ['app (1)*', '/x/app (1).log', true],
      ['app (1)*', '/x/app 1.log', false],
    ] as const
    for (const [exclude, path, expected] of cases)
      assert.equal(createExclude([exclude])(path), expected, `${exclude} ${path}`)
  })

  test('whether a path is one of a glob, whatever is there', () => {
    const cases = [
      ['/x/app.log', '/x/app.log', true],
      ['/x/app.log', '/x/app.log/y', false],
      ['/x/*.log', '/x/app.log', true],
      ['/x/*.log', '/x/.app.log', false],
      ['/x/**/a.log', '/x/a.log', true],
      ['/x/**/a.log', '/x/y/z/a.log', true],
      ['/x/**/a.log', '/x/.y/a.log', false],
      ['/x/**/y/**/a.log', '/x/1/y/2/3/a.log', true],
      ['/x/**', '/x/y/z', true],
      ['/x/**', '/x/y/.z', false],
      ['/x/**', '/x', false],
      ['/x/**', '/y/z', false],
    ] as const
    for (const [glob, path, expected] of cases)
      assert.equal(isMatch(segmentsOf(glob), path), expected, `${glob} ${path}`)
  })

  test('a name that is not UTF-8 is said once', t => {
    const { logs, find, warnings } = pathsOf(t, ['app.log'], '**/*.log')
    writeFileSync(
      Buffer.concat([Buffer.from(`${logs.path}/`), Buffer.from('caf\xe9.log', 'latin1')]),
      'one\n',
    )
    mkdirSync(Buffer.concat([Buffer.from(`${logs.path}/`), Buffer.from('\xe9', 'latin1')]))
    logs.write('\ufffd.log', '')
    assert.deepEqual(find(), ['app.log', '\ufffd.log'])
    find()
    assert.deepEqual(warnings.toSorted(), [
      `${logs.at('caf\ufffd.log')} cannot be read, and is tried again: its name is not UTF-8`,
      `${logs.at('\ufffd')} cannot be read, and is tried again: its name is not UTF-8`,
    ])
  })

  test('bug: a name too long for what stands in it for bytes that are not UTF-8 ended the process', t => {
    const { logs, find, warnings } = pathsOf(t, ['app.log'], '*.log')
    const name = Buffer.concat([Buffer.alloc(200, 0xe9), Buffer.from('.log')])
    writeFileSync(Buffer.concat([Buffer.from(`${logs.path}/`), name]), 'one\n')
    assert.deepEqual(find(), ['app.log'])
    assert.equal(warnings.length, 1)
  })

  test('a file that is not there, and a folder, are said', t => {
    const { logs, paths, warnings } = pathsOf(t, ['folder/app.log'], 'folder')
    paths.tellMissing()
    assert.deepEqual(warnings, [
      `${logs.at('folder')} cannot be read, and is tried again: it is a folder; for the files in it, write --file '${logs.at('folder')}/*'`,
    ])
  })

  test('a folder that cannot be read for a moment keeps its files', t => {
    const { logs, find, warnings } = pathsOf(t, ['a/app.log', 'b/app.log'], '*/*.log')
    assert.deepEqual(find(), ['a/app.log', 'b/app.log'])
    logs.rename('a', 'c')
    symlinkSync('a', logs.at('a'))
    assert.deepEqual(find(), ['a/app.log', 'b/app.log', 'c/app.log'])
    assert.match(warnings.join(), /^[^,]*\/a cannot be read, and is tried again: ELOOP[^,]*,?[^,]*$/)
    rmSync(logs.at('a'))
    logs.rename('c', 'a')
    assert.deepEqual(find(), ['a/app.log', 'b/app.log'])
  })
})
