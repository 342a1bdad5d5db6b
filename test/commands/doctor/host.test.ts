// Ports, buffers of the kernel, the clock.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkClock } from '../../../src/commands/doctor/checks/clock.ts'
import { checkKernel } from '../../../src/commands/doctor/checks/kernel.ts'
import { checkPorts } from '../../../src/commands/doctor/checks/ports.ts'
import type { Host } from '../../../src/commands/doctor/host.ts'
import type { Setup } from '../../../src/commands/doctor/setup.ts'
import { parseSockets } from '../../../src/commands/doctor/sockets.ts'
import { HOST, plan, said } from './support.ts'

const bad = (findings: ReturnType<typeof checkPorts>) =>
  said(findings.filter(({ level }) => level !== 'well'))
const taken = (
  protocol: 'tcp' | 'udp',
  host: string,
  port: number,
  pid?: number,
): Host['sockets'][number] => ({
  ...{ protocol, host, port, inode: '1', drops: 0 },
  ...(pid && { owner: { pid, program: 'rsyslogd' } }),
})

describe('ports', () => {
  const udp = 'syslog-udp --name udp --push-connect file:///a --listen'
  const tcp = 'syslog-tcp --name tcp --push-connect file:///a --listen'
  const running = {
    words: [
      'relay',
      '--name',
      'r',
      '--pull-connect',
      '-',
      '--push-connect',
      '-',
      '--admin',
      '127.0.0.1:9600',
    ],
    pid: 7,
  }
  const unit = (mayBindLow: boolean): Partial<Setup> => ({
    words: ['syslog-udp', '--name', 'unit', '--push-connect', 'file:///a', '--listen', ':514'],
    mayBindLow,
  })
  const cases: [
    what: string,
    commands: (string | Partial<Setup>)[],
    sockets: Host['sockets'],
    wrong: RegExp | undefined,
  ][] = [
    ['that are free', [`${udp} :5514`, `${tcp} :5514`], [taken('tcp', '127.0.0.1', 5515)], undefined],
    [
      'of one protocol, twice',
      [`${tcp} :601`, 'relp --name r --push-connect file:///a --listen 127.0.0.1:601'],
      [],
      /^wrong r: --listen 127\.0\.0\.1:601 \(tcp\) is where tcp listens as well \(1\) -> --listen 127\.0\.0\.1:602/,
    ],
    [
      'that are shared',
      [`${udp} :514 --reuse-port`, 'syslog-udp --name b --push-connect file:///a --listen :514 --reuse-port'],
      [taken('udp', '::', 514)],
      undefined,
    ],
    [
      'of others',
      [`${udp} :514`],
      [taken('udp', '0.0.0.0', 514, 123)],
      /^wrong udp: --listen \*:514 \(udp\) is taken by rsyslogd \(pid 123\) -> sudo kill 123, or --listen \*:515$/,
    ],
    [
      'of others, whom only root sees',
      [`${udp} 127.0.0.1:514`],
      [taken('udp', '0.0.0.0', 514)],
      /taken by another process; as root, this says which/,
    ],
    ['at another address', [`${udp} 127.0.0.1:514`], [taken('udp', '192.0.2.1', 514)], undefined],
    ['of a process that runs', [running], [taken('tcp', '127.0.0.1', 9600, 7)], undefined],
    [
      'of an admin face, and a page',
      [running, 'store --name s --pull-connect - --http 127.0.0.1:9600'],
      [],
      /^wrong r: --admin 127\.0\.0\.1:9600|^wrong s: --http/,
    ],
    ['below 1024 by root', [unit(true)], [], undefined],
    [
      'below 1024 by somebody else',
      [unit(false)],
      [],
      /^wrong unit: --listen \*:514 \(udp\): ports below 1024 are for root.* -> --listen systemd/,
    ],
    [
      'that are free ones',
      [`${udp} 127.0.0.1:0`, `${udp.replace('udp --name udp', 'udp --name b')} 127.0.0.1:0`],
      [],
      undefined,
    ],
  ]
  for (const [what, commands, sockets, wrong] of cases)
    test(what, async () => {
      const found = bad(checkPorts(await plan(...commands), { ...HOST, sockets }))
      if (!wrong) assert.deepEqual(found, [])
      else assert.match(found.join('\n'), wrong)
    })
})

describe('what the kernel queues', () => {
  const udp = [
    'syslog-udp',
    '--name',
    'udp',
    '--push-connect',
    'file:///a',
    '--listen',
    ':5514',
    '--receive-buffer',
    '32MiB',
  ]
  test('is too little for the buffer that was asked for', async () => {
    const [one] = bad(checkKernel(await plan({ words: udp }), HOST))
    assert.match(
      one!,
      /^warning udp: of --receive-buffer 32MiB the kernel gives 8MiB.* -> echo 'net\.core\.rmem_max = 33554432' \| sudo tee/,
    )
    const kernel = { ...HOST.kernel, rmemMax: 2 ** 25 }
    assert.deepEqual(bad(checkKernel(await plan({ words: udp }), { ...HOST, kernel })), [])
    assert.deepEqual(bad(checkKernel(await plan({ words: udp }), { ...HOST, kernel: {} })), [])
  })
  test('was too little: datagrams were dropped', async () => {
    const kernel = { ...HOST.kernel, rmemMax: 2 ** 25 }
    const socket = { ...taken('udp', '::', 5514, 7), drops: 12 }
    const look = async (pid: number) =>
      bad(checkKernel(await plan({ words: udp, pid }), { ...HOST, kernel, sockets: [socket] }))
    assert.match(
      (await look(7))[0]!,
      /^warning udp: the kernel has dropped 12 datagrams.* -> --receive-buffer 64MiB/,
    )
    assert.deepEqual(await look(8), [])
  })
  test('is too little for connections, and for programs that log', async () => {
    const kernel = { ...HOST.kernel, somaxconn: 128, datagramQueue: 10 }
    const planned = await plan(
      'syslog-tcp --push-connect file:///a',
      'syslog-unix --push-connect file:///a --datagram /tmp/log',
    )
    const found = bad(checkKernel(planned, { ...HOST, kernel }))
    assert.match(found[0]!, /^warning syslog-unix: the kernel queues 10 datagrams.*max_dgram_qlen = 512/)
    assert.match(found[1]!, /^warning this host: the kernel queues 128 connections.*somaxconn = 4096/)
    assert.deepEqual(bad(checkKernel(await plan('store --pull-connect -'), HOST)), [])
  })
})

test('the clock is kept right, is not, or nobody can tell', () => {
  const levels = [true, false, undefined].map(
    isSynchronised => checkClock({ ...HOST, clock: { isSynchronised, zone: 'UTC' } })[0]!.level,
  )
  assert.deepEqual(levels, ['well', 'warning', 'unknown'])
})

test('tables of the kernel', () => {
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F91 0200007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0`
  assert.deepEqual(parseSockets('tcp', tcp), [
    { protocol: 'tcp', host: '127.0.0.1', port: 8080, inode: '4711', drops: 0 },
  ])
  const line = (address: string) =>
    `  9: ${address}:0202 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 99 2 0000000000000000 17`
  const hosts = [
    '00000000000000000000000000000000',
    '00000000000000000000000001000000',
    '0000000000000000FFFF00000100007F',
    'B80D0120000000000000000001000000',
  ]
  const found = parseSockets('udp', hosts.map(line).join('\n'))
  assert.deepEqual(
    found.map(({ host }) => host),
    ['::', '::1', '127.0.0.1', '2001:db8::1'],
  )
  assert.deepEqual([found[0]!.port, found[0]!.drops], [514, 17])
  assert.deepEqual(parseSockets('udp', 'junk\n\n 1: x:y'), [])
})
