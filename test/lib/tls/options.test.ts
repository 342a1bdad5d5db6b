import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Misuse } from '../../../src/lib/errors.ts'
import { readPem } from '../../../src/lib/tls/files.ts'
import { checkTls, tlsSettings } from '../../../src/lib/tls/options.ts'
import { makeCertificate, noCertificates } from '../../support/certificates.ts'

const none = {
  ...{ tlsCert: undefined, tlsKey: undefined, tlsClientCa: undefined, tlsClientCrl: undefined },
  tlsClientName: [],
}

const wrong: [what: string, options: object, message: RegExp][] = [
  ['a certificate without key', { tlsCert: 'a' }, /^--tls-cert needs --tls-key$/],
  ['a key without certificate', { tlsKey: 'a' }, /^--tls-key needs --tls-cert$/],
  ['an authority without TLS', { tlsClientCa: 'a' }, /^--tls-client-ca: .*give --tls-cert and --tls-key$/],
  [
    'names without authority',
    { tlsCert: 'a', tlsKey: 'a', tlsClientName: ['b'] },
    /^--tls-client-name: .*--tls-client-ca/,
  ],
  ['a list of no authority', { tlsClientCrl: 'a' }, /^--tls-client-crl: .*--tls-client-ca/],
  [
    'a file that is not there',
    { tlsCert: '/nowhere/a.pem', tlsKey: 'a' },
    /^--tls-cert: \/nowhere\/a.pem: there is no such file$/,
  ],
]
for (const [what, options, message] of wrong)
  test(`${what} is misuse`, () => {
    assert.throws(
      () => checkTls({ ...none, ...options }),
      (error: Error) => error instanceof Misuse && message.test(error.message),
    )
  })

test('without options there is no TLS', () => {
  checkTls(none)
  assert.equal(readPem(tlsSettings(none, 'tls')), undefined)
})

test('files that no server can use are misuse', { skip: noCertificates }, t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { cert, key } = makeCertificate(folder, 'host')
  const { key: other } = makeCertificate(folder, 'other')
  const noPem = join(folder, 'text')
  writeFileSync(noPem, 'text')
  const files = { ...none, tlsCert: cert, tlsKey: key }
  checkTls(files)
  const misuse = (some: object, message: RegExp) =>
    assert.throws(
      () => checkTls({ ...files, ...some }),
      (error: Error) => error instanceof Misuse && message.test(error.message),
    )
  misuse({ tlsCert: noPem }, /^--tls-cert: this is not PEM/)
  misuse({ tlsKey: other }, /^--tls-key: this is not the key of the certificate/)
  misuse({ tlsClientCa: noPem }, /^--tls-client-ca: this is not PEM/)
  misuse({ tlsClientCa: cert, tlsClientCrl: noPem }, /^--tls-client-crl: this is not PEM/)
})
