import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lots } from '../../src/lib/sample.ts'

describe('a lot', () => {
  for (const n of [1, 2, 10, 1000])
    test(`of each ${n} is one, at any place`, () => {
      const next = lots(n)
      const places = new Set<number>()
      let at = -1
      for (let block = 0; block < 100; block++) {
        at += next()
        assert.equal(Math.floor(at / n), block)
        places.add(at % n)
      }
      assert.ok(places.size >= Math.min(n, 5), `${places.size} places`)
    })
})
