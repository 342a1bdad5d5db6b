import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { complaintsOf, type Expiry, expiriesOf } from '../../../src/lib/tls/expiry.ts'
import { nextUpdateOf } from '../../../src/lib/tls/revocation-list.ts'
import {
  makeCertificate,
  makeExpired,
  makeRevocationList,
  noCertificates,
} from '../../support/certificates.ts'

const DAY = 86_400_000
const NOW = Date.parse('2026-11-22T22:00:00Z')
const expiry = { flag: '--tls-cert', file: 'a.pem', subject: 'CN=a', from: 0, until: NOW, isList: false }

describe('what is said of a certificate', () => {
  const cases: [what: string, some: Partial<Expiry>, said: RegExp | undefined][] = [
    ['with time left', { until: NOW + 31 * DAY }, undefined],
    ['with 30 days', { until: NOW + 30 * DAY }, undefined],
    [
      'with less',
      { until: NOW + 30 * DAY - 1 },
      /^warn --tls-cert a\.pem \(CN=a\) runs out in 29 days, at 2026-12-22 21:59Z$/,
    ],
    ['with a day', { until: NOW + 1.5 * DAY }, /^warn .* runs out in 1 day, at/],
    ['with minutes', { until: NOW + 60_000 }, /^warn .* runs out in 0 days, at 2026-11-22 22:01Z$/],
    ['that has run out', { until: NOW }, /^error .* ran out at 2026-11-22 22:00Z: clients refuse it$/],
    [
      'that does not count yet',
      { from: NOW + DAY, until: NOW + 99 * DAY },
      /^error .* counts only from 2026-11-23 22:00Z on; is the clock right\?$/,
    ],
    [
      'of an authority',
      { flag: '--tls-client-ca', until: 0 },
      /clients with certificates of it are refused$/,
    ],
    [
      'a list, which lives for days',
      { flag: '--tls-client-crl', isList: true, until: NOW + 2 * DAY },
      undefined,
    ],
    ['a list of today', { flag: '--tls-client-crl', isList: true, until: NOW + DAY / 2 }, /^warn /],
    [
      'a list that has run out',
      { flag: '--tls-client-crl', isList: true, until: 1 },
      /^error .*nobody may come in until there is a new one$/,
    ],
  ]
  for (const [what, some, said] of cases)
    test(what, () => {
      const [complaint, ...more] = complaintsOf([{ ...expiry, ...some }], NOW)
      assert.deepEqual(more, [])
      if (said) assert.match(`${complaint!.level} ${complaint!.text}`, said)
      else assert.equal(complaint, undefined)
    })
})

test('of several certificates in a file the first to run out counts; of a list, its next update', {
  skip: noCertificates,
}, t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { cert, key } = makeCertificate(folder, 'host', 'ca', 50)
  makeExpired(folder, 'old')
  const crl = makeRevocationList(folder)
  const both = join(folder, 'both.pem')
  writeFileSync(both, readFileSync(cert, 'utf8') + readFileSync(join(folder, 'old.pem'), 'utf8'))
  const pem = {
    cert: readFileSync(cert),
    key: readFileSync(key),
    clientCa: readFileSync(both),
    clientCrl: readFileSync(crl),
  }
  const settings = { flags: '--tls', cert, key, clientCa: both, clientCrl: crl, clientName: [] }
  const [own, authority, list] = expiriesOf(pem, settings)
  assert.deepEqual([own!.flag, own!.subject], ['--tls-cert', 'CN=host'])
  assert.ok(Math.abs(own!.until - Date.now() - 50 * DAY) < 3600_000)
  assert.deepEqual([authority!.subject, authority!.until], ['CN=old', Date.parse('2020-01-01T00:00:00Z')])
  assert.ok(Math.abs(list!.until - Date.now() - 2 * DAY) < 3600_000)
})

test('a list that is none, or is cut off, says nothing', () => {
  assert.equal(nextUpdateOf(''), undefined)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      nextUpdateOf(Buffer.from([0x30, bytes.length & 0x7f, 0x30, ...bytes]).toString('base64'))
    }),
  )
})
