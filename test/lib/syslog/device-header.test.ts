import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDeviceHeader } from '../../../src/lib/syslog/device-header.ts'
import { createMessage, type Extras } from '../../../src/lib/syslog/message.ts'
import { ABSENT } from '../../../src/lib/syslog/scan.ts'
import { createTimestampFormats } from '../../../src/lib/syslog/timestamp.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const { any } = createTimestampFormats(createZone('UTC'))

function read(text: string) {
  const message = createMessage('', Date.UTC(2026, 9, 11))
  const end = readDeviceHeader(text, 0, message, any)
  const { hostname: host, timestamp, extras } = message
  return { rest: end === ABSENT ? undefined : text.slice(end), host, timestamp, extras }
}

const T = 'Oct 11 22:14:15.123'
const headers: [front: string, host: string | undefined, timestamp: string, extras: Extras | undefined][] = [
  [`35: ${T}:`, undefined, T, { counter: 35 }],
  [`: ${T}:`, undefined, T, undefined],
  [`:${T}:`, undefined, T, undefined],
  [`35: 000104: ${T}:`, undefined, T, { counter: 35, sequence: 104 }],
  [`35: sw1: 000104: ${T}:`, 'sw1', T, { counter: 35, sequence: 104 }],
  [`sw1: ${T}:`, 'sw1', T, undefined],
  [`192.0.2.1: *${T}:`, '192.0.2.1', T, { clock: 'unsynchronized' }],
  [`2001:db8::1: .${T}:`, '2001:db8::1', T, { clock: 'holdover' }],
  [`*${T}:`, undefined, T, { clock: 'unsynchronized' }],
  [`wlc1: *spamApTask1: ${T}:`, 'wlc1', T, { task: '*spamApTask1' }],
  [`35: xr1 RP/0/RSP0/CPU0:${T} UTC:`, 'xr1', `${T} UTC`, { counter: 35, node: 'RP/0/RSP0/CPU0' }],
  [`0/RP0/CPU0:${T}:`, undefined, T, { node: '0/RP0/CPU0' }],
  ['35: 3w2d:', undefined, '3w2d', { counter: 35, uptime: 23 * 86_400 }],
  ['35: 1y14w:', undefined, '1y14w', { counter: 35, uptime: (365 + 98) * 86_400 }],
  ['sw1: 1d02h:', 'sw1', '1d02h', { uptime: 26 * 3600 }],
  ['35: 100:01:23:', undefined, '100:01:23', { counter: 35, uptime: 360_083 }],
  ['00:01:23:', undefined, '00:01:23', { uptime: 83 }],
]

for (const [front, host, timestamp, extras] of headers) {
  test(`the header ${front}`, () => {
    assert.deepEqual(read(`${front} %SYS-5-CONFIG_I: x`), {
      rest: ' %SYS-5-CONFIG_I: x',
      host,
      timestamp,
      extras,
    })
  })
}

test('without a time there has to be a number or a name, and a mnemonic', () => {
  assert.deepEqual(read('35: sw1: %SYS-5-CONFIG_I: x'), {
    ...{ rest: '%SYS-5-CONFIG_I: x', host: 'sw1', timestamp: undefined },
    extras: { counter: 35 },
  })
  assert.equal(read('35: sw1: text').rest, undefined)
})

test('a name alone needs a mnemonic behind the time', () => {
  for (const text of [`app: ${T}: x`, `app: ${T} web1 su: x`, 'app: 00:01:23: x', 'app: 3w2d: x']) {
    assert.deepEqual(read(text), {
      rest: undefined,
      host: undefined,
      timestamp: undefined,
      extras: undefined,
    })
  }
  assert.equal(read(`sw1: *${T}: x`).host, 'sw1')
})

const none = [
  ...[
    '',
    'text',
    `${T}: x`,
    '35: text',
    'sw1: text',
    '*',
    '* ',
    ': text',
    '35',
    '35:',
    '*text',
    '12:30:00: text',
  ],
  ...[
    `1: 2: 3: ${T}: x`,
    `a: b: ${T}: x`,
    '9999999999999999: Oct 11 22:14:15: x',
    '35: 3w2d x',
    `35:${T}: x`,
  ],
  ...[`1: a: *t: RP/0/1: 2: 3: ${T}`, 'a b RP/0/RSP0/CPU0:x'],
]

for (const text of none) {
  test(`no header: ${text}`, () => {
    assert.deepEqual(read(text), {
      rest: undefined,
      host: undefined,
      timestamp: undefined,
      extras: undefined,
    })
  })
}
