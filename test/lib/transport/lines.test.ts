import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { wholeLines } from '../../../src/lib/transport/lines.ts'

async function piecesOf(chunks: (string | Uint8Array)[], max = 1000): Promise<string[]> {
  const pieces: string[] = []
  const stream = Readable.from(chunks.map(chunk => Buffer.from(chunk as string)))
  for await (const piece of wholeLines(stream, max)) pieces.push(piece.toString('latin1'))
  return pieces
}

test('pieces end where lines end', async () => {
  const table: [string[], string[]][] = [
    [[], []],
    [['a\nb\n'], ['a\nb\n']],
    [
      ['a\nb', 'c\nd'],
      ['a\n', 'bc\n', 'd'],
    ],
    [['a', 'b', 'c\n'], ['abc\n']],
    [['a'], ['a']],
    [
      ['\n', '\n'],
      ['\n', '\n'],
    ],
  ]
  for (const [chunks, pieces] of table) assert.deepEqual(await piecesOf(chunks), pieces)
})

test('an endless line is cut, and not kept in memory', async () => {
  const pieces = await piecesOf(
    Array.from({ length: 100 }, () => 'x'.repeat(10)),
    50,
  )
  assert.deepEqual(new Set(pieces), new Set(['x'.repeat(60), 'x'.repeat(40)]))
  assert.equal(pieces.join('').length, 1000)
  assert.deepEqual(await piecesOf(['a\nxxxxx', 'x\nb\n'], 4), ['a\n', 'xxxxx', 'x\nb\n'])
})

test('no byte is lost or moved', async () => {
  const chunk = fc.oneof(fc.constantFrom('\n', 'a\n', '\nb', '\n\n'), fc.uint8Array({ maxLength: 10 }))
  await fc.assert(
    fc.asyncProperty(fc.array(chunk), fc.nat(30), async (chunks, max) => {
      const pieces = await piecesOf(chunks, max)
      const all = Buffer.concat(chunks.map(one => Buffer.from(one as string))).toString('latin1')
      assert.equal(pieces.join(''), all)
      assert.ok(pieces.every(piece => piece !== ''))
      // Only the last piece, and one that was too long, may end within a line.
      for (const piece of pieces.slice(0, -1)) assert.ok(piece.endsWith('\n') || piece.length > max)
    }),
  )
})
