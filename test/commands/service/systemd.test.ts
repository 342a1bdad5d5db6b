import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../../../src/commands/service/changes.ts'
import { installSystemd } from '../../../src/commands/service/systemd.ts'
import type { Service } from '../../../src/lib/service/service.ts'
import { hostWith, serviceOf } from './host.ts'

/** What is there after these were installed. */
async function installed(service: Service): Promise<{ [path: string]: string }> {
  const { changes } = await installSystemd([service], hostWith({}), false)
  return Object.fromEntries(
    changes.flatMap(change => ('write' in change ? [[change.write, change.text]] : [])),
  )
}

const commands = (changes: readonly Change[]) =>
  changes.flatMap(change => ('run' in change ? [change.run.join(' ')] : []))

const both = await serviceOf('syslog-unix', 'x', ['--datagram', '/run/a', '--stream', '/run/b'])
const one = await serviceOf('syslog-unix', 'x', ['--datagram', '/run/a'])

test('a socket that is left out is closed, with what runs on it, only where things may be started', async () => {
  const host = hostWith(await installed(both), ['sluice-x.service', 'sluice-x:stream.socket'])
  const asked = await installSystemd([one], host, false)
  assert.deepEqual(commands(asked.changes), [
    'systemctl disable --quiet sluice-x:stream.socket',
    'systemctl daemon-reload',
  ])
  assert.match(asked.notes.join(), /x still runs as it was before; type: sluice service stop x && /)
  const now = await installSystemd([one], host, true)
  assert.deepEqual(commands(now.changes), [
    'systemctl disable --now --quiet sluice-x:stream.socket',
    'systemctl daemon-reload',
    'systemctl stop sluice-x.service sluice-x.socket',
    'systemctl start sluice-x.service sluice-x.socket',
  ])
})

test('of a service that does not run, the socket of an earlier time is taken away at once', async () => {
  const { changes } = await installSystemd([one], hostWith(await installed(both)), false)
  assert.deepEqual(commands(changes), [
    'systemctl disable --now --quiet sluice-x:stream.socket',
    'systemctl daemon-reload',
  ])
  assert.ok(changes.some(change => 'remove' in change && change.remove.endsWith('/sluice-x:stream.socket')))
})

test('bug: a socket that waited for its service stayed at the address of before', async () => {
  const before = await serviceOf('syslog-udp', 'x', ['--listen', ':1514'])
  const after = await serviceOf('syslog-udp', 'x', ['--listen', ':1515'])
  const host = hostWith(await installed(before), ['sluice-x.socket'])
  assert.deepEqual(commands((await installSystemd([after], host, true)).changes), [
    'systemctl daemon-reload',
    'systemctl stop sluice-x.service sluice-x.socket',
    'systemctl start sluice-x.service sluice-x.socket',
  ])
  const { notes } = await installSystemd([after], host, false)
  assert.match(notes.join(), /type: sluice service stop x && sluice service start x/)
})

test('the socket of one service is not the one of another, whatever they are called', async () => {
  const other = await serviceOf('syslog-unix', 'x-stream', ['--stream', '/run/c'])
  const names = [both, other].flatMap(({ sockets }) => sockets.map(({ name }) => name))
  assert.equal(new Set(names).size, 3)
})
