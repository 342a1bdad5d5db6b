// The units in systemd/ as far as they can be checked without booting one.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { namesIn } from '../../src/lib/registry.ts'
import { root, Sluice } from '../support/process.ts'

const units = readdirSync(join(root, 'systemd')).filter(file => file.endsWith('.service'))

test('there is a unit for each daemon, and no other', () => {
  assert.deepEqual(
    units.sort(),
    namesIn('daemons')
      .map(name => `sluice-${name}.service`)
      .sort(),
  )
})

test('systemd understands them', async t => {
  const verify = promisify(execFile)('systemd-analyze', [
    'verify',
    ...units.map(unit => join(root, 'systemd', unit)),
  ])
  const { stderr } = await verify.catch(error => {
    if (error.code !== 'ENOENT' || process.env.SLUICE_REQUIRE === 'all') throw error
    t.skip('there is no systemd-analyze')
    return { stderr: '' }
  })
  assert.doesNotMatch(stderr, /sluice-.*(Unknown|Failed|ignoring)/i)
})

for (const unit of units) {
  test(`${unit} starts its daemon with flags that are accepted, and not again after misuse`, async t => {
    const text = readFileSync(join(root, 'systemd', unit), 'utf8')
    const [, command = ''] = /^ExecStart=\/usr\/bin\/env (.*)$/m.exec(text) ?? []
    const words = command.match(/'[^']*'|\S+/g)?.map(word => word.replace(/^'(.*)'$/, '$1')) ?? []
    const [program = '', ...args] = words
    assert.equal(program, unit.replace('.service', ''))
    const run = new Sluice(t, program, ['--check', ...args])
    assert.equal(await run.exited, 0, run.stderr)
    assert.match(text, /^RestartPreventExitStatus=64$/m)
    assert.match(text, /^DynamicUser=yes$/m)
  })
}
