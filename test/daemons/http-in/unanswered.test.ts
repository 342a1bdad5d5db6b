import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Unanswered } from '../../../src/daemons/http-in/unanswered.ts'

test('as old as the oldest that waits', () => {
  let now = 0
  const unanswered = new Unanswered(() => now)
  assert.equal(unanswered.age, 0)
  const first = unanswered.add()
  now = 100
  const second = unanswered.add()
  now = 300
  assert.equal(unanswered.age, 300)
  first(true)
  assert.equal(unanswered.age, 200)
  second(false)
  assert.equal(unanswered.age, 0)
})

test('one that was overtaken says nothing about the others', () => {
  let now = 0
  const unanswered = new Unanswered(() => now)
  const stuck = unanswered.add()
  now = 100
  const overtaking = unanswered.add()
  const late = unanswered.add()
  now = 300
  overtaking(true)
  assert.equal(unanswered.age, 200)
  stuck(false)
  assert.equal(unanswered.age, 200)
  late(true)
  assert.equal(unanswered.age, 0)
})

test('one that was sent away does not count, and says nothing about those before it', () => {
  let now = 0
  const unanswered = new Unanswered(() => now)
  const first = unanswered.add()
  unanswered.add()(false)
  now = 300
  assert.equal(unanswered.age, 300)
  first(true)
})
