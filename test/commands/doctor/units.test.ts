import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
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
