import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { readOddTag, readSnareHost } from '../../../src/lib/syslog/odd-tag.ts'

function read(text: string, priority?: number) {
  const message = createMessage('', 0)
  message.priority = priority
  const rest = text.slice(readOddTag(text, 0, message))
  const { appName, procId, msgId, structuredData, extras } = message
  const parts = { appName, procId, msgId, structuredData, ...extras }
  return [rest, Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))]
}

const tags: [text: string, rest: string, parts: object][] = [
  [' app: x', 'x', { appName: 'app' }],
  ['   app[42]: x', 'x', { appName: 'app', procId: '42' }],
  ['  notice app[42]: x', 'x', { appName: 'app', procId: '42', level: 'notice' }],
  [': %ASA-6-302013: x', 'x', { appName: '%ASA-6-302013' }],
  ['%SYS-5-CONFIG_I x', 'x', { appName: '%SYS-5-CONFIG_I' }],
  ['%MGBL-SYS-5-CONFIG_I : x', 'x', { appName: '%MGBL-SYS-5-CONFIG_I' }],
  ['notice mcpd[42]: x', 'x', { appName: 'mcpd', procId: '42', level: 'notice' }],
  ['%$ VDC-1 %$ %SYS-5-CONFIG_I: x', 'x', { appName: '%SYS-5-CONFIG_I', node: 'VDC-1' }],
  ['00179 mgr: x', 'x', { appName: 'mgr', msgId: '00179' }],
  ['MSWinEventLog\t1\tSecurity', '1\tSecurity', { appName: 'MSWinEventLog' }],
  ['LinuxKAudit 1', '1', { appName: 'LinuxKAudit' }],
  ['CISE_Alarm WARN: x', 'WARN: x', { appName: 'CISE_Alarm' }],
  ['CSCOacs_X 1', '1', { appName: 'CSCOacs_X' }],
  ['app 42 - - x', 'x', { appName: 'app', procId: '42' }],
  ['#ILO4 - - - x', 'x', { appName: '#ILO4' }],
  ['app - scan.done - x', 'x', { appName: 'app', msgId: 'scan.done' }],
  [
    'app 42 ID [id a="1"] x',
    'x',
    { appName: 'app', procId: '42', msgId: 'ID', structuredData: { id: { a: '1' } } },
  ],
  ['4711 42 - -', '', { appName: '4711', procId: '42' }],
]

for (const [text, rest, parts] of tags)
  test(`the tag of ${text}`, () => assert.deepEqual(read(text), [rest, parts]))

const none = [
  ...[
    '',
    ' ',
    '  text',
    'text',
    'some text',
    ': text',
    ':',
    '%',
    '% x',
    '%SYS: x',
    '%SYS-9-X x',
    '200 OK: x',
    '00179 text',
  ],
  ...[
    'hello app: x',
    'error reading: disk',
    '%$ VDC-1 %$ x',
    '%$ VDC %$ %SYS-5-CONFIG_I: x',
    'copied 42 files - done',
    'copied 42 files [x] done',
    'port 5 link [up]',
    'session 5 closed: [ tcp]',
    'accepted - tcp - 192.0.2.7',
    'noticed app: x',
    'notice text',
    'copied 42 files - done',
    'a - b',
    'a - - b',
    'app 42 ID - x',
    'app 42 ID x',
  ],
  ...['app - - [id a="1', 'MSWinEventLog', 'Other\t1', '[42]: x', '<13>x', 'größe - - - x'],
]

for (const text of none) test(`no tag: ${text}`, () => assert.deepEqual(read(text), [text, {}]))

test('a level without a process id is that of PRI', () => {
  assert.deepEqual(read('notice logger: x', 133), ['x', { appName: 'logger', level: 'notice' }])
  assert.deepEqual(read('error reading: disk', 34), ['error reading: disk', {}])
})

test('Snare in front of which only the host stands', () => {
  const message = createMessage('', 0)
  const text = 'win1\tMSWinEventLog\t1\tSecurity'
  assert.equal(text.slice(readSnareHost(text, 0, message)), '1\tSecurity')
  assert.deepEqual([message.hostname, message.appName], ['win1', 'MSWinEventLog'])
  for (const other of [
    ...[
      'win1\terror app: x',
      'win1\tnotice app[42]: x',
      'win1\ttook 3 - - x',
      'win1\tCISE_Alarm x',
      'win1\tMSWinEventLog',
    ],
    ...['win1\tOther\t1', 'win1 MSWinEventLog\t1', '\tMSWinEventLog\t1', ''],
  ]) {
    const untouched = createMessage('', 0)
    assert.equal(readSnareHost(other, 0, untouched), 0)
    assert.deepEqual(untouched, createMessage('', 0))
  }
})
