import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gate } from '../../../src/lib/engine/gate.ts'

test('there is room below the limit, and then none', () => {
  const gate = new Gate(10)
  gate.take(9)
  assert.equal(gate.room(), undefined)
  gate.take(5)
  assert.equal(gate.full, true)
  assert.equal(gate.held, 14)
  assert.ok(gate.room() instanceof Promise)
})

test('all who wait are told once there is room, not sooner', async () => {
  const gate = new Gate(10)
  gate.take(15)
  const told: string[] = []
  const waiting = ['a', 'b'].map(async who => {
    await gate.room()
    told.push(who)
  })
  gate.give(5)
  await Promise.resolve()
  assert.deepEqual(told, [], 'ten of ten is full')
  gate.give(1)
  await Promise.all(waiting)
  assert.deepEqual(told, ['a', 'b'])
  assert.equal(gate.room(), undefined)
})

test('it fills again after it was empty', async () => {
  const gate = new Gate(1)
  for (let round = 0; round < 3; round++) {
    gate.take(1)
    const room = gate.room()
    gate.give(1)
    await room
  }
  assert.equal(gate.held, 0)
})

test('bug: a gate with a limit of nothing never had room, not even for one', async () => {
  const gate = new Gate(0)
  assert.equal(gate.room(), undefined)
  gate.take(100)
  const room = gate.room()
  assert.ok(room)
  gate.give(100)
  await room
})
