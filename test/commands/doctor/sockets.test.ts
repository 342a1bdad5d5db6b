// Sockets that systemd opens, and daemons that would open the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPorts } from '../../../src/commands/doctor/checks/ports.ts'
import type { Host } from '../../../src/commands/doctor/host.ts'
import { readSocketUnit } from '../../../src/commands/doctor/socket-units.ts'
import { HOST, plan, said } from './support.ts'

const socket = (name: string, line: string) => readSocketUnit(`/etc/${name}.socket`, `[Socket]\n${line}\n`)!
const taken = (port: number, pid: number | undefined, program = 'systemd'): Host => ({
  ...HOST,
  sockets: [
    { protocol: 'udp', host: '::', port, inode: '1', drops: 0, ...(pid && { owner: { pid, program } }) },
  ],
})
const UDP = 'syslog-udp --name udp --push-connect file:///a --listen'

test('two of them at one address', () => {
  const units = [socket('sluice-a', 'ListenDatagram=514'), socket('sluice-b', 'ListenDatagram=127.0.0.1:514')]
  assert.deepEqual(said(checkPorts([], HOST, units)), [
    'wrong sluice-b.socket: ListenDatagram=127.0.0.1:514 (udp) is where sluice-a.socket listens as well (/etc/sluice-a.socket) -> ListenDatagram=127.0.0.1:515 for one of them',
  ])
  const other = [socket('sluice-a', 'ListenDatagram=514'), socket('sluice-b', 'ListenStream=514')]
  assert.deepEqual(
    checkPorts([], HOST, other).map(({ level }) => level),
    ['well'],
  )
})

test('a daemon that would open what systemd opens', async () => {
  const planned = await plan(`${UDP} 127.0.0.1:5514`)
  const units = [socket('sluice-a', 'ListenDatagram=5514')]
  const clash =
    'wrong sluice-a.socket: ListenDatagram=5514 (udp) is where udp listens as well (1) -> --listen systemd for the one that it is for, or another port'
  assert.deepEqual(said(checkPorts(planned, HOST, units)), [clash])
  // It is active: said once, and nobody is told to kill systemd.
  assert.deepEqual(said(checkPorts(planned, taken(5514, 1), units)), [clash])
})

test('bug: somebody was told to kill systemd', async () => {
  const [finding] = said(checkPorts(await plan(`${UDP} 127.0.0.1:5514`), taken(5514, 1)))
  assert.match(finding!, /is taken by systemd \(pid 1\) -> --listen systemd, or .*systemctl list-sockets/)
})

test('bug: somebody was told to kill a daemon of ours', async () => {
  const running = await plan({ words: `${UDP} 127.0.0.1:5514`.split(' '), pid: 7 }, `${UDP} 127.0.0.1:5514`)
  const findings = said(checkPorts(running, taken(5514, 7, 'node')))
  assert.equal(findings.length, 1)
  assert.match(findings[0]!, /is where udp listens as well/)
  const up = await plan({ words: `${UDP} 127.0.0.1:5514`.split(' '), isUp: true })
  assert.deepEqual(
    checkPorts(up, taken(5514, 7, 'node')).map(({ level }) => level),
    ['well'],
  )
})

test('one that is active is well, and one whose address a stranger has is not', () => {
  const units = [socket('sluice-a', 'ListenDatagram=5514')]
  for (const pid of [1, undefined])
    assert.deepEqual(
      checkPorts([], taken(5514, pid), units).map(({ level }) => level),
      ['well'],
    )
  assert.match(
    said(checkPorts([], taken(5514, 99, 'rsyslogd'), units))[0]!,
    /^wrong sluice-a\.socket: ListenDatagram=5514 \(udp\) is taken by rsyslogd \(pid 99\) -> sudo kill 99/,
  )
})
