import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeText } from '../../../src/lib/text/decode.ts'
import { endOfCharacters, endOfFitting } from '../../../src/lib/text/fit.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
console.log(`seed: SEED=${seed}`)

const cases: [text: string, most: number, end: number][] = [
  ['plain', 5, 5],
  ['plain', 4, 4],
  ['a"b', 3, 2],
  ['a"b', 4, 3],
  ['\u0001b', 6, 1],
  // A first character is always taken.
  ['\u0001b', 1, 1],
  ['aéb', 3, 3],
  ['aéb', 2, 1],
  ['a😀b', 4, 1],
  ['a😀b', 5, 5],
]

for (const [text, most, end] of cases)
  test(`${JSON.stringify(text)} in ${most}`, () => {
    const memory = Buffer.from(`-${text}-`)
    assert.equal(endOfFitting(memory, 1, memory.length - 1, most), end + 1)
  })

test('what fits takes no more than it may, and with one more character it would', () => {
  const bytes = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }).map(text => Buffer.from(text)),
    fc.uint8Array({ minLength: 1, maxLength: 60 }).map(array => Buffer.from(array)),
  )
  const property = fc.property(bytes, fc.integer({ min: 12, max: 200 }), (memory, most) => {
    if (memory.length === 0) return
    const end = endOfFitting(memory, 0, memory.length, most)
    const text = decodeText(memory, 0, end)
    const size = Buffer.byteLength(JSON.stringify(text.message)) - 2 + (text.bytes?.length ?? 0)
    // Base64 is filled up to four bytes.
    assert.ok(size <= most + 3, `${size} of ${most}`)
    assert.ok(end > 0 && end <= memory.length)
  })
  fc.assert(property, { seed, numRuns: 2000 })
})

test('pieces of what is UTF-8 are UTF-8', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 })
  const property = fc.property(text, fc.integer({ min: 12, max: 40 }), (written, most) => {
    const memory = Buffer.from(written)
    let read = ''
    for (let start = 0; start < memory.length; ) {
      const end = endOfFitting(memory, start, memory.length, most)
      const { message, bytes } = decodeText(memory, start, end)
      assert.equal(bytes, undefined)
      read += message
      start = end
    }
    assert.equal(read, memory.toString())
  })
  fc.assert(property, { seed, numRuns: 2000 })
})

test('the beginning of a character at the end is left out', () => {
  const memory = Buffer.from('a😀')
  for (let end = 1; end < 5; end++) assert.equal(endOfCharacters(memory, 0, end), 1, String(end))
  assert.equal(endOfCharacters(memory, 0, 5), 5)
})

test('what is no character at all is taken', () => {
  for (const bytes of [[0x80], [0x80, 0x80, 0x80, 0x80, 0x80], [0xff], [0xc3, 0x41]])
    assert.equal(endOfCharacters(Buffer.from(bytes), 0, bytes.length), bytes.length)
})
