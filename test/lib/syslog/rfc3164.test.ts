import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessage, type ParseError } from '../../../src/lib/syslog/message.ts'
import { readRfc3164 } from '../../../src/lib/syslog/rfc3164.ts'
import { createTimestampFormats } from '../../../src/lib/syslog/timestamp.ts'
import { createZone } from '../../../src/lib/syslog/timezone.ts'

const formats = createTimestampFormats(createZone('UTC'))

function read(text: string, priority: number | undefined) {
  const message = createMessage('', Date.UTC(2026, 9, 11))
  message.priority = priority
  const error = readRfc3164(text, 0, message, formats)
  return {
    error,
    host: message.hostname,
    program: message.appName,
    pid: message.procId,
    content: message.content,
  }
}

const time = 'Oct 11 22:14:15'
type Case = [msg: string, host: string | undefined, program: string | undefined, content: string]

const withTimestamp: Case[] = [
  ['web1 sshd[42]: text', 'web1', 'sshd', 'text'],
  ['web1 sshd[42]:  text', 'web1', 'sshd', ' text'],
  ['web1 sshd[42]:', 'web1', 'sshd', ''],
  ['web1 sshd[42]: ', 'web1', 'sshd', ''],
  ['web1 some text', 'web1', undefined, 'some text'],
  ['web1 ', 'web1', undefined, ''],
  ['web1  text', 'web1', undefined, ' text'],
  ['192.0.2.1 app: text', '192.0.2.1', 'app', 'text'],
  ['web_1.example-2.org app: text', 'web_1.example-2.org', 'app', 'text'],
  ['2001:db8::7 app: text', '2001:db8::7', 'app', 'text'],
  ['::ffff:192.0.2.1 app: text', '::ffff:192.0.2.1', 'app', 'text'],
  ['fe80:: app: text', 'fe80::', 'app', 'text'],
  ['- app: text', undefined, 'app', 'text'],
  [`${'h'.repeat(255)} app: text`, 'h'.repeat(255), 'app', 'text'],
  // No HOSTNAME: what is there is MSG.
  ['sshd[42]: text', undefined, 'sshd', 'text'],
  ['su: text', undefined, 'su', 'text'],
  ['web1', 'web1', undefined, ''],
  ['  web1 app: text', 'web1', 'app', 'text'],
  ['web1   app: text', 'web1', 'app', 'text'],
  ['web1 : %ASA-6-302013: text', 'web1', '%ASA-6-302013', 'text'],
  ['web1. app: text', 'web1.', 'app', 'text'],
  ['web1. text', undefined, undefined, 'web1. text'],
  ['web1 \uFEFFtext', 'web1', undefined, 'text'],
  ['web1 app: \uFEFFtext', 'web1', 'app', 'text'],
  ['a/b app: text', undefined, undefined, 'a/b app: text'],
  ['-- app: text', undefined, undefined, '-- app: text'],
  ['-', undefined, undefined, '-'],
  ['std::string is', undefined, undefined, 'std::string is'],
  [`${'h'.repeat(256)} app: text`, undefined, undefined, `${'h'.repeat(256)} app: text`],
  ['', undefined, undefined, ''],
]

for (const [msg, host, program, content] of withTimestamp) {
  test(`behind TIMESTAMP: ${JSON.stringify(msg.slice(0, 40))}`, () => {
    const pid = msg.includes('[42]') ? '42' : undefined
    assert.deepEqual(read(`${time} ${msg}`, 13), { error: undefined, host, program, pid, content })
  })
}

test('the TIMESTAMP of RFC 3339 in the place of the old one', () => {
  const { error, host, program, content } = read('2003-10-11T22:14:15.003Z web1 app: text', 13)
  assert.deepEqual(
    { error, host, program, content },
    { error: undefined, host: 'web1', program: 'app', content: 'text' },
  )
})

const behindColon: Case[] = [
  ['Oct 11 22:14:15: Neighbor 192.0.2.9 went down', undefined, undefined, 'Neighbor 192.0.2.9 went down'],
  ['Oct 11 22:14:15:   Client is down', undefined, undefined, '  Client is down'],
  ['Oct 11 22:14:15: 192.0.2.9 text', '192.0.2.9', undefined, 'text'],
  ['Oct 11 22:14:15: web1 app: text', 'web1', 'app', 'text'],
  ['Oct 11 22:14:15: web1 %SYS-5-CONFIG_I text', 'web1', '%SYS-5-CONFIG_I', 'text'],
  ['Oct 11 22:14:15: web1 : %ASA-6-302013: text', 'web1', '%ASA-6-302013', 'text'],
  ['Oct 11 22:14:15: - text', undefined, undefined, '- text'],
  ['Oct 11 22:14:15: ', undefined, undefined, ''],
  ['45: Oct 11 22:14:15: web1 app: text', undefined, undefined, 'web1 app: text'],
  ['45: Oct 11 22:14:15: 192.0.2.9 text', undefined, undefined, '192.0.2.9 text'],
  ['45: Oct 11 22:14:15: web1 %SYS-5-CONFIG_I: text', 'web1', '%SYS-5-CONFIG_I', 'text'],
  ['45: Oct 11 22:14:15: app: text', undefined, 'app', 'text'],
  ['45: Oct 11 22:14:15 web1 app: text', 'web1', 'app', 'text'],
  ['45: Oct 11 22:14:15 app: text', undefined, 'app', 'text'],
]

for (const [text, host, program, content] of behindColon) {
  test(`what may end in a colon: ${text}`, () =>
    assert.deepEqual(read(text, 13), { error: undefined, host, program, pid: undefined, content }))
}

test('nothing behind TIMESTAMP', () => assert.equal(read(time, 13).content, ''))

const withoutTimestamp: Case[] = [
  ['hello world', undefined, undefined, 'hello world'],
  ['', undefined, undefined, ''],
  ['app: text', undefined, 'app', 'text'],
  [' app: text', undefined, 'app', 'text'],
  ['  some text', undefined, undefined, '  some text'],
  ['web1 app: text', undefined, undefined, 'web1 app: text'],
  ['Oct 11 22:14 web1 app: text', undefined, undefined, 'Oct 11 22:14 web1 app: text'],
  ['10/11/2026 22:14:15 web1 app: text', undefined, undefined, '10/11/2026 22:14:15 web1 app: text'],
]

for (const [msg, host, program, content] of withoutTimestamp) {
  test(`no TIMESTAMP: ${JSON.stringify(msg)}`, () => {
    assert.deepEqual(read(msg, 13), { error: undefined, host, program, pid: undefined, content })
  })
}

const errors: [text: string, priority: number | undefined, error: ParseError | undefined][] = [
  ['hello world', undefined, 'no-pri'],
  [`${time} web1 app: text`, undefined, undefined],
  ['2003-10-11T22:14:15Z web1 app: text', undefined, undefined],
  ['Feb 30 22:14:15 web1 app: text', 13, 'bad-timestamp'],
  ['Feb 30 22:14:15 web1 app: text', undefined, 'bad-timestamp'],
]

for (const [text, priority, error] of errors) {
  test(`${error ?? 'no error'}: PRI ${priority}, ${text}`, () =>
    assert.equal(read(text, priority).error, error))
}
