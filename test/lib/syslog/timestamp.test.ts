import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { ABSENT, invalidUntil } from '../../../src/lib/syslog/scan.ts'
import { createTimestampFormats } from '../../../src/lib/syslog/timestamp.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const formats = createTimestampFormats(createZone('UTC'))

test('RFC 3164 may have any form, RFC 5424 its own and what is like it', () => {
  const bsd = 'Oct 11 22:14:15 x'
  const rfc3339 = '2026-10-11T22:14:15Z x'
  const message = createMessage('', Date.UTC(2026, 9, 11))
  assert.equal(formats.any(bsd, 0, message), 15)
  assert.equal(formats.any(rfc3339, 0, message), 20)
  assert.equal(formats.rfc5424(bsd, 0, message), ABSENT)
  assert.equal(formats.rfc5424(rfc3339, 0, message), 20)
  assert.equal(formats.rfc5424('2026-10-11 22:14:15,5 x', 0, message), 21)
  assert.equal(formats.usual('2026-10-11 22:14:15,5 x', 0, message), ABSENT)
  assert.equal(formats.unusual('2026-10-11 22:14:15,5 x', 0, message), 21)
})

test('a plain time may go on', () => {
  const message = createMessage('', Date.UTC(2026, 9, 11))
  for (const rest of [' 2026', ' PM', ' CEST', ' -0700', ' +02:00', ' TZ-6']) {
    assert.equal(formats.usual(`Oct 11 10:14:15${rest} web1`, 0, message), 15 + rest.length)
    assert.equal(message.timestamp, `Oct 11 10:14:15${rest}`)
  }
  for (const rest of [' 2026x', ' PMX', ' WEB', ' -1999', ' +x', ' TZ-60']) {
    assert.equal(formats.usual(`Oct 11 10:14:15${rest} web1`, 0, message), 15)
  }
})

test('the first format that knows the form decides', () => {
  const message = createMessage('', 0)
  assert.equal(formats.any('Feb 30 22:14:15 x', 0, message), invalidUntil(15))
  assert.equal(formats.any('Feb 30 22:14:15 2026 x', 0, message), invalidUntil(20))
  assert.equal(formats.any('2026-02-30T22:14:15Z x', 0, message), invalidUntil(20))
  assert.equal(formats.any('soon', 0, message), ABSENT)
})
