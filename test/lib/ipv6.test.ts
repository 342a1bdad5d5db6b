import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { formatIPv6 } from '../../src/lib/ipv6.ts'

const of = (hex: string, scope = 0) => formatIPv6(Buffer.from(hex.replaceAll(':', ''), 'hex'), scope)

test('addresses are written as RFC 5952 asks for, mapped ones as node:dgram writes them', () => {
  assert.equal(of('2001:0db8:0000:0000:0001:0000:0000:0001'), '2001:db8::1:0:0:1')
  assert.equal(of('2001:0db8:0000:0001:0001:0001:0001:0001'), '2001:db8:0:1:1:1:1:1')
  assert.equal(of('0000:0000:0000:0000:0000:0000:0000:0001'), '::1')
  assert.equal(of('0000:0000:0000:0000:0000:0000:0000:0000'), '::')
  assert.equal(of('0000:0000:0000:0000:0000:ffff:c000:0201'), '::ffff:192.0.2.1')
})

test('an address of one network names the interface', () => {
  const found = Object.entries(networkInterfaces())
    .flatMap(([name, list]) => list!.map(one => ({ name, ...one })))
    .find(one => one.scopeid !== undefined && one.scopeid > 0)
  if (found)
    assert.equal(of('fe80:0000:0000:0000:0000:0000:0000:0001', found.scopeid), `fe80::1%${found.name}`)
  assert.equal(of('fe80:0000:0000:0000:0000:0000:0000:0001', 4_000_000), 'fe80::1%4000000')
})

test('they are the texts that the system gives', async t => {
  const socket = createSocket('udp6')
  t.after(() => socket.close())
  const bound = await new Promise<boolean>(resolve => {
    socket.once('error', () => resolve(false))
    socket.bind(0, '::1', () => resolve(true))
  })
  if (!bound) return t.skip('no IPv6 here')
  assert.equal(socket.address().address, of('0000:0000:0000:0000:0000:0000:0000:0001'))
})
