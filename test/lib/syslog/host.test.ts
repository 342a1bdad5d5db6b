import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHostname } from '../../../src/lib/syslog/host.ts'
import { createMessage } from '../../../src/lib/syslog/message.ts'

function read(text: string): [host: string | undefined, rest: string] {
  const message = createMessage('', 0)
  const end = readHostname(text, 0, message)
  return [message.hostname, text.slice(end)]
}

const hosts: [text: string, host: string, rest: string][] = [
  ['web1 x', 'web1', 'x'],
  ['web1', 'web1', ''],
  ['my_host-1.example x', 'my_host-1.example', 'x'],
  ['192.0.2.7 x', '192.0.2.7', 'x'],
  ['2001:db8::7 x', '2001:db8::7', 'x'],
  [':: x', '::', 'x'],
  ['2001:: x', '2001::', 'x'],
  ['fe80::1%eth0 x', 'fe80::1%eth0', 'x'],
  ['::ffff:192.0.2.7 x', '::ffff:192.0.2.7', 'x'],
  ['192.0.2.7: x', '192.0.2.7', 'x'],
  ['2001:db8::7: x', '2001:db8::7', 'x'],
  ['fe80::1%eth0: x', 'fe80::1%eth0', 'x'],
  ['web1.example. app: x', 'web1.example.', 'app: x'],
  ['web1- app[1]: x', 'web1-', 'app[1]: x'],
  ['web_ %SYS-5-CONFIG_I: x', 'web_', '%SYS-5-CONFIG_I: x'],
  ['[192.0.2.7] app: x', '192.0.2.7', 'app: x'],
  ['[2001:db8::7] app[1]: x', '2001:db8::7', 'app[1]: x'],
  ['("U7LT,18e829a1b2c3,v4.0.66") app: x', 'U7LT,18e829a1b2c3,v4.0.66', 'app: x'],
  ['sw1: %SYS-5-CONFIG_I: x', 'sw1', '%SYS-5-CONFIG_I: x'],
  ['UDM,a2edd0c6ae48,v1.10 x', 'UDM,a2edd0c6ae48,v1.10', 'x'],
  ['788a2056b182,v4.0: logread[1]: x', '788a2056b182,v4.0', 'logread[1]: x'],
  ['slot1/lb1 x', 'slot1/lb1', 'x'],
  ['a.example/b.example x', 'a.example/b.example', 'x'],
]

for (const [text, host, rest] of hosts)
  test(`the host of ${text}`, () => assert.deepEqual(read(text), [host, rest]))

test('- is nil', () => assert.deepEqual(read('- x'), [undefined, 'x']))

const none = [
  ...[
    '',
    ' ',
    'sshd: x',
    'sshd[42]: x',
    'web1.',
    'web1. x',
    '-',
    '-- x',
    'größe x',
    'w@b2 x',
    'std::string is',
  ],
  ...[
    '1,234 packets',
    'Error, x',
    'a, b',
    'read/write error',
    '/usr/sbin/cron x',
    '10/11/2026 x',
    'HTTP/1.1 200',
  ],
  ...[
    '-0700 app: x',
    '-1999',
    '_ app: x',
    '. app: x',
    '[192.0.2.7] text',
    '[web1] app: x',
    '[192.0.2.7]',
    '[] app: x',
  ],
  ...['("U7LT") app: x', '("U7LT,a") text', '("U7LT,a" app: x', '("Error, no") app: x', '[192.0.2.7 app: x'],
  ...['sw1: %x', 'a:b x', `${'h'.repeat(256)} x`, '12:30:00 x', ': x'],
]

for (const text of none) {
  test(`no host: ${text.slice(0, 40)}`, () => assert.deepEqual(read(text), [undefined, text]))
}
