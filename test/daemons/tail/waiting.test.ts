import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { Waiting } from '../../../src/daemons/tail/waiting.ts'

test('waits for room at most so long, and its clock stands still meanwhile', async () => {
  const stop = new AbortController()
  const waiting = new Waiting({ signal: stop.signal })
  const room = Promise.withResolvers<void>()
  const before = [waiting.now, performance.now()]
  for (let n = 0; n < 10; n++) await waiting.forRoom(room.promise, 10)
  const [own, real] = [waiting.now - before[0]!, performance.now() - before[1]!]
  assert.ok(real - own > 80, `${real} ms, of which ${own} count`)
  assert.equal(getEventListeners(stop.signal, 'abort').length, 1)
  const long = waiting.forRoom(room.promise, 60_000)
  room.resolve()
  await long
  const never = waiting.forRoom(new Promise<void>(() => {}), 60_000)
  stop.abort()
  await never
})
