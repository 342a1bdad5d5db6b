import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
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
