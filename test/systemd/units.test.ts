// The units in systemd/ as far as they can be checked without booting one.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { namesIn } from '../../src/lib/registry.ts'
import { root, Sluice } from '../support/process.ts'

const folder = join(root, 'systemd')
const units = readdirSync(folder).filter(file => /\.(service|socket)$/.test(file))
const services = units.filter(file => /^sluice-.*\.service$/.test(file))

/** The least exposure that is asked of every daemon, 0 to 10, times ten: what `--threshold` of systemd-analyze takes. */
const MOST = 15

const run = promisify(execFile)

async function analyze(
  t: TestContext,
  ...args: string[]
): Promise<{ stdout: string; stderr: string } | undefined> {
  try {
    return await run('systemd-analyze', args)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT' || process.env.SLUICE_REQUIRE === 'all') throw error
    t.skip('there is no systemd-analyze')
    return undefined
  }
}

test('there is a unit for each daemon, one for chains, and no other', () => {
  assert.deepEqual(
    units.filter(file => file.endsWith('.service')).sort(),
    [...namesIn('daemons').map(name => `sluice-${name}.service`), 'sluice@.service'].sort(),
  )
})

test('systemd understands them', async t => {
  const paths = units.map(unit => join(folder, unit).replace('sluice@.', 'sluice@chain.'))
  const said = await analyze(t, 'verify', ...paths.filter(path => !path.includes('@')))
  assert.doesNotMatch(said?.stderr ?? '', /sluice/i)
})

for (const unit of services.concat('sluice@.service')) {
  test(`${unit} exposes little`, async t => {
    // Fails above the threshold.
    const said = await analyze(
      t,
      'security',
      '--offline=yes',
      `--threshold=${MOST}`,
      '--no-pager',
      join(folder, unit),
    )
    if (!said) return
    const [, score] = /Overall exposure level for .*: ([\d.]+)/.exec(said.stdout) ?? []
    t.diagnostic(`${unit}: ${score}`)
    assert.ok(Number(score) <= MOST / 10, said.stdout)
  })
}

for (const unit of services) {
  test(`${unit} starts its daemon with flags that are accepted, and not again after misuse`, async t => {
    const text = readFileSync(join(folder, unit), 'utf8')
    const [, command = ''] = /^ExecStart=\/usr\/bin\/env (.*)$/m.exec(text) ?? []
    const [program = '', ...args] = command.split(' ')
    assert.equal(program, unit.replace('.service', ''))
    const run = new Sluice(t, program, ['--check', ...args], { env: environmentOf(text) })
    assert.equal(await run.exited, 0, run.stderr)
    assert.match(text, /^RestartPreventExitStatus=64$/m)
    assert.match(text, /^DynamicUser=yes$/m)
  })
}

/** As systemd reads Environment=, as far as it is used here. */
function environmentOf(unit: string): { [name: string]: string } {
  const lines = [...unit.matchAll(/^Environment=(?:"(.*)"|(.*))$/gm)].map(([, quoted, bare]) =>
    (quoted === undefined ? bare! : JSON.parse(`"${quoted}"`)).replace('%S', '/var/lib'),
  )
  return Object.fromEntries(
    lines.filter(line => line.startsWith('SLUICE_')).map(line => line.split(/=(.*)/s).slice(0, 2)),
  )
}
