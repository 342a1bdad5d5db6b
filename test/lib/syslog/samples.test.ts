// Each folder in test/samples/syslog is a case; see support/sample.ts.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { readSample } from './support/sample.ts'

const root = join(import.meta.dirname, '../../..')
const folder = join(root, 'test/samples/syslog')
const names = globSync('*/*/input', { cwd: folder }).map(path => dirname(path))

for (const [origin, own] of Map.groupBy(names.sort(), dirname)) {
  describe(origin, () => {
    for (const name of own) {
      test(name, () => {
        const { expected, parse } = readSample(join(folder, name))
        // As text, so that the order counts as well.
        assert.equal(JSON.stringify(parse(), null, 2), JSON.stringify(expected.fields, null, 2))
      })
    }
  })
}

test('docs/syslog-conformance.md is fresh, and says of each difference why', () => {
  execFileSync(process.execPath, ['scripts/conformance.ts', '--check'], {
    cwd: root,
    stdio: 'pipe',
    encoding: 'utf8',
  })
})
