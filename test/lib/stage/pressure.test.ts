import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pressure } from '../../../src/lib/stage/pressure.ts'
import type { Window } from '../../../src/lib/transport/link.ts'

const used = (credit: number, isUsedUp: boolean) => () => ({ credit, isUsedUp: () => isUsedUp })

for (const [what, windows, before, owed, isBehind, isInTheWay] of [
  ['a sender waits, and half of its window is owed to it', [used(100, true)], undefined, 51, true, true],
  ['a sender waits, but for something else', [used(100, true)], undefined, 50, false, false],
  ['much is owed by many senders, and none of them waits', [used(100, false)], undefined, 5000, true, false],
  [
    'one of two links has a sender that waits',
    [used(900, false), used(100, true)],
    undefined,
    51,
    true,
    true,
  ],
  ['nothing is known of who sends', [() => undefined], undefined, 1e9, false, false],
  ['half of what the stage before it may hold', [], 100, 51, true, true],
  ['less than half of that', [], 100, 50, false, false],
] as const)
  test(`${what}: ${isBehind ? 'behind' : 'not behind'}, ${isInTheWay ? 'in the way' : 'not in the way'}`, () => {
    const pressure = new Pressure(new Set<() => Window | undefined>(windows), before).of(() => owed)
    assert.deepEqual([pressure.isBehind(), pressure.isInTheWay()], [isBehind, isInTheWay])
  })
