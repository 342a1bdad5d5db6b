import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Misuse } from '../../../src/lib/errors.ts'
import { formatListenAddress, parseListenAddress } from '../../../src/lib/systemd/listen-address.ts'
import { HandedSockets, type Kind, type Wanting } from '../../../src/lib/systemd/sockets.ts'
import { bindTcp, bindUdp, bindUnix, linux } from '../../support/handed.ts'

const skip = linux === undefined && 'not on Linux'
const wanting = (...kinds: Kind[]): Wanting => ({ flag: '--listen', kinds, instead: '127.0.0.1:5514' })

test('an address is of systemd, or one to listen at', () => {
  assert.deepEqual(parseListenAddress('systemd'), { systemd: '' })
  assert.deepEqual(parseListenAddress('systemd:syslog'), { systemd: 'syslog' })
  assert.deepEqual(parseListenAddress('systemd.example:514'), { host: 'systemd.example', port: 514 })
  assert.throws(() => parseListenAddress('systemd:'), /write systemd, or systemd:NAME/)
  assert.throws(() => parseListenAddress('systemd:a:b'), /write systemd, or systemd:NAME/)
  assert.throws(() => parseListenAddress('system'), /is not host:port/)
  for (const text of ['systemd', 'systemd:syslog', '127.0.0.1:514', '*:514'])
    assert.equal(formatListenAddress(parseListenAddress(text)), text)
})

describe('what systemd hands over', { skip }, () => {
  test('is told by its kind, its real address and its name', async t => {
    const [udp4, udp6, tcp] = [await bindUdp(t), await bindUdp(t, '::1'), await bindTcp(t, '::')]
    const name = `@sluice-test-${process.pid}-kinds`
    const unix = await bindUnix(t, 'datagram', name)
    const handed = new HandedSockets({
      sockets: [
        { fd: udp4.fd, name: 'syslog' },
        { fd: tcp.fd, name: 'tcp' },
        { fd: udp6.fd, name: 'syslog' },
        { fd: unix, name: 'log' },
      ],
    })
    const told = async (name: string, kind: Kind) =>
      (await handed.take({ systemd: name }, wanting(kind))).map(({ fd, address }) => [fd, address])
    assert.deepEqual(await told('syslog', 'UDP'), [
      [udp4.fd, `127.0.0.1:${udp4.port}`],
      [udp6.fd, `[::1]:${udp6.port}`],
    ])
    assert.deepEqual(handed.unused, ['tcp', 'log'])
    assert.deepEqual(await told('tcp', 'TCP'), [[tcp.fd, `[::]:${tcp.port}`]])
    assert.deepEqual(await told('log', 'unix datagram'), [[unix, name]])
    assert.deepEqual(handed.unused, [])
  })

  test('without a name is what no other flag names', async t => {
    const [udp, tcp] = [await bindUdp(t), await bindTcp(t)]
    const sockets = [
      { fd: udp.fd, name: 'syslog' },
      { fd: tcp.fd, name: 'admin' },
    ]
    const handed = new HandedSockets({ sockets }, ['admin', ''])
    assert.deepEqual(
      (await handed.take({ systemd: '' }, wanting('UDP'))).map(({ fd }) => fd),
      [udp.fd],
    )
    assert.deepEqual(handed.unused, ['admin'])
  })

  const refused = async (t: TestContext, handed: HandedSockets, systemd: string, ...kinds: Kind[]) => {
    const failed = await handed.take({ systemd }, wanting(...kinds)).catch(error => error)
    assert.ok(failed instanceof Misuse, String(failed))
    t.diagnostic(failed.message)
    return failed.message
  }

  test('is refused with what to do instead', async t => {
    const [udp, tcp] = [await bindUdp(t), await bindTcp(t)]
    const sockets = [
      { fd: udp.fd, name: 'syslog' },
      { fd: tcp.fd, name: 'tcp' },
    ]
    const both = `syslog (UDP 127.0.0.1:${udp.port}), tcp (TCP 127.0.0.1:${tcp.port})`
    assert.equal(
      await refused(t, new HandedSockets({ sockets: [] }), '', 'UDP'),
      '--listen systemd: systemd has handed over no socket; start it by its .socket unit, or write --listen 127.0.0.1:5514',
    )
    assert.match(
      await refused(t, new HandedSockets({ sockets: [], socketsOf: 1 }), '', 'UDP'),
      /are for process 1, and this one is \d+/,
    )
    assert.equal(
      await refused(t, new HandedSockets({ sockets }), 'other', 'UDP'),
      `--listen systemd:other: there is no such socket, or another flag has it; systemd has handed over ${both}`,
    )
    assert.equal(
      await refused(t, new HandedSockets({ sockets }), '', 'UDP'),
      `--listen systemd: tcp (TCP 127.0.0.1:${tcp.port}) is no UDP socket; give each its FileDescriptorName=, and write --listen systemd:NAME`,
    )
    const named = new HandedSockets({ sockets }, ['syslog', 'tcp'])
    assert.match(await refused(t, named, '', 'UDP'), /there is no such socket, or another flag has it/)
    const twice = new HandedSockets({ sockets: [sockets[0]!, { fd: udp.fd, name: 'syslog' }] })
    await assert.rejects(
      twice.takeOne({ systemd: 'syslog' }, wanting('UDP')),
      /one socket is used, and there are 2/,
    )
  })

  test('that cannot be listened at is refused', async t => {
    const tcp = await bindTcp(t)
    const socket = connect(tcp.port, '127.0.0.1')
    t.after(() => socket.destroy())
    await new Promise(resolve => socket.once('connect', resolve))
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle
    const connection = new HandedSockets({ sockets: [{ fd, name: 'x' }] })
    assert.match(
      await refused(t, connection, 'x', 'TCP'),
      /is a connection; write Accept=no into its \.socket unit$/,
    )
    const file = openSync('/dev/null', 'r')
    t.after(() => closeSync(file))
    const none = new HandedSockets({ sockets: [{ fd: file, name: 'x' }] })
    assert.match(
      await refused(t, none, '', 'TCP', 'unix stream'),
      /x \(no socket\) is no TCP or unix stream socket/,
    )
  })
})
