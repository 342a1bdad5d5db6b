import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineEnds } from '../../../src/lib/text/line-ends.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
console.log(`seed: SEED=${seed}`)

function ends(text: string, marks: readonly number[]): number[] {
  const lineEnds = new LineEnds(marks)
  lineEnds.begin(Buffer.from(text, 'latin1'))
  const found: number[] = []
  for (let at = lineEnds.next(0); at >= 0; at = lineEnds.next(at + 1)) found.push(at)
  return found
}

test('finds what a search byte by byte finds', () => {
  const text = fc.array(fc.constantFrom('a', '\n', '\0', 'long '.repeat(5))).map(parts => parts.join(''))
  const slow = (given: string, marks: string) => [...given].flatMap((c, n) => (marks.includes(c) ? [n] : []))
  const check = (given: string) => {
    assert.deepEqual(ends(given, [0x0a]), slow(given, '\n'))
    assert.deepEqual(ends(given, [0x0a, 0]), slow(given, '\n\0'))
  }
  fc.assert(fc.property(text, check), { seed, numRuns: 500 })
})

test('each piece is a new one', () => {
  const lineEnds = new LineEnds([0x0a])
  for (const text of ['one\n', '\n', 'three', 'four\n']) {
    lineEnds.begin(Buffer.from(text))
    assert.equal(lineEnds.next(0), text.indexOf('\n'))
  }
  assert.ok(lineEnds.isEnd(0x0a) && !lineEnds.isEnd(0) && !lineEnds.isEnd(undefined))
})
