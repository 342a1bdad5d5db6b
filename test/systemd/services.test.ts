// Daemons as services, in a Debian that a real systemd has booted: from install to uninstall, and what they may do meanwhile.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadDaemon, namesIn } from '../../src/lib/registry.ts'
import { shippedService } from '../../src/lib/service/shipped.ts'
import { orSkip } from '../servers/available.ts'
import { type Machine, startMachine } from '../servers/machine.ts'
import { until } from '../servers/support.ts'
import { root } from '../support/process.ts'

const folder = join(root, 'systemd')
const NODE = '/opt/sluice/node_modules/node/bin/node'
const SLUICE = '/opt/sluice/bin/sluice'

/** What is no file of the system, or changes by itself. */
const FILES = `find / -xdev \\( -path /proc -o -path /opt -o -path /out -o -path /run/systemd -o -path /run/udev \
-o -path /var/log/journal -o -path /run/log -o -path /tmp -o -path /var/tmp \\) -prune -o -print | sort`

async function booted(t: TestContext, files: { [path: string]: string } = {}): Promise<Machine | undefined> {
  const machine = await orSkip(t, () => startMachine(files))
  if (machine) t.after(() => machine.stop())
  return machine
}

/** As root types it there. */
const typed = (machine: Machine, command: string) => machine.run('/bin/sh', '-c', `cd / && ${command}`)

test('install, run, change, restart, uninstall: and nothing is left', async t => {
  const machine = await booted(t)
  if (!machine) return
  const service = (command: string) => typed(machine, `${SLUICE} service ${command}`)
  const before = await typed(machine, FILES)

  const shown = await service('install store --dry-run --now')
  assert.match(shown, /^# write \/etc\/systemd\/system\/sluice-store\.service \(mode 0644\):$/m)
  assert.match(shown, /^# run: systemctl start sluice-store\.service sluice-store\.socket$/m)
  assert.equal(await typed(machine, FILES), before)

  assert.equal(await service('install store --now'), 'store: installed\n')
  assert.equal(
    await service('install syslog-json'),
    'syslog-json: installed\nsyslog-json is not started; type: sluice service start syslog-json\n',
  )
  await service('start syslog-json')
  await service('install syslog-udp --listen :514 --now')
  assert.equal(await service('install syslog-udp --listen :514 --now'), 'nothing to change\n')

  const search = `http://127.0.0.1:8514/api/search?q=`
  const found = async (word: string) => {
    const script = `fetch('${search}${word}').then(r => r.text()).then(t => process.stdout.write(t))`
    return JSON.parse(await machine.run(NODE, '-e', script)).records.length as number
  }
  await typed(machine, 'logger --server 127.0.0.1 --port 514 --udp first')
  await until(async () => (await found('first')) === 1, {
    timeout: 30_000,
    what: 'what was sent to port 514',
  })

  await t.test('status and logs say how it does', async () => {
    const status = await service('status')
    assert.match(status, /^store: running, for \d+ s/m)
    assert.match(status, /^ {2}udp:\/\/\[::\]:514$/m)
    assert.match(status, /^ {2}ack\+ipc:\/\/\/run\/sluice\/syslog-json\.ipc$/m)
    assert.match(await service('logs syslog-udp --output=cat'), /"msg":"ready"/)
  })

  await t.test('other flags are written, and it is said what is to be typed', async () => {
    assert.match(
      await service('install syslog-json --timezone UTC'),
      /still runs as it was before; type: sluice service restart syslog-json/,
    )
    await service('restart syslog-json')
    await service('install syslog-udp --listen :514 --listen 127.0.0.1:5514 --now')
    await typed(machine, 'logger --server 127.0.0.1 --port 5514 --udp second')
    await until(async () => (await found('second')) === 1, {
      timeout: 30_000,
      what: 'what was sent to the other port',
    })
  })

  await t.test('what comes while it is restarted is there afterwards', async () => {
    await typed(machine, 'systemctl stop sluice-syslog-udp.service 2>&1')
    await typed(machine, 'logger --server 127.0.0.1 --port 514 --udp third')
    await until(async () => (await found('third')) === 1, {
      timeout: 30_000,
      what: 'what came while it was stopped',
    })
  })

  await t.test('uninstall says what it keeps, and with --purge keeps nothing', async () => {
    const said = await service('uninstall syslog-udp')
    assert.match(said, /kept: \/var\/lib\/sluice-syslog-udp, /)
    await typed(machine, 'rm -r /var/lib/sluice-syslog-udp /var/lib/private/sluice-syslog-udp')
    await service('uninstall syslog-json store --purge')
    assert.match(await service('status'), /^no service is installed/)
    const after = await typed(machine, FILES)
    // The files of the group are of the system; that it is there is said.
    assert.deepEqual(difference(after, before), [])
  })
})

/** What is in one of them alone. */
function difference(a: string, b: string): string[] {
  const [left, right] = [new Set(a.split('\n')), new Set(b.split('\n'))]
  return [...left.symmetricDifference(right)]
}

test('a whole chain, with copies of a stage, from one line', async t => {
  const machine = await booted(t)
  if (!machine) return
  const service = (command: string) => typed(machine, `${SLUICE} service ${command}`)
  const chain = "'syslog-tcp --listen 127.0.0.1:1514 | syslog-json*2 | store --http 127.0.0.1:8000'"
  const names = 'edge-syslog-tcp, edge-syslog-json-1, edge-syslog-json-2, edge-store'
  assert.equal(await service(`plan --name edge --install --now ${chain}`), `${names}: installed\n`)
  await typed(
    machine,
    'for n in 1 2 3 4 5 6; do logger --server 127.0.0.1 --port 1514 --tcp --octet-count counted; done',
  )
  const script = `fetch('http://127.0.0.1:8000/api/search?q=counted').then(r => r.text()).then(t => process.stdout.write(t))`
  await until(async () => JSON.parse(await machine.run(NODE, '-e', script)).records.length === 6, {
    timeout: 30_000,
    what: 'six messages in the store',
  })
  await service('stop edge')
  await assert.rejects(service('status edge'), /inactive/)
  await service('uninstall edge --purge')
  assert.match(await service('status'), /^no service is installed/)
})

test('the units of all daemons start as they come, each in its sandbox', async t => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const texts = files
    .filter(file => /\.(service|socket|conf)$/.test(file))
    .map(file => {
      const place = file.includes('/') ? `/etc/${file}` : `/etc/systemd/system/${file}`
      return [place, readFileSync(join(folder, file), 'utf8')] as const
    })
  const names = namesIn('daemons')
  const probes = names.map(name => [`/etc/systemd/system/probe-${name}.service`, probeOf(name)] as const)
  const machine = await booted(t, {
    ...Object.fromEntries([...texts, ...probes]),
    '/etc/sluice/pipe': '#!/bin/sh\nexec cat\n',
  })
  if (!machine) return

  await t.test('they run', async () => {
    // Mounted from a file that is not executable.
    const pipe =
      'mkdir -p /srv && cp /etc/sluice/pipe /srv/pipe && chmod 755 /srv/pipe && mount --bind /srv/pipe /etc/sluice/pipe'
    await typed(machine, pipe)
    await typed(machine, `systemctl start ${names.map(name => `sluice-${name}.service`).join(' ')}`)
    const states = await typed(
      machine,
      `systemctl is-active ${names.map(name => `sluice-${name}`).join(' ')}`,
    )
    assert.deepEqual([...new Set(states.trim().split('\n'))], ['active'])
  })

  const secret =
    'echo secret > /var/log/secret && chmod 600 /var/log/secret && echo Europe/Paris > /etc/timezone'
  await typed(machine, `${secret} && ln -sf /usr/share/zoneinfo/Europe/Paris /etc/localtime`)
  await typed(machine, `chmod 777 /out && systemctl start ${names.map(name => `probe-${name}`).join(' ')}`)
  for (const name of names) {
    const { unit } = shippedService(name, await loadDaemon(name))
    await t.test(`sluice-${name} may do what it needs, and nothing else`, () => {
      const seen = JSON.parse(readFileSync(join(machine.out, `probe-${name}`), 'utf8'))
      checkProbe(seen, unit.rights)
    })
  }
})

/** The unit of a daemon with a program in it that tries what it may. */
function probeOf(name: string): string {
  return readFileSync(join(folder, `sluice-${name}.service`), 'utf8')
    .replace(/^ExecStart=.*$/m, `ExecStart=/usr/bin/env ${NODE} /opt/sluice/test/systemd/probe.ts 8514`)
    .replace('Type=notify', `Type=oneshot\nStandardOutput=truncate:/out/probe-${name}`)
    .replace(/^(Requires|After|Restart|Also)=.*\n/gm, '')
    .replace(/^(StateDirectory|RuntimeDirectory)=.*$/gm, `$1=probe-${name}`)
}

type Seen = { [what: string]: unknown } & { writes: object; reads: object; root: string[]; etc: string[] }

function checkProbe(seen: Seen, rights: ReturnType<typeof shippedService>['unit']['rights']): void {
  assert.ok((seen.uid as number) > 60_000, 'a user of its own')
  assert.deepEqual([seen.capabilities, seen.noNewPrivileges, seen.seccomp], ['0000000000000000', '1', '2'])
  assert.equal(seen.zone, 'Europe/Paris')
  const writable = Object.entries(seen.writes).filter(([, code]) => code === 'ok')
  // Where its root is empty, /run is one of its own.
  assert.deepEqual(
    writable.map(([folder]) => folder),
    rights.programs ? [] : ['/run'],
  )
  assert.ok(!Object.values(seen.reads).includes('ok'), JSON.stringify(seen.reads))
  assert.equal(seen.state, 'ok')
  assert.equal(seen.links === 'ok', rights.writes.includes('/run/sluice'), `links: ${seen.links}`)
  if (!rights.programs) {
    const places = [
      'bin',
      'dev',
      'etc',
      'lib',
      'lib64',
      'opt',
      'proc',
      'root',
      'run',
      'sys',
      'tmp',
      'usr',
      'var',
    ]
    assert.deepEqual(seen.root, places)
    assert.ok(!seen.etc.includes('passwd'), seen.etc.join(' '))
  }
  if (rights.peers.length === 0)
    assert.deepEqual([seen.connects, seen.listens], ['EAFNOSUPPORT', 'EAFNOSUPPORT'])
  else assert.equal(seen.connects, 'ok')
}
