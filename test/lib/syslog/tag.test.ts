import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { readTag } from '../../../src/lib/syslog/tag.ts'

function read(text: string) {
  const message = createMessage(text, 0)
  const end = readTag(text, 0, message)
  return [message.appName, message.procId, text.slice(end)]
}

const tags: [text: string, program: string, pid: string | undefined, content: string][] = [
  ["su: 'su root' failed", 'su', undefined, "'su root' failed"],
  ['sshd[42]: text', 'sshd', '42', 'text'],
  ['sshd[42]:text', 'sshd', '42', 'text'],
  ['sshd[42] text', 'sshd', '42', 'text'],
  ['sshd[42]', 'sshd', '42', ''],
  ['app:text', 'app', undefined, 'text'],
  ['app:  text', 'app', undefined, ' text'],
  ['app:', 'app', undefined, ''],
  ['postfix/smtpd[7]: x', 'postfix/smtpd', '7', 'x'],
  ['systemd-logind[1]: x', 'systemd-logind', '1', 'x'],
  ['my_app.v2: x', 'my_app.v2', undefined, 'x'],
  ['/usr/sbin/cron[3]: x', '/usr/sbin/cron', '3', 'x'],
  ['(sd-pam)[5]: x', '(sd-pam)', '5', 'x'],
  ['user@1000.service: x', 'user@1000.service', undefined, 'x'],
  ['%ASA-6-302013: x', '%ASA-6-302013', undefined, 'x'],
  ['3proxy: x', '3proxy', undefined, 'x'],
  ['1987[10]: x', '1987', '10', 'x'],
  ['java[main-1]: x', 'java', 'main-1', 'x'],
  ['java[12:34]: x', 'java', '12:34', 'x'],
  ['app[]: x', 'app', undefined, 'x'],
  ['app[-]: x', 'app', undefined, 'x'],
  [`${'a'.repeat(255)}: x`, 'a'.repeat(255), undefined, 'x'],
  ['My::App[1]: x', 'My::App', '1', 'x'],
  ['My::App::Worker: x', 'My::App::Worker', undefined, 'x'],
  ['Errors: x', 'Errors', undefined, 'x'],
]

for (const [text, program, pid, content] of tags) {
  test(`TAG in ${text.slice(0, 40)}`, () => assert.deepEqual(read(text), [program, pid, content]))
}

const contents = [
  ...[
    '',
    ' ',
    'Use the BFG!',
    'word',
    ': x',
    '[42]: x',
    '189: x',
    '12:30:00 x',
    'http://example.org/',
    'C:\\x: y',
  ],
  ...['CEF:0|Vendor|', 'LEEF:1.0|Vendor|', 'std::bad_alloc', '{"a":1}', '{"a": 1}', '["a": 1]', 'msg="a: b"'],
  ...[
    'app[4 2]: x',
    'app[42: x',
    'app[42]x',
    'app[[42]]: x',
    'app\t: x',
    'größe: x',
    'std::bad_alloc was thrown',
    'a::: x',
    'a:: x',
    '::a: x',
    'Error: x',
    'WARNING: x',
    'info: x',
    'CEF: 0|Vendor|',
    'action:"Drop"; x',
    `${'a'.repeat(256)}: x`,
  ],
]

for (const text of contents) {
  test(`CONTENT: ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.deepEqual(read(text), [undefined, undefined, text])
  })
}
