import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WholeLines } from '../../../src/lib/children/index.ts'

test('whatever the pieces are, the lines come whole, and each as soon as it has its end', () => {
  const text = fc.array(fc.constantFrom('a', 'bc', '\n', 'ä'), { maxLength: 40 }).map(parts => parts.join(''))
  const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))
  fc.assert(
    fc.property(text, sizes, (text, sizes) => {
      const lines = new WholeLines()
      const bytes = Buffer.from(text)
      let given = ''
      for (let start = 0; start < bytes.length; ) {
        const end = start + sizes.next().value
        const whole = lines.take(bytes.subarray(start, end))
        start = end
        if (whole) {
          assert.ok(whole.toString().endsWith('\n'))
          given += whole
        }
        const seen = bytes.subarray(0, end).toString('latin1')
        assert.equal(Buffer.from(given).toString('latin1'), seen.slice(0, seen.lastIndexOf('\n') + 1))
        assert.equal(lines.length, seen.length - seen.lastIndexOf('\n') - 1)
      }
      assert.equal(given + lines.takeRest(), text)
      assert.equal(lines.length, 0)
    }),
  )
})
