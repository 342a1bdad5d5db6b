import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineFraming } from '../../../src/lib/text/line-framing.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
console.log(`seed: SEED=${seed}`)

/** The lines that come out, a piece that goes on with `…` behind it. */
function framed(most: number, chunks: (string | Buffer)[], end = true): { lines: string[]; held: number } {
  const lines: string[] = []
  const framing = new LineFraming(most, (memory, from, to, last) => {
    lines.push(memory.toString('latin1', from, to) + (last ? '' : '…'))
  })
  // The same memory for each chunk, as a source that reads a file has it.
  const memory = Buffer.alloc(4096)
  for (const chunk of chunks) framing.push(memory.subarray(0, Buffer.from(chunk).copy(memory)))
  const { held } = framing
  if (end) framing.end()
  return { lines, held }
}

const cases: [name: string, chunks: string[], lines: string[]][] = [
  ['lines of one chunk', ['a\nb\n'], ['a', 'b']],
  ['a line over three chunks', ['a', 'b', 'c\nd\n'], ['abc', 'd']],
  ['CR LF', ['a\r\nb\r\n'], ['a', 'b']],
  ['CR LF over two chunks', ['a\r', '\nb\n'], ['a', 'b']],
  ['a CR alone stays', ['a\rb\n'], ['a\rb']],
  ['an empty line', ['\n\r\na\n'], ['', '', 'a']],
  ['an end without LF', ['a\nb'], ['a', 'b']],
  ['as long as a piece', ['12345678\n'], ['12345678']],
  ['longer than a piece', ['123456789\nb\n'], ['12345678…', '9', 'b']],
  ['much longer', ['1234567', '890123456', '7\nb\n'], ['12345678…', '90123456…', '7', 'b']],
  ['no end at all', ['12345678901234567'], ['12345678…', '90123456…', '7']],
]

for (const [name, chunks, lines] of cases) test(name, () => assert.deepEqual(framed(8, chunks).lines, lines))

test('held is what has not been given', () => {
  assert.equal(framed(8, ['a\nbcd'], false).held, 3)
  assert.equal(framed(8, ['a\n'], false).held, 0)
  assert.equal(framed(8, ['1234567890'], false).held, 2)
})

test('however the stream is cut, the same lines come, and no byte is lost', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '\n', '\r', '\r\n', 'é', '0123456789'), { maxLength: 60 })
  const property = fc.property(text, fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (parts, sizes) => {
    const whole = Buffer.from(parts.join(''))
    const chunks: Buffer[] = []
    for (let at = 0; at < whole.length; ) {
      const size = sizes.next().value as number
      chunks.push(Buffer.from(whole.subarray(at, at + size)))
      at += size
    }
    const { lines } = framed(12, chunks)
    const expected = whole.toString('latin1').split(/\r?\n/)
    if (expected.at(-1) === '') expected.pop()
    // Pieces are put together again.
    const joined = lines.join('\n').replaceAll('…\n', '').split('\n')
    assert.deepEqual(lines.length === 0 ? [] : joined, expected)
    for (const line of lines) assert.ok(line.replace('…', '').length <= 12)
  })
  fc.assert(property, { seed, numRuns: 1000 })
})

test('begin is where in its origin a line begins, however it came', () => {
  const begins: number[] = []
  const framing: LineFraming = new LineFraming(
    4,
    (_memory, _from, _to, last) => void (last && begins.push(framing.begin)),
    100,
  )
  for (const chunk of ['a\nbc', 'd', '\r\n\n', '123456789\ne', 'f']) framing.push(Buffer.from(chunk))
  assert.equal(framing.begin, 118)
  framing.end()
  assert.deepEqual(begins, [100, 102, 107, 108, 118])
  assert.equal(framing.begin, 120)
})
