import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEpochTimestamp } from '../../../src/lib/syslog/epoch-timestamp.ts'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { ABSENT } from '../../../src/lib/syslog/scan.ts'

const received = Date.UTC(2026, 9, 11)

const times: [text: string, fraction: string][] = [
  ['1791756855', '000'],
  ['1791756855.5', '500'],
  ['1791756855.123456789', '123456789'],
  ['1791756855123', '123'],
  ['1791756855123.4', '1234'],
  ['1791756855123456', '123456'],
  ['1791756855123456789', '123456789'],
  ['1791756855123456789.999', '123456789'],
]

for (const [written, fraction] of times) {
  test(`${written} is a time`, () => {
    const message = createMessage('', received)
    assert.equal(readEpochTimestamp(`${written} web1`, 0, message), written.length)
    assert.equal(message.time, `2026-10-11T22:14:15.${fraction}Z`)
    assert.equal(message.timestamp, written)
  })
}

for (const text of [
  '179175685',
  '17917568551',
  '1791756855x',
  '1791756855/8',
  '1234567890 calls',
  '9'.repeat(20),
  '',
]) {
  test(`${text} is none`, () =>
    assert.equal(readEpochTimestamp(text, 0, createMessage('', received)), ABSENT))
}
