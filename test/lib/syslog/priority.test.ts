import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { FACILITIES, readPriority, SEVERITIES } from '../../../src/lib/syslog/priority.ts'
import { ABSENT, INVALID } from '../../../src/lib/syslog/scan.ts'

const cases: [text: string, end: number, priority: number | undefined][] = [
  ['<0>', 3, 0],
  ['<13>text', 4, 13],
  ['<191>', 5, 191],
  ['<034>', 5, 34],
  ['<00>', 4, 0],
  ['<192>', INVALID, undefined],
  ['<999>', INVALID, undefined],
  ['<0034>', INVALID, undefined],
  ['<13', INVALID, undefined],
  ['<13 >', INVALID, undefined],
  ['<1a>', INVALID, undefined],
  ['<>', ABSENT, undefined],
  ['<-1>', ABSENT, undefined],
  ['<html>', ABSENT, undefined],
  ['<', ABSENT, undefined],
  ['', ABSENT, undefined],
  [' <13>', ABSENT, undefined],
  ['<１３>', ABSENT, undefined],
]

for (const [text, end, priority] of cases) {
  test(`PRI of ${JSON.stringify(text)}`, () => {
    const message = createMessage(text, 0)
    assert.equal(readPriority(text, 0, message), end)
    assert.equal(message.priority, priority)
  })
}

test('each facility and severity has its keyword', () => {
  assert.equal(FACILITIES.length, 24)
  assert.equal(SEVERITIES.length, 8)
  assert.equal(FACILITIES[191 >> 3], 'local7')
  assert.equal(FACILITIES[4], 'auth')
  assert.equal(FACILITIES[15], 'clock')
  assert.equal(SEVERITIES[3], 'err')
})
