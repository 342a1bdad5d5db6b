import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { LineSet, type Piece, readPieces } from '../../../src/commands/replay/pieces.ts'

async function read(
  t: TestContext,
  content: string | Buffer,
  most = 2 ** 20,
  size?: number,
): Promise<Piece[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file')
  writeFileSync(path, content)
  const pieces: Piece[] = []
  for await (const some of readPieces(path, size ?? Buffer.byteLength(content), most)) pieces.push(...some)
  return pieces
}

for (const [what, content, lines] of [
  ['nothing', '', []],
  ['whole lines', 'a\nb\n', ['a\n', 'b\n']],
  ['a last line without its end', 'a\nb', ['a\n', 'b\n']],
  ['lines without anything', '\n\na\n\n', ['\n', '\n', 'a\n', '\n']],
  ['CR LF stays', 'a\r\nb\r\n', ['a\r\n', 'b\r\n']],
] as const)
  test(what, async t => {
    const pieces = await read(t, content)
    assert.deepEqual(
      pieces.map(({ bytes }) => bytes.toString()),
      lines,
    )
    assert.deepEqual(
      pieces.map(({ line, whole }) => [line, whole]),
      lines.map((_, n) => [n, true]),
    )
  })

test('lines that lie across what comes from the disk at once, byte for byte', async t => {
  const lines = Array.from({ length: 3000 }, (_, n) => `${n} ${'é\u0000'.repeat((n * 7919) % 500)}\n`)
  const pieces = await read(t, lines.join(''))
  assert.deepEqual(
    pieces.map(({ bytes }) => bytes.toString()),
    lines,
  )
})

for (const end of ['\n', '', '\nb\n'])
  test(`a line that is too long comes in parts, followed by ${JSON.stringify(end)}`, async t => {
    const content = `a\n${'x'.repeat(2 ** 20)}${end}`
    const pieces = await read(t, content, 1000)
    const bytes = Buffer.concat(pieces.map(piece => piece.bytes)).toString()
    assert.equal(bytes, end === '' ? `${content}\n` : content)
    const long = pieces.filter(({ line }) => line === 1)
    assert.ok(long.length > 1)
    assert.ok(long.every(({ whole }) => !whole))
    assert.deepEqual(
      pieces.filter(({ whole }) => whole).map(({ line }) => line),
      end === '\nb\n' ? [0, 2] : [0],
    )
  })

test('what lies behind the size is not read', async t => {
  const pieces = await read(t, 'a\nb\nc\n', 1000, 4)
  assert.deepEqual(
    pieces.map(({ bytes }) => bytes.toString()),
    ['a\n', 'b\n'],
  )
})

test('a set of lines', () => {
  const set = new LineSet()
  const lines = [0, 7, 8, 9, 8191, 8192, 100_000, 3_000_000]
  for (const line of lines) set.add(line)
  assert.equal(set.size, lines.length)
  for (const line of lines) {
    assert.ok(set.has(line), `${line}`)
    assert.equal(set.has(line + 1), lines.includes(line + 1), `${line + 1}`)
  }
  assert.equal(set.has(2 ** 30), false)
})
