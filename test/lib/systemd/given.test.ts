import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Given, readGiven, takeGiven } from '../../../src/lib/systemd/given.ts'

const PID = 4711

describe('what systemd gives by the environment', () => {
  const cases: [about: string, env: NodeJS.ProcessEnv, given: Given][] = [
    ['nothing', {}, { sockets: [] }],
    [
      'where to tell',
      { NOTIFY_SOCKET: '/run/systemd/notify' },
      { notifySocket: '/run/systemd/notify', sockets: [] },
    ],
    ['a watchdog', { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '4711' }, { watchdog: 30_000, sockets: [] }],
    ['a watchdog of whoever it is', { WATCHDOG_USEC: '1500' }, { watchdog: 1.5, sockets: [] }],
    ['a watchdog of another process', { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1' }, { sockets: [] }],
    ['no watchdog', { WATCHDOG_USEC: '0', WATCHDOG_PID: '4711' }, { sockets: [] }],
    ['a watchdog that is no number', { WATCHDOG_USEC: '3e7' }, { sockets: [] }],
    [
      'sockets',
      { LISTEN_FDS: '2', LISTEN_PID: '4711', LISTEN_FDNAMES: 'syslog:admin' },
      {
        sockets: [
          { fd: 3, name: 'syslog' },
          { fd: 4, name: 'admin' },
        ],
      },
    ],
    [
      'sockets of no name',
      { LISTEN_FDS: '2', LISTEN_PID: '4711', LISTEN_FDNAMES: ':' },
      {
        sockets: [
          { fd: 3, name: 'unknown' },
          { fd: 4, name: 'unknown' },
        ],
      },
    ],
    [
      'a socket without names',
      { LISTEN_FDS: '1', LISTEN_PID: '4711' },
      { sockets: [{ fd: 3, name: 'unknown' }] },
    ],
    ['sockets of another process', { LISTEN_FDS: '1', LISTEN_PID: '12' }, { sockets: [], socketsOf: 12 }],
    ['sockets of nobody', { LISTEN_FDS: '1' }, { sockets: [] }],
    ['no sockets', { LISTEN_FDS: '-1', LISTEN_PID: '4711' }, { sockets: [] }],
  ]
  for (const [about, env, given] of cases)
    test(about, () => {
      assert.deepEqual(readGiven(env, PID), given)
    })
})

test('what was given is not there any more for others', () => {
  const env: NodeJS.ProcessEnv = {
    ...{ NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '1', WATCHDOG_PID: '1' },
    ...{ LISTEN_FDS: '1', LISTEN_PID: '1', LISTEN_FDNAMES: 'x', LISTEN_PIDFDID: '1' },
    ...{ JOURNAL_STREAM: '1:1', PATH: '/bin' },
  }
  takeGiven(env, 1)
  assert.deepEqual(env, { JOURNAL_STREAM: '1:1', PATH: '/bin' })
})
