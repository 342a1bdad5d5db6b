import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { ABSENT, INVALID } from '../../../src/lib/syslog/scan.ts'
import { createTimestampFormats } from '../../../src/lib/syslog/timestamp.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const formats = createTimestampFormats(createZone('UTC'))

test('RFC 3164 may have either form, RFC 5424 only its own', () => {
  const bsd = 'Oct 11 22:14:15 x'
  const rfc3339 = '2026-10-11T22:14:15Z x'
  const message = createMessage('', Date.UTC(2026, 9, 11))
  assert.equal(formats.rfc3164(bsd, 0, message), 15)
  assert.equal(formats.rfc3164(rfc3339, 0, message), 20)
  assert.equal(formats.rfc5424(bsd, 0, message), ABSENT)
  assert.equal(formats.rfc5424(rfc3339, 0, message), 20)
})

test('the first format that knows the form decides', () => {
  const message = createMessage('', 0)
  assert.equal(formats.rfc3164('Feb 30 22:14:15 x', 0, message), INVALID)
  assert.equal(formats.rfc3164('2026-02-30T22:14:15Z x', 0, message), INVALID)
  assert.equal(formats.rfc3164('soon', 0, message), ABSENT)
})
