import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIsoVariants } from '../../../src/lib/syslog/iso-variants.ts'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { ABSENT, invalidUntil } from '../../../src/lib/syslog/scan.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const read = createIsoVariants(createZone('Europe/Berlin'))

const times: [text: string, time: string][] = [
  ['2026-10-11 22:14:15', '2026-10-11T20:14:15.000Z'],
  ['2026-10-11t22:14:15z', '2026-10-11T22:14:15.000Z'],
  ['2026/10/11 22:14:15', '2026-10-11T20:14:15.000Z'],
  ['2026:10:11-22:14:15', '2026-10-11T20:14:15.000Z'],
  ['2026-10-11T22:14:15,123+02:00', '2026-10-11T20:14:15.123Z'],
  ['2026-10-11T22:14:15.Z', '2026-10-11T22:14:15.000Z'],
  ['2026-10-11T22:14:15+0230', '2026-10-11T19:44:15.000Z'],
  ['2026-10-11T22:14:15-07', '2026-10-12T05:14:15.000Z'],
  ['2026-10-11T22:14:15.5Z+00:00', '2026-10-11T22:14:15.500Z'],
  ['2026-10-11 22:14:15.123 +0200', '2026-10-11T20:14:15.123Z'],
  ['2026-10-11 22:14:15 CET', '2026-10-11T21:14:15.000Z'],
  ['0001-01-01 00:00:00Z', '0001-01-01T00:00:00.000Z'],
]

for (const [written, time] of times) {
  test(`the time ${written}`, () => {
    const message = createMessage('', 0)
    assert.equal(read(`${written} web1`, 0, message), written.length)
    assert.deepEqual([message.time, message.timestamp], [time, written])
  })
}

const none = [
  ...['2026-10-11', '2026-10/11 22:14:15', '10/11/2026 22:14:15', '11.10.2026 22:14:15', '2026-10-11T22:14'],
  ...['2026-10-11T22:14:15Z+07:00', '2026-10-11T22:14:15x', '2026-10-11 22:14:15,503, web1', ''],
]

for (const text of none) {
  test(`no time: ${text}`, () => assert.equal(read(text, 0, createMessage('', 0)), ABSENT))
}

for (const text of [
  '2026-02-30 22:14:15',
  '2026-10-11 25:14:15',
  '0000-01-01 00:00:00 +0200',
  '2026-13-11 22:14:15',
]) {
  test(`a time that is not there: ${text}`, () =>
    assert.equal(read(text, 0, createMessage('', 0)), invalidUntil(text.length)))
}
