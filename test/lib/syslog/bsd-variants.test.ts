import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBsdVariants } from '../../../src/lib/syslog/bsd-variants.ts'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { ABSENT, invalidUntil } from '../../../src/lib/syslog/scan.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const read = createBsdVariants(createZone('Europe/Berlin'))
const received = Date.UTC(2026, 9, 11, 20, 14, 16)

/** What is left of the text, and the time. */
function timeOf(
  text: string,
  at = received,
): [rest: string, time: string | undefined, written: string | undefined] {
  const message = createMessage(text, at)
  const end = read(text, 0, message)
  assert.ok(end >= 0, `${end}`)
  return [text.slice(end), message.time, message.timestamp]
}

const times: [text: string, time: string, written?: string][] = [
  ['Oct 1 22:14:15', '2026-10-01T20:14:15.000Z'],
  ['Oct  1 2:14:15', '2026-10-01T00:14:15.000Z'],
  ['OCT 11 22:14:15', '2026-10-11T20:14:15.000Z'],
  ['october 11 22:14:15', '2026-10-11T20:14:15.000Z'],
  ['Sept 11 22:14:15', '2026-09-11T20:14:15.000Z'],
  ['Oct 11 2026 22:14:15', '2026-10-11T20:14:15.000Z'],
  ['2026 Oct 11 22:14:15', '2026-10-11T20:14:15.000Z'],
  ['Oct 11 22:14:15 2026', '2026-10-11T20:14:15.000Z'],
  ['Sun Oct 11 22:14:15 2026', '2026-10-11T20:14:15.000Z'],
  ['Sun Oct 11 22:14:15 CEST 2026', '2026-10-11T20:14:15.000Z'],
  ['Sunday, Oct 11 22:14:15', '2026-10-11T20:14:15.000Z'],
  ['Oct 11 22:14:15.5', '2026-10-11T20:14:15.500Z'],
  ['Oct 11 22:14:15,123456', '2026-10-11T20:14:15.123456Z'],
  ['Oct 11 22:14:15.', '2026-10-11T20:14:15.000Z'],
  [`Oct 11 22:14:15.${'1'.repeat(60)}`, '2026-10-11T20:14:15.111111111Z'],
  ['Oct 11 22:14:15.123 2026', '2026-10-11T20:14:15.123Z'],
  ['Oct 11 22:14:15:123', '2026-10-11T20:14:15.123Z'],
  ['Oct 11 22:14:15:123 2026', '2026-10-11T20:14:15.123Z'],
  ['Oct 11 10:14:15 PM', '2026-10-11T20:14:15.000Z'],
  ['Oct 11 22:14:15 AM', '2026-10-11T20:14:15.000Z'],
  ['Oct 11 0:14:15 PM', '2026-10-11T10:14:15.000Z'],
  ['Oct 11 12:14:15 AM.5', '2026-10-10T22:14:15.500Z'],
  ['Oct 11 22:14:15 UTC', '2026-10-11T22:14:15.000Z'],
  ['Oct 11 22:14:15.5 EST', '2026-10-12T03:14:15.500Z'],
  ['Oct 11 22:14:15Z', '2026-10-11T22:14:15.000Z'],
  ['Oct 11 22:14:15+02:00', '2026-10-11T20:14:15.000Z'],
  ['Oct 11 22:14:15 -0330', '2026-10-12T01:44:15.000Z'],
  ['Oct 11 22:14:15 +2359', '2026-10-10T22:15:15.000Z'],
  ['Oct 11 22:14:15+01:00 DST', '2026-10-11T21:14:15.000Z'],
  ['Oct 11 22:14:15 TZ+12', '2026-10-11T10:14:15.000Z'],
  ['1990 Oct 22 10:52:01 TZ-6', '1990-10-22T16:52:01.000Z'],
  ['Dec 31 23:59:60 2016', '2016-12-31T23:00:00.000Z'],
]

for (const [written, time] of times) {
  test(`the time ${written}`, () => {
    for (const rest of ['', ' web1', ' app: x'])
      assert.deepEqual(timeOf(written + rest), [rest, time, written])
  })
}

test('a colon ends it, and is no part of it', () => {
  for (const colon of [':', ' :']) {
    const [rest, time, written] = timeOf(`Oct 11 22:14:15.5 UTC${colon} %SYS-5-CONFIG_I: x`)
    assert.deepEqual([rest, time], [' %SYS-5-CONFIG_I: x', '2026-10-11T22:14:15.500Z'])
    assert.equal(written, 'Oct 11 22:14:15.5 UTC')
  }
})

test('letters that name no zone, or several, are the sender’s, and only in front of a mnemonic', () => {
  for (const letters of ['DST', 'IST', 'gmt']) {
    const [rest, , written] = timeOf(`Oct 11 22:14:15.5 ${letters}: %SYS-5-CONFIG_I: x`)
    assert.deepEqual([rest, written], [' %SYS-5-CONFIG_I: x', `Oct 11 22:14:15.5 ${letters}`])
    assert.equal(timeOf(`Oct 11 22:14:15.5 ${letters}: x`)[0], ` ${letters}: x`)
  }
  assert.equal(timeOf('Oct 11 22:14:15.5 gmt: %SYS-5-CONFIG_I: x')[1], '2026-10-11T22:14:15.500Z')
  assert.equal(timeOf('Oct 11 22:14:15.5 IST: %SYS-5-CONFIG_I: x')[1], '2026-10-11T20:14:15.500Z')
})

test('what a host may be as well is no zone', () => {
  for (const letters of ['asa', 'core', 'FW', 'MET-DST', 'GMT+1', 'Berlin']) {
    const rest = ` ${letters}: %ASA-6-302013: x`
    assert.equal(timeOf(`Oct 11 22:14:15.5${rest}`)[0], rest)
  }
  assert.equal(timeOf('Oct 11 22:14:15.5 asa : %ASA-6-302013: x')[0], ' asa : %ASA-6-302013: x')
  assert.equal(timeOf('Oct 11 22:14:15.5 EDT: %ASA-6-302013: x')[1], '2026-10-12T02:14:15.500Z')
})

test('an offset of a day and more is none', () => {
  for (const rest of [' -1999', ' +2400', ' +0060', ' TZ-24'])
    assert.equal(timeOf(`Oct 11 22:14:15.5${rest}`)[0], rest)
})

test('behind parts of Cisco’s any name is a zone in front of a colon', () => {
  const device = createBsdVariants(createZone('Europe/Berlin'), true)
  for (const [name, time] of [
    ['MET-DST', '20:14:15.500Z'],
    ['GMT+1', '20:14:15.500Z'],
    ['Berlin', '20:14:15.500Z'],
    ['utc', '22:14:15.500Z'],
  ] as const) {
    const text = `Oct 11 22:14:15.5 ${name}: x`
    const message = createMessage(text, received)
    assert.equal(text.slice(device(text, 0, message)), ' x')
    assert.deepEqual([message.timestamp, message.time?.slice(11)], [`Oct 11 22:14:15.5 ${name}`, time])
  }
  assert.equal(device('Oct 11 22:14:15.5 berlin: %SYS-5-CONFIG_I: x', 0, createMessage('', received)), 25)
  for (const rest of [' web1 x', ' 1a: x', ' app: x', ' web1', ` ${'z'.repeat(33)}: x`]) {
    const text = `Oct 11 22:14:15.5${rest}`
    assert.equal(text.slice(device(text, 0, createMessage(text, received))), rest)
  }
})

const none = [
  ...[
    'Oct 11',
    'Oct 11 22:14',
    'Oct 11 22:14:155',
    'Oct 11 22:14:15x',
    'Oct 11 22:14:15:12',
    'Oct 11 22:14:15:1234',
    'Oct 11 22:14:15:123x',
    'Oct 11 22:14:15+9999',
    'Oct 11 22:14:15,',
    'Oct 11 22:14:15, x',
  ],
  ...['Okt 11 22:14:15', 'Octo 11 22:14:15', 'May the force', '11 Oct 22:14:15', 'Oct 11 22:14:15/x', ''],
]

for (const text of none) {
  test(`no time: ${text}`, () => assert.equal(read(text, 0, createMessage(text, received)), ABSENT))
}

const invalid = [
  'Feb 30 22:14:15.5',
  'Feb 29 2026 22:14:15',
  'Oct 11 24:14:15.5',
  'Oct 0 22:14:15',
  'Oct 11 22:60:15.5',
]

for (const text of invalid) {
  test(`a time that is not there: ${text}`, () =>
    assert.equal(read(`${text} web1`, 0, createMessage(text, received)), invalidUntil(text.length)))
}

test('the year is the nearest, and what was read before does not change it', () => {
  for (const [at, year] of [
    ['2026-12-31T23:00:00Z', 2027],
    ['2027-01-01T01:00:00Z', 2027],
    ['2030-01-02T00:00:00Z', 2030],
    ['2026-12-31T23:00:00Z', 2027],
  ] as const) {
    assert.equal(timeOf('Jan  1 12:00:00.5', Date.parse(at))[1]?.slice(0, 4), String(year))
  }
  assert.equal(timeOf('Feb 29 12:00:00.5', Date.parse('2027-03-01T00:00:00Z'))[1]?.slice(0, 4), '2028')
})
