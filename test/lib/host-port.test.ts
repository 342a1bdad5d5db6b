import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatHostPort, type HostPort, isLoopback, parseHostPort } from '../../src/lib/host-port.ts'

test('addresses to listen on', () => {
  const table: [string, HostPort][] = [
    ['127.0.0.1:514', { host: '127.0.0.1', port: 514 }],
    ['[::1]:514', { host: '::1', port: 514 }],
    ['[fe80::1%eth0]:514', { host: 'fe80::1%eth0', port: 514 }],
    ['[::ffff:1.2.3.4]:1', { host: '::ffff:1.2.3.4', port: 1 }],
    ['logs.example:65535', { host: 'logs.example', port: 65_535 }],
    [':514', { port: 514 }],
    ['*:514', { port: 514 }],
    [':0', { port: 0 }],
  ]
  for (const [text, parsed] of table) assert.deepEqual(parseHostPort(text), parsed, text)
})

test('what is no address says what to write', () => {
  const table = ['', ':', '514', 'host', 'host:', ':x', ':123456', ':-1', '::1:514', '[::1]', '[::1]514']
  const more = ['[nonsense]:1', '[1.2.3.4]:1', 'a b:1', 'tcp://h:1', 'h:1 ', ':1\n', '[]:1', 'a/b:1']
  for (const text of [...table, ...more])
    assert.throws(() => parseHostPort(text), /is not host:port; write for example 127\.0\.0\.1:5514/, text)
  assert.throws(() => parseHostPort(':65536'), /":65536": a port is at most 65535/)
})

test('as one writes them', () => {
  assert.equal(formatHostPort('10.0.0.1', 514), '10.0.0.1:514')
  assert.equal(formatHostPort('fe80::1', 514), '[fe80::1]:514')
  assert.equal(formatHostPort('::ffff:10.0.0.1', 514), '10.0.0.1:514')
  assert.equal(formatHostPort('::ffff:a00:1', 514), '[::ffff:a00:1]:514')
  assert.equal(formatHostPort('*', 514), '*:514')
})

test('what is formatted can be parsed', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
  fc.assert(
    fc.property(host, fc.nat(65_535), (host, port) => {
      const mapped = /^::ffff:(?=.*\.)/.test(host) ? host.slice(7) : host
      assert.deepEqual(parseHostPort(formatHostPort(host, port)), { host: mapped, port })
    }),
  )
})

test('only what surely stays on this host is loopback', () => {
  for (const host of ['127.0.0.1', '127.255.0.1', '::1', 'localhost'])
    assert.equal(isLoopback(host), true, host)
  const others = [
    undefined,
    '',
    '*',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '127.evil.example',
    '127.0.0.1.evil.example',
  ]
  for (const host of [...others, 'localhost.evil.example', '::ffff:10.0.0.1', 'lo'])
    assert.equal(isLoopback(host), false, host)
})
