import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { Misuse } from '../../../src/lib/errors.ts'
import { Certificates } from '../../../src/lib/tls/certificates.ts'
import { makeCertificate, makeExpired, noCertificates } from '../../support/certificates.ts'
import { TestOwner } from '../../support/owner.ts'

const DAY = 86_400_000

test('the log tells once a day of a certificate that runs out, and at each renewal', {
  skip: noCertificates,
}, t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { cert, key } = makeCertificate(folder, 'host', 'ca', 32)
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() })
  const said: string[] = []
  const formatters = { level: (level: string) => ({ level }) }
  const log = pino(
    { base: null, formatters },
    {
      write(line) {
        const { level, msg } = JSON.parse(line)
        said.push(`${level} ${msg.replace(/.*(runs out in \d+ days?|ran out).*/, '$1')}`)
      },
    },
  )
  const owner = new TestOwner(t, log)
  const settings = { flags: '--tls', cert, key, clientCa: undefined, clientCrl: undefined, clientName: [] }
  const certificates = Certificates.open(settings, owner)!
  assert.deepEqual(owner.views, [certificates])
  assert.deepEqual(said, [])
  for (let day = 0; day < 3; day++) t.mock.timers.tick(DAY)
  assert.deepEqual(said, ['warn runs out in 29 days', 'warn runs out in 28 days'])
  said.length = 0
  for (let day = 0; day < 29; day++) t.mock.timers.tick(DAY)
  assert.deepEqual(said.slice(-2), ['warn runs out in 0 days', 'error ran out'])

  // A key that is not written yet changes nothing, and is told of; so does SIGHUP.
  const before = certificates.options
  makeCertificate(folder, 'next')
  writeFileSync(key, '')
  said.length = 0
  t.mock.timers.tick(10_000)
  assert.match(said.join('\n'), /^error what was read before stays: --tls-key: this is not PEM/)
  assert.throws(() => owner.reload(), Misuse)
  assert.equal(certificates.options, before)
  assert.equal(certificates.failedReloads, 2)

  makeExpired(folder, 'host')
  said.length = 0
  t.mock.timers.tick(10_000)
  assert.deepEqual(said, ['info --tls-cert: certificate and key were read again', 'error ran out'])
  assert.equal(certificates.expiries[0]!.until, Date.parse('2020-01-01T00:00:00Z'))
})

test('without a certificate there is nothing to keep', t => {
  const owner = new TestOwner(t)
  const none = {
    flags: '--tls',
    cert: undefined,
    key: undefined,
    clientCa: undefined,
    clientCrl: undefined,
    clientName: [],
  }
  assert.equal(Certificates.open(none, owner), undefined)
  assert.deepEqual(owner.views, [])
})
