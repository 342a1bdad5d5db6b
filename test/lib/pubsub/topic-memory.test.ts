import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TopicMemory } from '../../../src/lib/pubsub/topic-memory.ts'

/** Says which topics are looked for. */
function create(most: number) {
  const memory = new TopicMemory<number>(most)
  const found: string[] = []
  const ask = (topic: string) => memory.of(topic, one => found.push(one))
  return { memory, found, ask }
}

test('a topic is looked for once, until others are too many or all is forgotten', () => {
  const { memory, found, ask } = create(2)
  assert.equal(ask('a'), ask('a'))
  ask('b')
  ask('a')
  assert.deepEqual(found, ['a', 'b'])
  ask('c')
  ask('a')
  assert.deepEqual(found, ['a', 'b', 'c', 'a'])
  memory.clear()
  ask('a')
  assert.deepEqual(found, ['a', 'b', 'c', 'a', 'a'])
})

test('bug: thousands of long topics were kept, half a gigabyte of them', () => {
  const { found, ask } = create(2)
  const long = 'x'.repeat(60_000)
  for (let n = 0; n < 3; n++) ask(long)
  assert.equal(found.length, 3)
})

test('one of which much was found counts for more', () => {
  const memory = new TopicMemory<number>(10, found => found)
  memory.of('a', () => 4)
  memory.of('b', () => 6)
  assert.equal(
    memory.of('a', () => 9),
    4,
  )
  memory.of('c', () => 1)
  assert.equal(
    memory.of('a', () => 9),
    9,
  )
})
