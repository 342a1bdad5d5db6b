import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

/** Files that this code loads by require(). */
function loadedBy(code: string): string[] {
  const look = `console.log(JSON.stringify(Object.keys(require('node:module')._cache)))`
  const args = ['--no-warnings', '--eval', `(async () => { ${code}; ${look} })()`]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

const holds = (files: readonly string[], part: string) => files.some(file => file.includes(part))

test('the first question loads of prom-client only what writes the text format', () => {
  const face = new URL('../../src/lib/admin-http.ts', import.meta.url)
  const loaded = loadedBy(`(await import('${face}')).speakHttp({})`)
  assert.ok(holds(loaded, 'prom-client/lib/registry'))
  assert.ok(!holds(loaded, 'opentelemetry'))
  // It is seen where it is loaded.
  assert.ok(holds(loadedBy(`await import('prom-client')`), 'opentelemetry'))
})
