import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Group } from '../../../src/lib/live/group.ts'
import { Recent } from '../../../src/lib/live/recent.ts'
import { Room } from '../../../src/lib/live/room.ts'
import { createSelection } from '../../../src/lib/live/selection.ts'
import { TopicIndex } from '../../../src/lib/live/topic-index.ts'

function groupOf(topics: string[], asked = () => {}) {
  const selection = createSelection(topics, '', undefined)
  const fitsTopic = (topic: string) => {
    asked()
    return selection.fitsTopic(topic)
  }
  return new Group(
    { selection: { ...selection, fitsTopic }, sample: 1, rate: undefined },
    new Recent(),
    new Room(1),
  )
}

test('groups of many topics are remembered up to a bound', () => {
  const index = new TopicIndex()
  for (let n = 0; n < 1000; n++) index.add(groupOf([`topic${n % 2}*`]))
  const of = (n: number) => index.of(`topic1${n}`)
  assert.equal(of(11).length, 500)
  assert.equal(of(11), of(11))
  const first = of(10)
  for (let n = 1000; n < 3000; n++) of(n)
  assert.notEqual(of(10), first)
  assert.deepEqual(of(10), first)
})

test('bug: with thousands of groups, each topic that nobody remembered was shown to all of them', () => {
  const index = new TopicIndex()
  let asked = 0
  const ask = () => {
    asked++
  }
  const groups = Array.from({ length: 1000 }, (_, n) => groupOf([`topic${n}`, 'both'], ask))
  const some = groupOf(['topic7', 'top*'], ask)
  for (const group of [...groups, some]) index.add(group)
  const long = `topic${'x'.repeat(1000)}`
  for (let n = 0; n < 10; n++) assert.deepEqual(index.of(long), [some])
  assert.deepEqual(index.of('topic7'), [groups[7], some])
  assert.equal(asked, 11)
  assert.deepEqual(index.of('both'), groups)
  for (const group of [some, ...groups.slice(1)]) index.delete(group)
  assert.deepEqual(index.of('topic7'), [])
  assert.deepEqual(index.of('both'), [groups[0]])
})
