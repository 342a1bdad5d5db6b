import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { levelOf } from '../../../src/lib/live/room.ts'

test('who has the most gives up first, and no more than is lacking', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 20 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 10_000 }), (sizes, lacking) => {
      const level = levelOf(sizes, lacking)
      const all = sizes.reduce((sum, size) => sum + size, 0)
      const left = sizes.reduce((sum, size) => sum + Math.min(size, level), 0)
      assert.ok(Math.abs(left - Math.max(0, all - lacking)) < 1e-6, `${left} of ${all}`)
    }),
  )
})
