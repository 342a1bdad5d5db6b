import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDeviceHeader } from '../../../src/lib/syslog/device-header.ts'
import { createMessage, type Extras } from '../../../src/lib/syslog/message.ts'
import { ABSENT, invalidUntil } from '../../../src/lib/syslog/scan.ts'
import { createTimestampFormats } from '../../../src/lib/syslog/timestamp.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const { device } = createTimestampFormats(createZone('UTC'))

function read(text: string) {
  const message = createMessage('', Date.UTC(2026, 9, 11))
  const end = readDeviceHeader(text, 0, message, device)
  const { hostname: host, timestamp, extras } = message
  return { rest: end === ABSENT ? undefined : text.slice(end), host, timestamp, extras }
}

const T = 'Oct 11 22:14:15.123'
const headers: [front: string, host: string | undefined, timestamp: string, extras: Extras | undefined][] = [
  [`35: ${T}:`, undefined, T, { counter: 35 }],
  [`: ${T}:`, undefined, T, undefined],
  [`:${T}:`, undefined, T, undefined],
  [`: 000104: ${T}:`, undefined, T, { sequence: 104 }],
  [`: 104: ${T}:`, undefined, T, { sequence: 104 }],
  [`000104: *${T}:`, undefined, T, { clock: 'unsynchronized', sequence: 104 }],
  [`sw1: 000104: ${T}:`, 'sw1', T, { sequence: 104 }],
  [`100104: ${T}:`, undefined, T, { counter: 100_104 }],
  [`0000104: ${T}:`, undefined, T, { counter: 104 }],
  [`35: ${T} MET-DST:`, undefined, `${T} MET-DST`, { counter: 35 }],
  [`*${T} GMT+1:`, undefined, `${T} GMT+1`, { clock: 'unsynchronized' }],
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
  ['00:01:23.456:', undefined, '00:01:23.456', { uptime: 83.456 }],
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

test('STRUCTURED-DATA behind the counter', () => {
  const message = createMessage('', Date.UTC(2026, 9, 11))
  const text = `35: [syslog@9 s_id="sw1:514"]: ${T}: x`
  assert.equal(text.slice(readDeviceHeader(text, 0, message, device)), ' x')
  assert.deepEqual(message.structuredData, { 'syslog@9': { s_id: 'sw1:514' } })
})

test('a time that does not exist', () => {
  for (const front of ['35: ', '*', '35: sw1: 000104: ']) {
    const time = `${front}Feb 30 22:14:15:`
    const message = createMessage('', Date.UTC(2026, 9, 11))
    assert.equal(readDeviceHeader(`${time} x`, 0, message, device), invalidUntil(time.length))
  }
})

test('a clock that was never set right tells the time as long as it is near', () => {
  for (const [mark, received, time] of [
    ['*', '2026-10-11T00:00:00Z', '2026-10-11T22:14:15.123Z'],
    ['*', '2026-10-12T22:14:15Z', '2026-10-11T22:14:15.123Z'],
    ['*', '2026-10-12T22:14:16Z', undefined],
    ['*', '2026-10-10T22:14:15Z', undefined],
    ['.', '2026-10-13T22:14:15Z', '2026-10-11T22:14:15.123Z'],
  ] as const) {
    const message = createMessage('', Date.parse(received))
    readDeviceHeader(`${mark}${T}: x`, 0, message, device)
    assert.deepEqual([message.timestamp, message.time], [T, time])
  }
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
    '35: 00:60:00: x',
    '35: abc.def:: %SYS-5-CONFIG_I: x',
    `: 1: 2: ${T}: x`,
    `35: [a b="1: ${T}: x`,
    `35: [a]${T}: x`,
    `[a]: ${T}: x`,
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
