import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Batch } from '../../../src/lib/batch.ts'
import { encodeFrames } from '../../../src/lib/transport/frames.ts'
import { createReader } from '../../support/reader.ts'

const batchOf = (text: string) => Batch.fromBytes(Buffer.from(text), createReader())
const framesOf = (text: string, framing: 'batch' | 'record' | 'text', max = 1000) =>
  [...encodeFrames(batchOf(text), framing, max)].map(String)

test('framings', () => {
  const lines = '{"@meta":{"id":"x"},"message":"one\\ntwo"}\nplain\n'
  assert.deepEqual(framesOf(lines, 'batch'), [lines])
  assert.deepEqual(framesOf(lines, 'record'), lines.trimEnd().split('\n'))
  assert.deepEqual(framesOf(lines, 'text'), ['one\ntwo', 'plain'])
  for (const framing of ['batch', 'record', 'text'] as const)
    assert.deepEqual(framesOf('', framing).join(), '')
})

test('text sends the original bytes where they were kept', () => {
  const batch = Batch.fromText(Buffer.from([0x61, 0xff]), createReader())
  assert.deepEqual([...encodeFrames(batch, 'text', 1000)], [Buffer.from([0x61, 0xff])])
})

test('a batch over the limit is cut at line ends', () => {
  assert.deepEqual(framesOf('aa\nbb\ncc\n', 'batch', 9), ['aa\nbb\ncc\n'])
  assert.deepEqual(framesOf('aa\nbb\ncc\n', 'batch', 8), ['aa\nbb\n', 'cc\n'])
  assert.deepEqual(framesOf('aa\nbb\ncc\n', 'batch', 6), ['aa\nbb\n', 'cc\n'])
  assert.deepEqual(framesOf('aa\nbb\ncc\n', 'batch', 5), ['aa\n', 'bb\n', 'cc\n'])
  assert.deepEqual(framesOf('a\n\n\nb\n', 'batch', 3), ['a\n\n', '\nb\n'])
})

test('bug: a line as long as the limit was sent with its LF, and the receiver dropped the connection', () => {
  assert.deepEqual(framesOf('aaa\nbbb\nc\n', 'batch', 3), ['aaa', 'bbb', 'c\n'])
})

test('frames are no larger than the limit, unless by one line, and hold all lines', () => {
  const lines = fc.array(fc.stringMatching(/^[a-z]{0,20}$/))
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 50 }), (lines, max) => {
      const frames = framesOf(lines.map(line => `${line}\n`).join(''), 'batch', max)
      for (const frame of frames)
        assert.ok(frame.length <= max || !frame.includes('\n'), JSON.stringify(frame))
      const received = frames.flatMap(frame => frame.split('\n')).filter(Boolean)
      assert.deepEqual(received, lines.filter(Boolean))
    }),
  )
})
