import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { launcher } from '../../src/lib/launcher.ts'

/** Loads modules of Node that are in no snapshot, and prints how many of them had to be compiled. */
const COMPILED = `
  require('node:http'); require('node:dgram'); require('node:worker_threads')
  const { internalBinding } = require('internal/test/binding')
  const { compiledWithCache, compiledWithoutCache } = internalBinding('builtins').getCacheUsage()
  console.log(JSON.stringify([compiledWithCache.size, compiledWithoutCache.size]))`

function compiled(...flags: string[]): { withCache: number; without: number } {
  const args = ['--expose-internals', '--no-warnings', ...flags, '--eval', COMPILED]
  const [withCache, without] = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  return { withCache, without }
}

test('the flags that it gives to Node leave the compiled code valid that Node brings along', () => {
  const [, flags = ''] = /exec "\$node" (.*?) "\$0"/.exec(readFileSync(launcher, 'utf8')) ?? []
  assert.match(flags, /^--/)
  // What sh would put there.
  const config = join(dirname(launcher), 'openssl.cnf')
  const given = flags.replace(/"\$\{OPENSSL_CONF:-\$here\/openssl\.cnf\}"/, config)
  const { withCache, without } = compiled(...given.split(' '))
  assert.ok(withCache > 0)
  assert.equal(without, 0)
  // It is seen when they do not.
  assert.ok(compiled('--expose-gc').without > 0)
})

test('where there is no Node, as in the PATH of sudo, it says so in one line', t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-launcher-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const part of ['bin', 'path']) mkdirSync(join(folder, part))
  copyFileSync(launcher, join(folder, 'bin/sluice'))
  symlinkSync('/usr/bin/readlink', join(folder, 'path/readlink'))
  const run = spawnSync(join(folder, 'bin/sluice'), [], {
    env: { PATH: join(folder, 'path') },
    encoding: 'utf8',
  })
  assert.equal(
    run.stderr,
    `sluice: needs Node.js 24 or newer, and there is no node in PATH=${join(folder, 'path')}\n`,
  )
  assert.equal(run.status, 64)
})
