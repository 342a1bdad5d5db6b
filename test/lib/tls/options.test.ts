import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Misuse } from '../../../src/lib/errors.ts'
import { checkTls, readTlsFiles } from '../../../src/lib/tls/options.ts'

const none = { tlsCert: undefined, tlsKey: undefined, tlsClientCa: undefined, tlsClientName: [] }

const wrong: [what: string, options: object, message: RegExp][] = [
  ['a certificate without key', { tlsCert: 'a' }, /^--tls-cert needs --tls-key$/],
  ['a key without certificate', { tlsKey: 'a' }, /^--tls-key needs --tls-cert$/],
  ['an authority without TLS', { tlsClientCa: 'a' }, /^--tls-client-ca: .*give --tls-cert and --tls-key$/],
  [
    'names without authority',
    { tlsCert: 'a', tlsKey: 'a', tlsClientName: ['b'] },
    /^--tls-client-name: .*--tls-client-ca/,
  ],
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
  assert.equal(readTlsFiles(none), undefined)
})

test('the files are read', t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file')
  writeFileSync(path, 'text')
  const pem = readTlsFiles({ ...none, tlsCert: path, tlsKey: path, tlsClientCa: path })
  assert.deepEqual(pem, {
    cert: Buffer.from('text'),
    key: Buffer.from('text'),
    clientCa: Buffer.from('text'),
  })
})
