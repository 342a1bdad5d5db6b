import assert from 'node:assert/strict'
import { hostname, networkInterfaces } from 'node:os'
import { describe, test } from 'node:test'
import { hostOf } from '../../../src/lib/asking/hosts.ts'
import { groupEnds, meeterOf } from '../../../src/lib/asking/meeting.ts'
import { link } from '../../commands/ledger/looks.ts'

const HERE = '/run/a.sock'
const FAR = 'http://far.example:9600'
/** Of this host, where it has one. */
const [address = '127.0.0.1'] = Object.values(networkInterfaces())
  .flat()
  .flatMap(one => (one && !one.internal && one.family === 'IPv4' ? [one.address] : []))

/** Two ends, each with the address at which its daemon was asked, and whether they belong together. */
const cases: readonly [pull: string, door: string, push: string, door: string, together: boolean][] = [
  ['bind tcp://*:7000', HERE, 'connect tcp://127.0.0.1:7000', HERE, true],
  ['bind tcp://0.0.0.0:7000', HERE, 'connect tcp://localhost:7000', HERE, true],
  ['bind tcp://[::]:7000', HERE, 'connect ack+tcp://[::1]:7000', 'http://127.0.0.1:9600', true],
  ['bind tcp://*:7000', HERE, `connect tcp://${hostname().toUpperCase()}:7000`, HERE, true],
  ['bind tcp://*:7000', HERE, `connect tcp://${address}:7000`, FAR, true],
  ['bind tcp://*:7000', `http://${address}:9600`, 'connect tcp://127.0.0.1:7000', HERE, true],
  ['bind tcp://*:7000', HERE, 'connect tcp://127.0.0.1:7001', HERE, false],
  ['bind tcp://*:7000', HERE, 'connect tcp://far.example:7000', HERE, false],
  ['bind tcp://*:7000', HERE, 'connect tcp://192.0.2.7:7000', FAR, false],
  ['bind tcp://*:7000', HERE, 'connect tcp://127.0.0.1:7000', FAR, false],
  ['bind tcp://*:7000', FAR, 'connect tcp://127.0.0.1:7000', FAR, true],
  ['bind tcp://*:7000', FAR, 'connect tcp://Far.Example:7000', HERE, true],
  ['bind tcp://192.0.2.7:7000', FAR, 'connect tcp://192.0.2.7:7000', HERE, true],
  ['bind tcp://192.0.2.7:7000', FAR, 'connect tcp://127.0.0.1:7000', HERE, false],
  ['bind ipc:///run/a.ipc', HERE, 'connect ipc:///run/a.ipc', HERE, true],
  ['bind ipc:///run/a.ipc', HERE, 'connect ipc:///run/a.ipc', FAR, false],
  ['connect ipc:///run/a.ipc', FAR, 'bind ack+ipc:///run/a.ipc', FAR, true],
]

describe('ends of links', () => {
  for (const [pull, pulls, push, pushes, together] of cases)
    test(`${pull} at ${pulls}, ${push} at ${pushes}: ${together ? 'one' : 'two'}`, () => {
      const one = { ...link(`pull ${pull} 0`), host: hostOf(pulls) }
      const other = { ...link(`push ${push} 0`), host: hostOf(pushes) }
      assert.equal(groupEnds([one, other]).length, together ? 1 : 2)
      assert.equal(meeterOf([other])(one), together)
    })

  test('bug: who connects to another host and who connects to this one were at one place', () => {
    const ends = ['connect tcp://192.0.2.7:7000', 'connect tcp://127.0.0.1:7000', 'bind tcp://*:7000'].map(
      text => ({ ...link(`push ${text} 0`), host: hostOf(HERE) }),
    )
    assert.deepEqual(
      groupEnds(ends).map(group => group.length),
      [1, 2],
    )
  })
})
