import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTimezoneOf, parseNetwork } from '../../../src/lib/syslog/senders.ts'

const timezoneOf = createTimezoneOf(
  [
    ...['0.0.0.0/0=UTC', '192.0.2.0/24=Europe/Berlin', '192.0.2.7=Asia/Tokyo', '192.0.2.8/31=+01:00'],
    ...[
      '2001:db8::/32=America/New_York',
      '2001:db8:0:1::/64=+05:30',
      '192.0.2.128/25=+02:00',
      '192.0.2.128/25=+03:00',
    ],
  ].map(parseNetwork),
)

const peers: [peer: string | undefined, timezone: string | undefined][] = [
  ['192.0.2.1:514', 'Europe/Berlin'],
  ['192.0.2.7:514', 'Asia/Tokyo'],
  ['192.0.2.9:40000', '+01:00'],
  ['192.0.2.200:1', '+03:00'],
  ['198.51.100.1:514', 'UTC'],
  ['198.51.100.1', 'UTC'],
  ['[::ffff:192.0.2.7]:514', 'Asia/Tokyo'],
  ['[::ffff:c000:207]:514', 'Asia/Tokyo'],
  ['[2001:db8::7]:514', 'America/New_York'],
  ['[2001:db8:0:1::7]:514', '+05:30'],
  ['[2001:db8:0:1::7%eth0]:514', '+05:30'],
  ['2001:db8::7', 'America/New_York'],
  ['[2001:db9::7]:514', undefined],
  ['[::1]:514', undefined],
  ['web1:514', undefined],
  ['', undefined],
  [undefined, undefined],
]

for (const [peer, timezone] of peers) {
  test(`the zone of ${peer}`, () => {
    for (const _ of [1, 2]) assert.equal(timezoneOf(peer), timezone)
  })
}

test('all the addresses of a network, and no other', () => {
  const of = createTimezoneOf([parseNetwork('10.1.2.64/26=UTC')])
  const inside = Array.from({ length: 256 }, (_, n) => of(`10.1.2.${n}:1`)).map(zone => zone !== undefined)
  assert.deepEqual(
    inside,
    Array.from({ length: 256 }, (_, n) => n >= 64 && n < 128),
  )
  // More addresses than are remembered.
  for (let n = 0; n < 20_000; n++) assert.equal(of(`10.${n & 127}.${n >> 7}.1:1`), undefined)
  assert.equal(of('10.1.2.65:1'), 'UTC')
})

test('a network of IPv6 holds no IPv4, but where it is within that', () => {
  const of = createTimezoneOf(['::/0=UTC', '::ffff:10.0.0.0/104=+01:00'].map(parseNetwork))
  assert.deepEqual(['192.0.2.7:1', '[::ffff:192.0.2.7]:1', '10.0.0.1:1', '[2001:db8::7]:1'].map(of), [
    ...[undefined, undefined, '+01:00', 'UTC'],
  ])
})

for (const written of [
  '',
  'UTC',
  '=UTC',
  '192.0.2.0/33=UTC',
  '192.0.2.0/=UTC',
  '192.0.2/24=UTC',
  '::/129=UTC',
  'web1=UTC',
  '1.2.3.4/-1=UTC',
  '10.0.0.0/8/24=UTC',
]) {
  test(`no network: ${written}`, () => {
    assert.throws(() => parseNetwork(written), {
      ...{ name: 'RangeError' },
      message: `"${written}" is not NETWORK=ZONE; write for example 192.0.2.0/24=Europe/Berlin`,
    })
  })
}

test('a zone that nobody knows is refused', () => {
  assert.throws(() => parseNetwork('192.0.2.0/24=Mars/Olympus'), /"Mars\/Olympus" is not a time zone/)
})
