import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect as connectPlain, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ConnectionOptions, connect, createServer } from 'node:tls'
import { describeTlsFailure } from '../../../src/lib/tls/reason.ts'
import { makeCertificate, noCertificates } from '../../support/certificates.ts'

test('why TLS was not agreed is said in words, without OpenSSL around them', {
  skip: noCertificates,
}, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const files = makeCertificate(folder, 'host')
  const pem = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
  const server = createServer({ ...pem, ca: pem.cert, requestCert: true, minVersion: 'TLSv1.2' })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const plain = (text: string) => connectPlain(port, '127.0.0.1').end(text)
  const secure = (options: ConnectionOptions) =>
    connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  for (const [what, dial, reason] of [
    ['a line of syslog', () => plain('<13>hello\n'), 'it does not speak TLS'],
    ['a request', () => plain('GET / HTTP/1.1\r\n\r\n'), 'it speaks HTTP without TLS'],
    ['no certificate', () => secure({}), 'it has no certificate'],
    ['an old version', () => secure(old), 'its TLS is too old; 1.2 is the oldest that is spoken'],
  ] as const) {
    const failing = once(server, 'tlsClientError')
    const socket: Socket = dial()
    socket.on('error', () => {})
    const [error] = (await failing) as [Error]
    assert.equal(describeTlsFailure(error), reason, what)
    socket.destroy()
  }
  assert.equal(describeTlsFailure(new Error('something else')), 'something else')
})
