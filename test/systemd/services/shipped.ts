import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { loadDaemon, namesIn } from '../../../src/lib/registry.ts'
import { shippedService } from '../../../src/lib/service/shipped.ts'
import type { Machine } from '../../servers/machine.ts'
import { root } from '../../support/process.ts'
import { NODE, typed } from './machine.ts'

const folder = join(root, 'systemd')

/** The units of all daemons start as they come, each in its sandbox. */
export async function shipped(t: TestContext, machine: Machine): Promise<void> {
  const names = namesIn('daemons')
  for (const name of names) writeFileSync(join(machine.out, `probe-${name}.service`), probeOf(name))
  const put = [
    'cd /opt/sluice/systemd && cp *.service *.socket /out/probe-*.service /etc/systemd/system/',
    'systemd-sysusers $PWD/sysusers.d/sluice.conf && systemd-tmpfiles --create $PWD/tmpfiles.d/sluice.conf',
    "mkdir -p /etc/sluice && printf '#!/bin/sh\nexec cat\n' > /etc/sluice/pipe && chmod 755 /etc/sluice/pipe",
    'echo secret > /var/log/secret && chmod 600 /var/log/secret && chmod 777 /out',
    'ln -sf /usr/share/zoneinfo/Europe/Paris /etc/localtime && systemctl daemon-reload',
  ]
  await typed(machine, put.join(' && '))

  await t.test('they run', async () => {
    const units = names.map(name => `sluice-${name}.service`).join(' ')
    await typed(machine, `systemctl start ${units}`)
    const states = await typed(machine, `systemctl is-active ${units}`)
    assert.deepEqual([...new Set(states.trim().split('\n'))], ['active'])
  })

  await t.test('a chain of ones own runs as sluice@NAME', async () => {
    const chain = 'chain syslog-udp --listen 127.0.0.1:5516 | syslog-json | store --http 127.0.0.1:8002'
    await typed(machine, `echo '${chain}' > /etc/sluice/own.conf && systemctl start sluice@own`)
    assert.match(await typed(machine, 'systemctl status sluice@own'), /Status: "\d+ records/)
    await typed(machine, 'systemctl stop sluice@own')
  })

  await typed(machine, `systemctl start ${names.map(name => `probe-${name}`).join(' ')}`)
  for (const name of names) {
    const { unit } = shippedService(name, await loadDaemon(name))
    await t.test(`sluice-${name} may do what it needs, and nothing else`, () => {
      const seen = JSON.parse(readFileSync(join(machine.out, `probe-${name}`), 'utf8'))
      checkProbe(seen, unit.rights)
    })
  }
}

/** The unit of a daemon with a program in it that tries what it may. */
function probeOf(name: string): string {
  return readFileSync(join(folder, `sluice-${name}.service`), 'utf8')
    .replace(
      /^ExecStart=.*$/m,
      `ExecStart=/usr/bin/env ${NODE} /opt/sluice/test/systemd/services/probe.ts 8514`,
    )
    .replace('Type=notify', `Type=oneshot\nStandardOutput=truncate:/out/probe-${name}`)
    .replace(/^(Requires|After|Restart|Also)=.*\n/gm, '')
    .replace(/^(StateDirectory|RuntimeDirectory)=.*$/gm, `$1=probe-${name}`)
}

type Seen = { [what: string]: unknown } & { writes: object; reads: object; root: string[]; etc: string[] }

function checkProbe(seen: Seen, rights: ReturnType<typeof shippedService>['unit']['rights']): void {
  assert.ok((seen.uid as number) > 60_000, 'a user of its own')
  assert.deepEqual([seen.capabilities, seen.noNewPrivileges, seen.seccomp], ['0000000000000000', '1', '2'])
  assert.equal(seen.zone, 'Europe/Paris')
  const seesHost = rights.programs || rights.host
  const writable = Object.entries(seen.writes).filter(([, code]) => code === 'ok')
  // Where its root is empty, /run is one of its own.
  assert.deepEqual(
    writable.map(([folder]) => folder),
    seesHost ? [] : ['/run'],
  )
  assert.ok(!Object.values(seen.reads).includes('ok'), JSON.stringify(seen.reads))
  assert.equal(seen.state, 'ok')
  assert.equal(seen.links === 'ok', rights.writes.includes('/run/sluice'), `links: ${seen.links}`)
  if (!seesHost) {
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
