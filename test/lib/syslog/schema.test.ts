import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createMessage,
  type Extras,
  PARSE_ERRORS,
  type SyslogMessage,
} from '../../../src/lib/syslog/message.ts'
import { type Fields, SCHEMAS, type SchemaName } from '../../../src/lib/syslog/schema.ts'

const time = '2026-10-11T22:14:15.000Z'
const full: SyslogMessage = {
  received: 0,
  priority: 34,
  version: '1',
  time,
  timestamp: '2026-10-11T22:14:15Z',
  hostname: 'web1',
  appName: 'su',
  procId: '42',
  msgId: 'ID47',
  structuredData: { id: { a: '1' } },
  extras: undefined,
  content: 'text',
  error: undefined,
}

function fieldsOf(schema: SchemaName, message: SyslogMessage): Fields {
  const target: Fields = {}
  SCHEMAS[schema](target, message, time)
  return target
}

test('classic: all fields, in their order', () => {
  assert.deepEqual(Object.entries(fieldsOf('classic', full)), [
    ['@timestamp', time],
    ['timestamp', '2026-10-11T22:14:15Z'],
    ['syslog_priority', 34],
    ['syslog_facility', 'auth'],
    ['syslog_severity', 'crit'],
    ['host', 'web1'],
    ['syslog_program', 'su'],
    ['syslog_pid', '42'],
    ['syslog_msgid', 'ID47'],
    ['structured_data', { id: { a: '1' } }],
    ['message', 'text'],
  ])
})

test('classic: what was not sent has no field', () => {
  assert.deepEqual(fieldsOf('classic', createMessage('text', 0)), { '@timestamp': time, message: 'text' })
  assert.deepEqual(fieldsOf('classic', { ...createMessage('text', 0), error: 'no-pri' }), {
    '@timestamp': time,
    message: 'text',
    parse_error: 'no-pri',
  })
})

test('ecs: all fields', () => {
  assert.deepEqual(fieldsOf('ecs', full), {
    '@timestamp': time,
    log: {
      syslog: {
        priority: 34,
        facility: { code: 4, name: 'auth' },
        severity: { code: 2, name: 'crit' },
        version: '1',
        hostname: 'web1',
        appname: 'su',
        procid: '42',
        msgid: 'ID47',
        structured_data: { id: { a: '1' } },
      },
    },
    host: { hostname: 'web1', name: 'web1' },
    process: { name: 'su', pid: 42 },
    message: 'text',
  })
})

test('ecs: what was not sent has no field and no empty object', () => {
  assert.deepEqual(fieldsOf('ecs', createMessage('text', 0)), { '@timestamp': time, message: 'text' })
})

test('the host that a source has noted is that of a message without one', () => {
  for (const [schema, own, said] of [
    ['classic', 'here', 'web1'],
    ['ecs', { hostname: 'here', name: 'here' }, { hostname: 'web1', name: 'web1' }],
  ] as const) {
    for (const [hostname, host] of [
      [undefined, own],
      ['web1', said],
    ] as const) {
      const target: Fields = { host: 'here' }
      SCHEMAS[schema](target, { ...full, hostname }, time)
      assert.deepEqual(target.host, host)
    }
  }
})

test('ecs: a pid is a long, or there is none', () => {
  for (const [procId, pid] of [
    ['007', 7],
    ['main', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['9'.repeat(20), undefined],
  ] as const) {
    const { log, process } = fieldsOf('ecs', { ...createMessage('', 0), procId })
    assert.deepEqual(log, { syslog: { procid: procId } })
    assert.deepEqual(process, pid === undefined ? undefined : { pid })
  }
})

test('ecs: an error has its word and its sentence', () => {
  const { error } = fieldsOf('ecs', { ...createMessage('', 0), error: 'bad-pri' })
  assert.deepEqual(error, { type: 'bad-pri', message: PARSE_ERRORS['bad-pri'] })
})

const extras: Extras = {
  ...{
    counter: 35,
    sequence: 104,
    clock: 'unsynchronized',
    uptime: 83,
    node: 'RP/0',
    task: '*t',
    level: 'notice',
  },
  ...{ repeated: 5, relay: { hostname: 'relay1', timestamp: 'Oct 11 22:14:15', priority: 30 } },
}

test('classic: what only some senders say', () => {
  assert.deepEqual(fieldsOf('classic', { ...createMessage('text', 0), extras }), {
    ...{ '@timestamp': time, syslog_counter: 35, syslog_sequence: 104, syslog_clock: 'unsynchronized' },
    ...{
      syslog_uptime: 83,
      syslog_node: 'RP/0',
      syslog_task: '*t',
      syslog_level: 'notice',
      syslog_repeated: 5,
    },
    ...{ syslog_relay: 'relay1', syslog_relay_timestamp: 'Oct 11 22:14:15', syslog_relay_priority: 30 },
    message: 'text',
  })
})

test('ecs: what only some senders say', () => {
  assert.deepEqual(fieldsOf('ecs', { ...createMessage('text', 0), hostname: 'web1', extras }), {
    '@timestamp': time,
    log: {
      level: 'notice',
      syslog: {
        ...{ hostname: 'web1', counter: 35, clock: 'unsynchronized', node: 'RP/0', repeated: 5 },
        relay: { hostname: 'relay1', timestamp: 'Oct 11 22:14:15', priority: 30 },
      },
    },
    host: { hostname: 'web1', name: 'web1', uptime: 83 },
    event: { sequence: 104 },
    process: { thread: { name: '*t' } },
    message: 'text',
  })
  assert.deepEqual(fieldsOf('ecs', { ...createMessage('', 0), extras: { counter: 35 } }).event, {
    sequence: 35,
  })
})
