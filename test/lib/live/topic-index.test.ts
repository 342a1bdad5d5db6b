import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Group } from '../../../src/lib/live/group.ts'
import { Recent } from '../../../src/lib/live/recent.ts'
import { Room } from '../../../src/lib/live/room.ts'
import { createSelection } from '../../../src/lib/live/selection.ts'
import { TopicIndex } from '../../../src/lib/live/topic-index.ts'

test('groups of many topics are remembered up to a bound', () => {
  const groupOf = (topic: string) =>
    new Group(
      { selection: createSelection([topic], '', undefined), sample: 1, rate: undefined },
      new Recent(),
      new Room(1),
    )
  const groups = Array.from({ length: 1000 }, (_, n) => groupOf(`topic${n % 2}*`))
  const index = new TopicIndex(() => groups)
  const of = (n: number) => index.of(`topic1${n}`)
  assert.equal(of(11).length, 500)
  assert.equal(of(11), of(11))
  const first = of(10)
  for (let n = 1000; n < 3000; n++) of(n)
  assert.notEqual(of(10), first)
  assert.deepEqual(of(10), first)
})
