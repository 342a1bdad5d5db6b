import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSocketUnit } from '../../../src/commands/doctor/socket-units.ts'
import { setupOfUnit } from '../../../src/commands/doctor/units.ts'

const unit = (...lines: string[]) => ['[Unit]', '[Service]', ...lines].join('\n')

test('a unit as the package brings it', () => {
  const text = unit(
    'Environment=PATH=/opt/sluice/bin:/usr/bin',
    'Environment=SLUICE_LISTEN=systemd "SLUICE_TEMPLATE={host} {message}"',
    'Environment=SLUICE_SPOOL=%S/%N',
    'LoadCredential=key:/etc/sluice/key',
    'ExecStart=/usr/bin/env sluice-syslog-udp --name edge --curve-key %d/key \\',
    "    --push-connect 'ack+tcp://a:1?server-key=100%%' --note $$x",
    'DynamicUser=yes',
    'StateDirectory=sluice-edge',
    'RuntimeDirectory=sluice-edge',
    'ConfigurationDirectory=sluice',
  )
  assert.deepEqual(setupOfUnit('/etc/systemd/system/sluice-edge.service', text), {
    origin: '/etc/systemd/system/sluice-edge.service',
    words: [
      ...['syslog-udp', '--name', 'edge', '--curve-key', '/etc/sluice/key'],
      ...['--push-connect', 'ack+tcp://a:1?server-key=100%', '--note', '$x'],
    ],
    env: {
      CONFIGURATION_DIRECTORY: '/etc/sluice',
      STATE_DIRECTORY: '/var/lib/sluice-edge',
      RUNTIME_DIRECTORY: '/run/sluice-edge',
      PATH: '/opt/sluice/bin:/usr/bin',
      SLUICE_LISTEN: 'systemd',
      SLUICE_TEMPLATE: '{host} {message}',
      SLUICE_SPOOL: '/var/lib/sluice-edge',
    },
    cwd: '/',
    mayBindLow: false,
  })
})

describe('which units are ours, and what they run', () => {
  const cases: [path: string, line: string, words: string[] | undefined][] = [
    [
      '/a/sluice-x.service',
      'ExecStart=/usr/bin/node --flag /usr/lib/sluice/bin/sluice run --name x "a | b"',
      ['run', '--name', 'x', 'a | b'],
    ],
    [
      '/a/sluice@edge.service',
      'ExecStart=/usr/bin/env sluice run --config /etc/sluice/%i.conf',
      ['run', '--config', '/etc/sluice/edge.conf'],
    ],
    ['/a/sluice@.service', 'ExecStart=/usr/bin/env sluice run --config /etc/sluice/%i.conf', undefined],
    ['/a/x.service', 'ExecStart=/usr/bin/rsyslogd -n', undefined],
    ['/a/x.service', '', undefined],
    ['/a/x.service', 'ExecStart=/bin/false\nExecStart=\nExecStart=-/usr/bin/sluice-relay', ['relay']],
  ]
  for (const [path, line, words] of cases)
    test(line || 'none', () => assert.deepEqual(setupOfUnit(path, unit(line))?.words, words))
})

test('words as systemd quotes them', () => {
  const text = unit(
    'ExecStart=/usr/bin/sluice-route',
    `Environment="SLUICE_TO=a => b\\n* => c" 'X=it"s' Y=\\x41\\s\\d Z=`,
  )
  const { env } = setupOfUnit('/a/x.service', text)!
  assert.deepEqual(env, { SLUICE_TO: 'a => b\n* => c', X: 'it"s', Y: 'A \\d', Z: '' })
})

test('who may listen at low ports', () => {
  const may = (...lines: string[]) =>
    setupOfUnit('/a/x.service', unit('ExecStart=/usr/bin/sluice-relay', ...lines))!.mayBindLow
  assert.deepEqual(
    [
      may(),
      may('User=root'),
      may('User=log'),
      may('DynamicUser=yes'),
      may('DynamicUser=yes', 'AmbientCapabilities=CAP_NET_BIND_SERVICE'),
    ],
    [true, true, false, false, true],
  )
})

describe('specifiers, as systemd resolves them', () => {
  const lines = (value: string) => unit('ExecStart=/usr/bin/sluice-relay', `StateDirectory=${value}`)
  const cases: [file: string, value: string, folder: string][] = [
    // The escaped name, and the name.
    ['sluice@a-b\\x2dc.service', 'sluice-%i', '/var/lib/sluice-a-b\\x2dc'],
    ['sluice@a-b\\x2dc.service', 'sluice/%I', '/var/lib/sluice/a/b-c'],
    ['sluice@edge.service', '%n', '/var/lib/sluice@edge.service'],
    ['sluice@edge.service', '%N/%p/%j', '/var/lib/sluice@edge/sluice/sluice'],
    ['sluice-x-y.service', '%p/%j%i', '/var/lib/sluice-x-y/y'],
    ['sluice@edge.service', '100%%', '/var/lib/100%'],
    ['sluice@edge.service', 'a:link b', '/var/lib/a:/var/lib/b'],
    ['sluice@edge.service', 'a\nStateDirectory=%i', '/var/lib/a:/var/lib/edge'],
    ['sluice@edge.service', 'a\nStateDirectory=\nStateDirectory=b', '/var/lib/b'],
  ]
  for (const [file, value, folder] of cases)
    test(`${file}: ${value}`, () =>
      assert.equal(setupOfUnit(`/a/${file}`, lines(value))!.env.STATE_DIRECTORY, folder))

  test('a sign that is doubled is one on a command line alone', () => {
    const text = unit('ExecStart=/usr/bin/sluice-relay --x $$a', 'Environment=SLUICE_X=$$a')
    const { words, env } = setupOfUnit('/a/x.service', text)!
    assert.deepEqual([words.at(-1), env.SLUICE_X], ['$a', '$$a'])
  })
})

test('what a .socket unit has systemd open', () => {
  const read = (file: string, ...lines: string[]) =>
    readSocketUnit(`/a/${file}`, ['[Socket]', ...lines].join('\n'))
  const at = (key: string, protocol: 'tcp' | 'udp', host: string, port: number) => ({
    key,
    protocol,
    host,
    port,
  })
  assert.deepEqual(
    read(
      'sluice-edge.socket',
      'ListenStream=1',
      'ListenStream=',
      'ListenStream=601',
      'ListenDatagram=127.0.0.1:514',
      'ListenDatagram=[::1]:515',
      'ListenStream=/run/x.sock',
      'ListenSequentialPacket=@x',
      'ReusePort=yes',
    ),
    {
      ...{ origin: '/a/sluice-edge.socket', name: 'sluice-edge.socket', service: 'sluice-edge.service' },
      addresses: [
        at('ListenStream', 'tcp', '*', 601),
        at('ListenDatagram', 'udp', '127.0.0.1', 514),
        at('ListenDatagram', 'udp', '::1', 515),
      ],
      isShared: true,
    },
  )
  assert.equal(read('sluice@a.socket', 'Service=sluice@%i.service')!.service, 'sluice@a.service')
  assert.equal(read('sluice@.socket', 'ListenStream=1'), undefined)
})
