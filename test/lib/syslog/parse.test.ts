import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ParseError } from '../../../src/lib/syslog/message.ts'
import { createParse } from '../../../src/lib/syslog/parse.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const parse = createParse(createZone('UTC'))

const ends: [datagram: string, content: string][] = [
  ['<13>text', 'text'],
  ['<13>text\n', 'text'],
  ['<13>text\r\n', 'text'],
  ['<13>text\0', 'text'],
  ['<13>text\n\0', 'text'],
  ['<13>text\0\n', 'text'],
  ['<13>text\n\r\n\0\0', 'text'],
  ['<13>text\r', 'text'],
  ['<13>text\r\0\r', 'text'],
  ['\uFEFF<13>text', 'text'],
  ['<13>\uFEFFtext', 'text'],
  ['<13>\uFEFFOct 11 22:14:15 web1 app: \uFEFFtext', 'text'],
  ['<13> 1 2003-10-11T22:14:15.003Z web1 app 42 ID - text', 'text'],
  ['<13> 1 of 3', ' 1 of 3'],
  ['<13>text ', 'text '],
  ['<13>te\nx\0t', 'te\nx\0t'],
  ['<13>\n', ''],
  ['no PRI\n', 'no PRI'],
]

for (const [datagram, content] of ends) {
  test(`the end of ${JSON.stringify(datagram)}`, () => assert.equal(parse(datagram, 0).content, content))
}

const outcomes: [text: string, error: ParseError | undefined, priority: number | undefined][] = [
  ['', 'empty', undefined],
  ['\n', 'empty', undefined],
  ['\0\0', 'empty', undefined],
  ['\r\n', 'empty', undefined],
  ['plain text', 'no-pri', undefined],
  ['<html>', 'no-pri', undefined],
  ['1 2003-10-11T22:14:15.003Z web1 app 42 ID - text', undefined, undefined],
  ['1 - web1 app 42 ID - text', 'no-pri', undefined],
  ['Oct 11 22:14:15 web1 app: text', undefined, undefined],
  ['<192>Oct 11 22:14:15 web1 app: text', 'bad-pri', undefined],
  ['<13', 'bad-pri', undefined],
  ['<13>', undefined, 13],
  ['<13>hello world', undefined, 13],
  ['<034>hello world', undefined, 34],
  ['<13>Feb 30 22:14:15 web1 app: text', 'bad-timestamp', 13],
  ['<13>1 2003-10-11T22:14:15.003Z web1 app 42 ID - text', undefined, 13],
  ['<13>2 files copied', undefined, 13],
  ['<13>2 2003-10-11T22:14:15.003Z web1 app 42 ID - text', 'bad-version', 13],
  ['<13>1 text', undefined, 13],
  ['<13>1 of 3 disks failed on controller 0', undefined, 13],
  ['<13>1 soon web1 app 42 ID - text', 'bad-timestamp', 13],
  ['<13>1 ', 'bad-timestamp', 13],
  ['<13> 1 2003-10-11T22:14:15.003Z web1 app 42 ID - text', undefined, 13],
  ['<192> 1 2003-10-11T22:14:15.003Z web1 app 42 ID - text', 'bad-pri', undefined],
  ['<13>1 - web1', 'bad-header', 13],
  ['<13>1 - - - - - text', undefined, 13],
  ['<13>1 - - - - - [text', 'bad-structured-data', 13],
  ['<1234>hello', 'bad-pri', undefined],
]

for (const [text, error, priority] of outcomes) {
  test(`${error ?? 'no error'}: ${JSON.stringify(text)}`, () => {
    const message = parse(text, 0)
    assert.equal(message.error, error)
    assert.equal(message.priority, priority)
    if (error !== undefined) assert.equal(message.content, text.replace(/[\r\n\0]+$/, ''))
  })
}

test('what is behind a faulty PRI is read all the same', () => {
  const { hostname, appName, time, priority } = parse(
    '<192>Oct 11 22:14:15 web1 app: text',
    Date.UTC(2026, 9, 11),
  )
  assert.deepEqual(
    [hostname, appName, time, priority],
    ['web1', 'app', '2026-10-11T22:14:15.000Z', undefined],
  )
})

test('VERSION in front of a header of RFC 3164', () => {
  const { version, hostname, appName, error } = parse(
    '<13>1 Oct 11 22:14:15 web1 app: text',
    Date.UTC(2026, 9, 11),
  )
  assert.deepEqual([version, hostname, appName, error], ['1', 'web1', 'app', undefined])
})

test('all fields of RFC 5424 behind a time of another form', () => {
  for (const time of ['Oct 11 22:14:15', '1791756855', '2026/10/11 22:14:15', 'Oct 11 22:14:15.5 CEST:']) {
    for (const rest of ['-', '[id a="1"]', '- text']) {
      const text = `<13>1 ${time} web1 app 42 ID ${rest}`
      const { version, hostname, appName, procId, msgId, error } = parse(text, Date.UTC(2026, 9, 11))
      assert.deepEqual(
        [version, hostname, appName, procId, msgId, error],
        ['1', 'web1', 'app', '42', 'ID', undefined],
      )
    }
  }
})

test('what is behind a time that does not exist is read all the same', () => {
  for (const [text, pid] of [
    ['<13>Feb 30 22:14:15 web1 app: x', undefined],
    ['<13>Feb 30 22:14:15 2026 web1 app[42]: x', '42'],
    ['<13>2026-02-30T22:14:15Z web1 app: x', undefined],
    ['<13>1 Feb 30 22:14:15 web1 app: x', undefined],
    ['<13>1 Feb 30 22:14:15 web1 app 42 ID - x', '42'],
    ['<13>1 2026-02-30 22:14:15 web1 app 42 ID - x', '42'],
    ['<13>35: Feb 30 22:14:15: web1 %SYS-5-CONFIG_I: x', undefined],
  ] as const) {
    const { hostname, appName, procId, error, time, content } = parse(text, 0)
    const program = text.includes('%') ? '%SYS-5-CONFIG_I' : 'app'
    assert.deepEqual([hostname, appName, procId, error], ['web1', program, pid, 'bad-timestamp'], text)
    assert.deepEqual([time, content], [undefined, text])
  }
})
