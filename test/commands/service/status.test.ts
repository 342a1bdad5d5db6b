import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  closedSocket,
  describe as describeService,
  endpointsIn,
} from '../../../src/commands/service/status.ts'

const CLEAR = '\u001b[2J'

test('bug: what a daemon says of itself went to the terminal as it was', () => {
  const stages = [
    { endpoints: [`tcp://${CLEAR}:1`, 7, null, 'x'.repeat(5_000)] },
    { endpoints: ['\u009b2J'] },
  ]
  const shown = endpointsIn(JSON.stringify({ stages }))
  assert.deepEqual(shown, ['tcp://?[2J:1', `${'x'.repeat(200)}…`, '?2J'])
  const many = JSON.stringify({ stages: [{ endpoints: Array(5_000).fill('a') }] })
  assert.equal(endpointsIn(many).length, 100)
  assert.throws(() => endpointsIn('[]'))
  const facts = new Map([
    ['ActiveState', 'active'],
    ['SubState', 'running'],
    ['StatusText', `well${CLEAR}\nstore: running`],
  ])
  const said = describeService('edge', facts, [], 0)
  assert.match(said, /^ {2}well\?\[2J\?store: running$/m)
})

test('a socket that systemd has closed is shown', () => {
  const said = describeService(
    'x',
    new Map([['ActiveState', 'active']]),
    [closedSocket('x', 'sluice-x.socket', 'resources')],
    0,
  )
  assert.match(
    said,
    /^ {2}sluice-x\.socket is closed \(resources\): .*; type: sluice service stop x && sluice service start x$/m,
  )
})
