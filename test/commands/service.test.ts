// The command line of `sluice service`, as far as nothing is changed. What it changes is seen in test/systemd/services.test.ts.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { findSafely } from '../../src/commands/service/wanted.ts'
import { version } from '../../src/lib/version.ts'
import { Sluice } from '../support/process.ts'

async function said(
  t: TestContext,
  ...args: string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const run = new Sluice(t, 'sluice', ['service', ...args])
  const code = await run.exited
  return { code, out: run.stdout, err: run.stderr }
}

const show = ['--system', 'systemd', '--dry-run']

const MISUSE: [args: string[], why: RegExp][] = [
  [['instal'], /there is no "instal"; did you mean install\?/],
  [['install'], /missing required argument 'daemon'/],
  [['install', 'sysog-udp'], /there is no daemon "sysog-udp"; did you mean syslog-udp\?/],
  [['install', '--name', 'store', 'syslog-udp', ...show], /--name: the daemon comes first/],
  [['install', 'syslog-udp', '--lisen', ':514'], /unknown option '--lisen'.*--listen/],
  [['install', 'syslog-udp', ...show, '--listen', '514'], /--listen: "514" is not host:port/],
  [
    ['install', 'exec', ...show, '--every', '1s', '--cron', '* * * * *'],
    /--every and --cron: only one of them/,
  ],
  [['install', 'store', ...show, '--name', 'a b'], /--name a b: use letters/],
  [['install', 'store', ...show, '--name', 'a\u001b[1m'], /--name a\\u001b\[1m: use letters/],
  [['install', 'store', ...show, '--name', 'a'.repeat(45)], /at most 44 letters; its admin socket/],
  [['start', 'nobody'], /no service nobody is installed/],
  [['uninstall', 'nobody'], /no service nobody is installed/],
  [['logs'], /of which service\?/],
  [['plan', 'syslog-udp', 'store'], /the chain is one word/],
  [['plan', 'syslog-udp | syslog-json'], /syslog-json: its records go nowhere; end the chain with a sink/],
  [['plan', 'store | syslog-json'], /store gives nothing out/],
  [
    ['plan', 'syslog-udp | syslog-json --pull-bind ipc:///x | store'],
    /--pull-bind: this stage is joined to syslog-udp/,
  ],
  [['plan', 'syslog-json*2 | store'], /write 'relay \| syslog-json\*2'/],
  [['plan', '--name', 'a b', 'syslog-udp | store'], /--name a b: at most 32 letters/],
]

describe('what cannot be is said in one line, before anything is written', () => {
  for (const [args, why] of MISUSE) {
    test(`sluice service ${args.join(' ')}`, async t => {
      const { code, out, err } = await said(t, ...args)
      assert.match(err, why)
      assert.equal(err.trim().split('\n').length, 1, err)
      assert.deepEqual([code, out], [64, ''])
    })
  }
})

test('--dry-run shows what would be written and run', async t => {
  const { code, out } = await said(
    t,
    'install',
    'relp',
    ...show,
    '--listen',
    ':2514',
    '--name',
    'in',
    '--now',
  )
  assert.equal(code, 0)
  const changes = [...out.matchAll(/^# (write|run:) (\S+ ?\S*)/gm)].map(([, , what]) => what)
  assert.deepEqual(changes, [
    ...['/etc/sysusers.d/sluice.conf (mode', 'systemd-sysusers /etc/sysusers.d/sluice.conf'],
    ...['/etc/tmpfiles.d/sluice.conf (mode', 'systemd-tmpfiles --create'],
    ...['/etc/systemd/system/sluice-in.service (mode', '/etc/systemd/system/sluice-in.socket (mode'],
    ...['systemctl daemon-reload', 'systemctl enable', 'systemctl start'],
  ])
  assert.match(out, /^ExecStart=\/\S+\/node .*\/bin\/sluice relp --name in --listen systemd$/m)
  assert.match(out, /^ListenStream=2514$/m)
})

test('a chain is shown with the links between its stages', async t => {
  const chain =
    'syslog-udp*2 --reuse-port --listen :514 | syslog-json*2 | elasticsearch --node http://192.0.2.3:9200'
  const { code, out } = await said(t, 'plan', '--name', 'edge', chain)
  assert.equal(code, 0)
  const links = [...out.matchAll(/--name (\S+)(.*)$/gm)].map(
    ([, name, rest]) =>
      `${name}: ${[...rest!.matchAll(/--(pull|push)-\w+ \S+\/edge-(\S+)\.ipc/g)].map(([, way, to]) => `${way} ${to}`).join(', ')}`,
  )
  assert.deepEqual(links, [
    'edge-syslog-udp-1: push syslog-json-1, push syslog-json-2',
    'edge-syslog-udp-2: push syslog-json-1, push syslog-json-2',
    'edge-syslog-json-1: pull syslog-json-1, push elasticsearch',
    'edge-syslog-json-2: pull syslog-json-2, push elasticsearch',
    'edge-elasticsearch: pull elasticsearch',
  ])
  assert.equal(out.match(/^ReusePort=yes$/gm)?.length, 2)
  assert.match(out, /^IPAddressAllow=192\.0\.2\.3$/m)
})

test('each action has its own help, and install that of its daemon', async t => {
  for (const args of [
    ['--help'],
    ['install', '--help'],
    ['plan', '--help'],
    ['logs', '--help'],
    ['status', '--version'],
  ]) {
    const { code, out } = await said(t, ...args)
    assert.equal(code, 0)
    assert.ok(
      args.includes('--version') ? out === `${version}\n` : out.startsWith('Usage: sluice service'),
      out,
    )
    assert.deepEqual(
      out.split('\n').filter(line => line.length > 80),
      [],
    )
  }
  const { out } = await said(t, 'install', 'relp', '--help')
  assert.match(out, /--dry-run/)
  assert.match(out, /--tls-client-ca/)
})

describe('whoever types it as root runs no code of others', () => {
  const skip = process.getuid?.() !== 0 && 'it is for root'

  /** A folder where a module leaves a mark when it is run, and a link to it. */
  function trap(t: TestContext): { link: string; hasRun: () => boolean } {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const mark = join(folder, 'mark')
    writeFileSync(
      join(folder, 'trap.mjs'),
      `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(mark)}, '')\n`,
    )
    symlinkSync('trap.mjs', join(folder, 'link.mjs'))
    return { link: join(folder, 'link.mjs'), hasRun: () => existsSync(mark) }
  }

  test('bug: plan loaded modules of anybody', { skip }, async t => {
    const { link, hasRun } = trap(t)
    const { code, err } = await said(t, 'plan', `syslog-udp | ${link} | store`)
    assert.match(err, /trap\.mjs is below \/tmp, which services do not see, or where others may write/)
    assert.deepEqual([code, hasRun()], [64, false])
  })

  test('install looks where a link leads to', { skip }, async t => {
    const { link, hasRun } = trap(t)
    const { code, err } = await said(t, 'install', link, ...show)
    assert.match(err, /trap\.mjs is below \/tmp/)
    assert.deepEqual([code, hasRun()], [64, false])
  })
})

test('bug: what was checked was not what was loaded, where a link had changed meanwhile', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const text = `import { filter } from 'sluice'
export default filter({ summary: 'Own', open: () => record => record })\n`
  writeFileSync(join(folder, 'real.mjs'), text)
  symlinkSync('real.mjs', join(folder, 'link.mjs'))
  t.mock.method(process as { getuid(): number }, 'getuid', () => 1000)
  const { word } = await findSafely(join(folder, 'link.mjs'))
  assert.equal(word, realpathSync(join(folder, 'real.mjs')))
})
