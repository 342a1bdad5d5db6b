import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessage, type ParseError } from '../../../src/lib/syslog/message.ts'
import { createRfc3339Timestamp } from '../../../src/lib/syslog/rfc3339-timestamp.ts'
import { isRfc5424, readRfc5424 } from '../../../src/lib/syslog/rfc5424.ts'

const readTimestamp = createRfc3339Timestamp()

function read(text: string) {
  const message = createMessage('', 0)
  const error = readRfc5424(text, 0, message, readTimestamp)
  return { error, message }
}

const protocols: [text: string, rfc5424: boolean][] = [
  ['1 2003-10-11T22:14:15.003Z web1 app 1 ID - text', true],
  ['1 - web1', true],
  ['1 apple', false],
  ['1 apple pie for the two of us', false],
  ['1 soon web1 app 42 ID - text', true],
  ['1 soon web1 app 42 ID [id]', true],
  ['1 ', true],
  ['2 2003-10-11T22:14:15.003Z web1 app 1 ID - text', true],
  ['999 2003-10-11T22:14:15.003Z web1 app 1 ID - text', true],
  ['1', false],
  ['0 2003-10-11T22:14:15.003Z web1 app 1 ID - text', true],
  ['1000 2003-10-11T22:14:15.003Z web1 app 1 ID - text', false],
  ['2 files copied', false],
  ['2003-10-11T22:14:15.003Z web1 app: text', false],
  ['Oct 11 22:14:15 web1 app: text', false],
  ['', false],
]

for (const [text, rfc5424] of protocols) {
  test(`${JSON.stringify(text)} is ${rfc5424 ? '' : 'not '}RFC 5424`, () =>
    assert.equal(isRfc5424(text, 0), rfc5424))
}

test('all fields', () => {
  const { error, message } = read('1 2003-10-11T22:14:15.003Z web1 app 42 ID47 [id a="1"] text')
  assert.equal(error, undefined)
  assert.equal(message.version, '1')
  assert.equal(message.timestamp, '2003-10-11T22:14:15.003Z')
  assert.equal(message.time, '2003-10-11T22:14:15.003Z')
  assert.equal(message.hostname, 'web1')
  assert.equal(message.appName, 'app')
  assert.equal(message.procId, '42')
  assert.equal(message.msgId, 'ID47')
  assert.deepEqual(message.structuredData, { id: { a: '1' } })
  assert.equal(message.content, 'text')
})

test('NILVALUE is absent', () => {
  const { error, message } = read('1 - - - - - - text')
  assert.equal(error, undefined)
  assert.deepEqual(message, { ...createMessage('text', 0), version: '1' })
})

const contents: [behindHeader: string, content: string][] = [
  ['- text', 'text'],
  ['-  text ', ' text '],
  ['-', ''],
  ['- ', ''],
  ['[id]', ''],
  ['[id] text', 'text'],
  ['[id] [other] text', '[other] text'],
  ['- -', '-'],
  ['- \uFEFFtext', 'text'],
  ['- \uFEFF', ''],
  ['- \uFEFF\uFEFFtext', '\uFEFFtext'],
  ['- text\uFEFF', 'text\uFEFF'],
  ['- BOMtext', 'BOMtext'],
  ['text', 'text'],
  ['-text', '-text'],
  [' text', 'text'],
  ['[] text', 'text'],
  ['[id ] text', 'text'],
  ['- two\nlines', 'two\nlines'],
]

for (const [behindHeader, content] of contents) {
  test(`MSG behind ${JSON.stringify(behindHeader)}`, () => {
    const { error, message } = read(`1 - - - - - ${behindHeader}`)
    assert.equal(error, undefined)
    assert.equal(message.content, content)
  })
}

const time = '2003-10-11T22:14:15.003Z'
const errors: [text: string, error: ParseError][] = [
  [`2 ${time} web1 app 42 ID - text`, 'bad-version'],
  ['1 ', 'bad-timestamp'],
  ['1 apple', 'bad-timestamp'],
  ['1 Oct 11 22:14:15 web1 app 42 ID - text', 'bad-timestamp'],
  ['1 2003-02-30T22:14:15.003Z web1 app 42 ID - text', 'bad-timestamp'],
  ['1 -- web1 app 42 ID - text', 'bad-timestamp'],
  ['1  web1 app 42 ID - text', 'bad-timestamp'],
  ['1 -', 'bad-header'],
  [`1 ${time}`, 'bad-header'],
  [`1 ${time} web1`, 'bad-header'],
  [`1 ${time} web1 app 42`, 'bad-header'],
  [`1 ${time}  app 42 ID - text`, 'bad-header'],
  [`1 ${time} ${'h'.repeat(256)} app 42 ID - text`, 'bad-header'],
  [`1 ${time} web1 app 42 ID [text`, 'bad-structured-data'],
  [`1 ${time} web1 app 42 ID [id]text`, 'bad-structured-data'],
  [`1 ${time} web1 app 42 ID [id a="1`, 'bad-structured-data'],
]

for (const [text, error] of errors) {
  test(`${error}: ${JSON.stringify(text.slice(0, 60))}`, () => assert.equal(read(text).error, error))
}

test('what stands in front of the fault is kept', () => {
  const cut = read(`1 ${time} web1 app 42`).message
  assert.deepEqual([cut.time, cut.hostname, cut.appName, cut.procId], [time, 'web1', 'app', '42'])
  const open = read(`1 ${time} web1 app 42 ID [id a="1`).message
  assert.deepEqual([open.procId, open.msgId, open.structuredData], ['42', 'ID', undefined])
})

test('a fault in VERSION or TIMESTAMP does not keep the rest from being read', () => {
  for (const [text, error] of [
    [`2 ${time} web1 app 42 ID - text`, 'bad-version'],
    ['1 2003-02-30T22:14:15.003Z web1 app 42 ID - text', 'bad-timestamp'],
    ['1 soon web1 app 42 ID - text', 'bad-timestamp'],
  ] as const) {
    const { message, error: found } = read(text)
    assert.equal(found, error)
    assert.deepEqual(
      [message.hostname, message.appName, message.procId, message.msgId],
      ['web1', 'app', '42', 'ID'],
    )
  }
})

test('a header without anything behind MSGID is whole', () => {
  const { message, error } = read(`1 ${time} web1 app 42 ID`)
  assert.equal(error, undefined)
  assert.deepEqual([message.msgId, message.structuredData, message.content], ['ID', undefined, ''])
})
