import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Progress, type Work } from '../../../src/lib/systemd/progress.ts'

const PATIENCE = 3

describe('whether a process is stuck', () => {
  const held = (moved: number, reason?: string): Work => ({ held: 1, moved, reason })
  const nothing: Work = { held: 0, moved: 1, reason: undefined }
  const cases: [about: string, looks: Work[], isStuck: boolean][] = [
    ['nothing to do', Array(20).fill(nothing), false],
    ['records that move', Array.from({ length: 20 }, (_, n) => held(n)), false],
    ['records that wait for somebody', Array(20).fill(held(1, 'nobody is connected')), false],
    ['the first look is none without movement', Array(PATIENCE + 1).fill(held(1)), false],
    ['records that stay, for nobody', Array(PATIENCE + 2).fill(held(1)), true],
    ['they moved in between', [...Array(4).fill(held(1)), held(2), ...Array(3).fill(held(2))], false],
    [
      'somebody was waited for in between',
      [...Array(4).fill(held(1)), held(1, 'disk'), ...Array(3).fill(held(1))],
      false,
    ],
    ['after somebody was waited for', [held(1, 'disk'), ...Array(PATIENCE + 1).fill(held(1))], true],
    ['they move again', [...Array(9).fill(held(1)), held(2)], false],
    ['they are gone at last', [...Array(9).fill(held(1)), nothing], false],
  ]
  for (const [about, looks, isStuck] of cases)
    test(about, () => {
      const progress = new Progress(PATIENCE)
      assert.equal(looks.map(look => progress.look(look)).at(-1), isStuck)
    })
})
