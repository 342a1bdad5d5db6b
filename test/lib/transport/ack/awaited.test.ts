import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Awaited } from '../../../../src/lib/transport/ack/awaited.ts'
import { HANDSHAKE } from '../../../../src/lib/transport/ack/line.ts'
import { until } from '../../../faults/wait.ts'

test('one who is no peer is named within two seconds', () => {
  assert.ok(HANDSHAKE < 2_000)
})

test('of as many as are awaited, those that have not come are late; one that came first is not awaited', async () => {
  let late = 0
  const awaited = new Awaited(20, () => late++)
  awaited.came()
  for (let n = 0; n < 4; n++) awaited.begin()
  awaited.came()
  await until('two are late', () => late === 2)
  awaited.begin()
  awaited.came()
  await wait(40)
  assert.equal(late, 2)
})
