import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientAddress, trustedProxyOption } from '../../../src/lib/serve/client-address.ts'

const PROXIES = ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32']

const CASES: [host: string, forwarded: string | undefined, peer: string][] = [
  ['192.0.2.1', undefined, '192.0.2.1:9'],
  ['2001:db9::1', undefined, '[2001:db9::1]:9'],
  ['::ffff:192.0.2.1', undefined, '192.0.2.1:9'],
  // Nobody but a proxy is believed.
  ['192.0.2.1', '198.51.100.1', '192.0.2.1:9'],
  ['127.0.0.1', undefined, '127.0.0.1:9'],
  ['127.0.0.1', '', '127.0.0.1:9'],
  ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
  ['2001:db8::7', '2001:db9::1', '2001:db9::1'],
  ['127.0.0.1', '198.51.100.1:1234', '198.51.100.1:1234'],
  ['127.0.0.1', '[2001:db9::1]:1234', '[2001:db9::1]:1234'],
  ['127.0.0.1', '"[2001:db9::1]"', '2001:db9::1'],
  // However it is written, it is one of IPv4.
  ...['::ffff:', '::FFFF:', '0:0:0:0:0:ffff:', '0000:0::ffff:'].map((mapped): [string, string, string] => [
    '127.0.0.1',
    `${mapped}198.51.100.1`,
    '198.51.100.1',
  ]),
  ['127.0.0.1', '::ffff:c633:6401', '198.51.100.1'],
  ['127.0.0.1', '[::ffff:c633:6401]:1234', '198.51.100.1:1234'],
  ['127.0.0.1', '203.0.113.9, ::ffff:a00:7', '203.0.113.9'],
  ['127.0.0.1', '::ffff:0:c633:6401', '::ffff:0:c633:6401'],
  // What stands before the last one that is no proxy was written by who knows whom.
  ['127.0.0.1', '203.0.113.9, 198.51.100.1', '198.51.100.1'],
  ['127.0.0.1', '203.0.113.9, 198.51.100.1, 10.0.0.7', '198.51.100.1'],
  ['127.0.0.1', '10.0.0.8, 10.0.0.7', '10.0.0.8'],
  // What is no address ends the chain where it is known.
  ['127.0.0.1', '198.51.100.1, unknown', '127.0.0.1:9'],
  ['127.0.0.1', 'evil.example, 10.0.0.7', '10.0.0.7'],
  ['127.0.0.1', '1.2.3.4.5', '127.0.0.1:9'],
]

for (const [host, forwarded, peer] of CASES)
  test(`${host}, ${forwarded ?? 'nothing'} forwarded, is ${peer}`, () => {
    const clients = new ClientAddress(PROXIES)
    assert.equal(clients.of(host, 9, forwarded), peer)
    const alone = peer.replace(/^(?:\[(.+)\]|([\d.]+)):\d+$/, '$1$2')
    assert.equal(clients.addressOf(host, forwarded), alone)
  })

test('without a proxy to believe, nothing is', () => {
  assert.equal(new ClientAddress([]).of('127.0.0.1', 9, '198.51.100.1'), '127.0.0.1:9')
})

test('the option takes addresses and ranges', () => {
  assert.deepEqual(trustedProxyOption.parse(['::1', '10.0.0.0/8']), ['::1', '10.0.0.0/8'])
  for (const wrong of ['proxy.example', '10.0.0.0/33', '10.0.0.0/', '::1/129', '10.0.0', ''])
    assert.throws(() => trustedProxyOption.parse([wrong]), /is no address or range; write for example/)
})

test('says whom it believes', () => {
  const clients = new ClientAddress(PROXIES)
  assert.deepEqual(
    ['::ffff:10.1.2.3', '192.0.2.1'].map(host => clients.trusts(host)),
    [true, false],
  )
})
