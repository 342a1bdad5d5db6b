// Daemons as services, in a Debian that a real systemd has booted: from install to uninstall, and what they may do meanwhile.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Examined } from '../../src/commands/doctor/examine.ts'
import { orSkip } from '../servers/available.ts'
import { type Machine, startMachine } from '../servers/machine.ts'
import { until } from '../servers/support.ts'
import { events } from './services/events.ts'
import { killService, NODE, typed } from './services/machine.ts'
import { shipped } from './services/shipped.ts'

const SLUICE = '/opt/sluice/bin/sluice'
const TOKEN = 'a-token-that-is-long-enough-for-anybody'

/** Somebody's own daemon, where only root may write. */
const OWN = {
  '/srv/own/mark.js': `import { filter } from 'sluice'
export default filter({ summary: 'Mark', open: () => record => ({ ...record, message: record.message + ' marked' }) })
`,
  '/srv/own/package.json': '{ "type": "module" }',
}

/** What is no file of the system, or changes by itself. */
const FILES = `find / -xdev \\( -path /proc -o -path /opt -o -path /out -o -path /run/systemd -o -path /run/udev \
-o -path /var/log/journal -o -path /run/log -o -path /tmp -o -path /var/tmp \\) -prune -o -print | sort`

const service = (machine: Machine, command: string) => typed(machine, `${SLUICE} service ${command}`)

/** How many records with this word a store has. */
async function found(machine: Machine, word: string, port = 8514): Promise<number> {
  const url = `http://127.0.0.1:${port}/api/search?q=${word}`
  const script = `fetch('${url}').then(r => r.text()).then(t => process.stdout.write(t))`
  return JSON.parse(await machine.run(NODE, '-e', script)).records.length
}

async function untilFound(machine: Machine, word: string, count = 1, port = 8514): Promise<void> {
  await until(async () => (await found(machine, word, port)) === count, {
    timeout: 30_000,
    what: `${word} in the store, ${count} times`,
  })
}

const log = (machine: Machine, port: number, text: string) =>
  typed(machine, `logger --server 127.0.0.1 --port ${port} --udp ${text}`)

test('daemons as services of a host', { timeout: 400_000 }, async t => {
  const machine = await orSkip(t, () => startMachine(OWN))
  if (!machine) return
  t.after(() => machine.stop())
  // The init script leaves a user behind that is called as the group.
  const parts = { installed, planned, events, shipped, initScript }
  for (const [name, part] of Object.entries(parts))
    await t.test(name, { timeout: 200_000 }, t => part(t, machine))
})

/** Install, run, change, restart, uninstall: and nothing is left. */
async function installed(t: TestContext, machine: Machine): Promise<void> {
  const before = await typed(machine, FILES)
  const shown = await service(machine, 'install store --dry-run --now')
  assert.match(shown, /^# write \/etc\/systemd\/system\/sluice-store\.service \(mode 0644\):$/m)
  assert.match(shown, /^# run: systemctl start sluice-store\.service sluice-store\.socket$/m)
  assert.equal(await typed(machine, FILES), before)

  assert.equal(
    await service(machine, 'install store --now'),
    'store: installed\nstore answers every user of this host at 127.0.0.1:8514; --http-token-file FILE keeps them out\n',
  )
  assert.equal(
    await service(machine, 'install syslog-json'),
    'syslog-json: installed\nsyslog-json is not started; type: sluice service start syslog-json\n',
  )
  await service(machine, 'start syslog-json')
  const bridge = 'install syslog-udp --listen :514 --now'
  await service(machine, bridge)
  assert.equal(await service(machine, bridge), 'nothing to change\n')
  await log(machine, 514, 'first')
  await untilFound(machine, 'first')

  await t.test('status and logs say how it does', async () => {
    const status = await service(machine, 'status')
    assert.match(status, /^store: running, for \d+ s/m)
    assert.match(status, /^ {2}udp:\/\/\[::\]:514$/m)
    assert.match(status, /^ {2}ack\+ipc:\/\/\/run\/sluice\/syslog-json\.ipc$/m)
    assert.match(await service(machine, 'logs syslog-udp --output=cat'), /"msg":"ready"/)
    await typed(machine, 'systemctl reload sluice-store')
  })

  await t.test('bug: doctor and ledger did not find services, and suggested to kill them', async () => {
    const asked = JSON.parse(await typed(machine, `${SLUICE} doctor --json || true`)) as Examined
    const pids = await typed(
      machine,
      'systemctl show --value -p MainPID sluice-store sluice-syslog-json sluice-syslog-udp',
    )
    for (const pid of pids.trim().split(/\s+/))
      assert.ok(
        asked.looked.some(one => one.endsWith(`(pid ${pid})`)),
        `${pid} ${JSON.stringify(asked)}`,
      )
    const wrong = asked.findings.filter(({ level }) => level === 'wrong')
    assert.deepEqual(wrong, [])
    const names = JSON.parse(await typed(machine, `${SLUICE} ledger --json || true`)).stages.map(
      (stage: { name: string }) => stage.name,
    )
    assert.deepEqual(names.sort(), ['store', 'syslog-json', 'syslog-udp'])
    // Another user may not ask them, and hears that they run.
    const other = JSON.parse(
      await typed(machine, `runuser -u nobody -- ${SLUICE} doctor --json || true`),
    ) as Examined
    const hidden = other.findings.filter(({ what }) => /^it runs, and who asks/.test(what))
    assert.deepEqual(hidden.map(({ about }) => about).sort(), ['store', 'syslog-json', 'syslog-udp'])
    assert.deepEqual(
      other.findings.filter(({ check, level }) => check === 'ports' && level !== 'well'),
      [],
    )
  })

  await t.test('other flags are written, and it is said what is to be typed', async () => {
    assert.match(
      await service(machine, 'install syslog-json --timezone UTC'),
      /still runs as it was before; type: sluice service restart syslog-json/,
    )
    await service(machine, 'restart syslog-json')
    await service(machine, 'install syslog-udp --listen :514 --listen 127.0.0.1:5514 --now')
    await log(machine, 5514, 'second')
    await untilFound(machine, 'second')
  })

  await t.test('what comes while it is not there starts it, and is not lost', async () => {
    await typed(machine, 'systemctl stop sluice-syslog-udp.service 2>&1')
    await log(machine, 514, 'third')
    await untilFound(machine, 'third')
  })

  await t.test('a file of flags counts for what is not typed, and for the rights', async () => {
    await typed(machine, "echo 'listen 127.0.0.1:5515' > /etc/sluice/syslog-udp.conf")
    await service(machine, 'install syslog-udp --now')
    await log(machine, 5515, 'fourth')
    await untilFound(machine, 'fourth')
    await typed(machine, 'rm /etc/sluice/syslog-udp.conf')
  })

  await t.test('a secret may be for root alone, and a daemon of ones own runs from its folder', async () => {
    const post = (how: string) =>
      `fetch('http://127.0.0.1:8515/', { method: 'POST', body: 'posted', ${how} })`
    const status = (how: string) =>
      machine.run(NODE, '-e', `${post(how)}.then(r => process.stdout.write(String(r.status)))`)
    await typed(machine, `umask 077 && echo ${TOKEN} > /etc/token`)
    const link = 'ack+ipc:///run/sluice/mark.ipc'
    await service(machine, 'install /srv/own/mark.js --now')
    await service(machine, `install http-in --http-token-file /etc/token --push-connect ${link} --now`)
    assert.equal(await status(''), '401')
    assert.equal(await status(`headers: { authorization: 'Bearer ${TOKEN}' }`), '200')
    await untilFound(machine, 'marked')
    await service(machine, 'uninstall mark http-in --purge')
    await typed(machine, 'rm /etc/token')
  })

  await t.test('uninstall says what it keeps, and with --purge keeps nothing', async () => {
    const said = await service(machine, 'uninstall syslog-udp')
    assert.match(said, /kept: \/var\/lib\/sluice-syslog-udp, /)
    await typed(machine, 'rm -r /var/lib/sluice-syslog-udp /var/lib/private/sluice-syslog-udp')
    await service(machine, 'uninstall syslog-json store --purge')
    assert.match(await service(machine, 'status'), /^no service is installed/)
    assert.deepEqual(difference(await typed(machine, FILES), before), [])
  })
}

/** What is in one of them alone. */
function difference(a: string, b: string): string[] {
  const [left, right] = [new Set(a.split('\n')), new Set(b.split('\n'))]
  return [...left.symmetricDifference(right)]
}

const COUNT = 10_000

/** Sends datagrams with the word `counted`, 4,000 a second. */
const SEND = `
const [port, count] = process.argv.slice(1).map(Number)
const socket = require('node:dgram').createSocket('udp4')
let sent = 0
const timer = setInterval(() => {
  for (let n = 0; n < 40 && sent < count; n++) socket.send('<13>counted ' + sent++, port, '127.0.0.1')
  if (sent === count) clearInterval(timer), setImmediate(() => socket.close())
}, 10)`

/** The numbers in a store, each as often as it is there. */
async function numbers(machine: Machine, port: number): Promise<number[]> {
  const script = `fetch('http://127.0.0.1:${port}/api/export?q=counted').then(r => r.text()).then(t => process.stdout.write(t))`
  const lines = (await machine.run(NODE, '-e', script)).split('\n').slice(0, -1)
  return lines.map(line => Number(JSON.parse(line).message.replace('counted ', ''))).sort((a, b) => a - b)
}

/** A whole chain, with copies of a stage, from one line; what is killed meanwhile is there again, and nothing is lost. */
async function planned(_t: TestContext, machine: Machine): Promise<void> {
  const chain = "'syslog-udp --listen 127.0.0.1:1514 | syslog-json*2 | store --http 127.0.0.1:8000'"
  const names = 'edge-syslog-udp, edge-syslog-json-1, edge-syslog-json-2, edge-store'
  const said = await service(machine, `plan --name edge --install --now ${chain}`)
  const note =
    'edge-store answers every user of this host at 127.0.0.1:8000; --http-token-file FILE keeps them out'
  assert.equal(said, `${names}: installed\n${note}\n`)
  const sending = machine.run(NODE, '-e', SEND, '1514', String(COUNT))
  for (const stage of ['syslog-json-1', 'store', 'syslog-json-2'])
    await killService(machine, `sluice-edge-${stage}`)
  await sending
  await until(async () => (await numbers(machine, 8000)).length >= COUNT, {
    timeout: 60_000,
    what: 'all that was sent',
  })
  assert.deepEqual(
    await numbers(machine, 8000),
    Array.from({ length: COUNT }, (_, n) => n),
  )
  await service(machine, 'stop edge')
  await assert.rejects(service(machine, 'status edge'), /inactive/)
  await service(machine, 'uninstall edge --purge')
  assert.match(await service(machine, 'status'), /^no service is installed/)
}

/** As far as an init script goes: it starts a daemon as a user of its own, and stops it. */
async function initScript(_t: TestContext, machine: Machine): Promise<void> {
  const before = await typed(machine, FILES)
  await service(machine, 'install store --name old --system sysv --http 127.0.0.1:8001 --now')
  await until(async () => (await typed(machine, 'cat /var/log/sluice-old.log')).includes('"msg":"ready"'), {
    timeout: 30_000,
    what: 'the daemon that the init script started',
  })
  assert.equal(await found(machine, 'nothing', 8001), 0)
  assert.equal(await service(machine, 'status old'), 'sluice-old runs\n')
  assert.equal((await typed(machine, 'stat -c %U /proc/$(cat /var/run/sluice-old.pid)')).trim(), 'sluice')
  await service(machine, 'restart old')
  await service(machine, 'uninstall old --purge')
  assert.deepEqual(difference(await typed(machine, FILES), before), [])
}
