import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accounted, addReceipt, dealReceipt, type Receipt } from '../../../src/lib/engine/receipt.ts'

test('receipts add up', () => {
  const total: Receipt = { stored: 1 }
  addReceipt(total, { stored: 2, 'dropped:sampled': 3, made: 1 })
  addReceipt(total, {})
  assert.deepEqual(total, { stored: 3, 'dropped:sampled': 3, made: 1 })
  assert.equal(accounted(total), 6)
})

test('a receipt is dealt in order, and what was made goes to the last part', () => {
  assert.deepEqual(dealReceipt({ stored: 5, duplicate: 2, made: 1 }, [3, 3]), [
    { stored: 3 },
    { stored: 2, duplicate: 2, made: 1 },
  ])
  assert.deepEqual(dealReceipt({ stored: 2 }, [1, 0, 1]), [{ stored: 1 }, {}, { stored: 1 }])
  assert.deepEqual(dealReceipt({}, []), [])
})

test('one part gets all of it', () => {
  assert.deepEqual(dealReceipt({ stored: 2, made: 1 }, [1]), [{ stored: 2, made: 1 }])
})

test('whatever is dealt, each part balances and all of them add up to the whole', () => {
  const outcomes = ['stored', 'sent', 'duplicate', 'dead', 'merged', 'dropped:a', 'dropped:b'] as const
  const sizes = fc.array(fc.nat(20), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(sizes, fc.nat(10), fc.infiniteStream(fc.constantFrom(...outcomes)), (sizes, made, fates) => {
      const whole: Receipt = made > 0 ? { made } : {}
      const records = sizes.reduce((sum, size) => sum + size, 0) + made
      for (let n = 0; n < records; n++) addReceipt(whole, { [fates.next().value]: 1 })
      const before = structuredClone(whole)
      const parts = dealReceipt(whole, sizes)
      assert.deepEqual(whole, before, 'the whole is not changed')
      parts.forEach((part, n) => {
        assert.equal(accounted(part), sizes[n]! + (part.made ?? 0))
      })
      const sum: Receipt = {}
      for (const part of parts) addReceipt(sum, part)
      assert.deepEqual(sum, whole)
    }),
  )
})
