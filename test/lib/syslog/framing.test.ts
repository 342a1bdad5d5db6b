import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SyslogFraming } from '../../../src/lib/syslog/framing.ts'
import type { TakePiece } from '../../../src/lib/text/frame.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const long = process.env.SLUICE_FAULTS === 'long'
console.log(`seed: SEED=${seed}`)

/** The frames that come out, a piece that goes on with `…` behind it. */
function framed(chunks: (string | Buffer)[], most = 10_000, nul = false): string[] {
  const frames: string[] = []
  const take: TakePiece = (memory, start, end, last) => {
    frames.push(memory.toString('latin1', start, end) + (last ? '' : '…'))
  }
  const framing = new SyslogFraming(most, take, { nul })
  // The same memory for each chunk, as a connection may have it.
  const memory = Buffer.alloc(100_000)
  for (const chunk of chunks) framing.push(memory.subarray(0, Buffer.from(chunk).copy(memory)))
  framing.end()
  assert.equal(framing.held, 0)
  return frames
}

const cases: [name: string, chunks: string[], frames: string[]][] = [
  ['octet counting', ['8 <13>one\n8 <13>two\n'], ['<13>one\n', '<13>two\n']],
  ['octet counting without line ends', ['7 <13>one7 <13>two'], ['<13>one', '<13>two']],
  ['a count may hold line ends and numbers', ['13 <13>a\n9 <13>b7 <13>two'], ['<13>a\n9 <13>b', '<13>two']],
  ['lines', ['<13>one\n<13>two\r\n'], ['<13>one', '<13>two']],
  [
    'both on one connection',
    ['<13>one\n7 <13>two<13>three\n7 <13>iv.'],
    ['<13>one', '<13>two', '<13>three', '<13>iv.'],
  ],
  ['a line end behind a counted frame', ['7 <13>one\n7 <13>two\n'], ['<13>one', '', '<13>two', '']],
  ['a line that begins with a number', ['12 files copied\n7 <13>two'], ['12 files copied', '<13>two']],
  ['counted once, a count is believed without PRI', ['7 <13>one5 hello'], ['<13>one', 'hello']],
  ['also behind an empty line', ['7 <13>one\n5 hello'], ['<13>one', '', 'hello']],
  ['a line between ends that', ['7 <13>one<13>x\n5 hello\n'], ['<13>one', '<13>x', '5 hello']],
  ['a count over three chunks', ['1', '0', ' <13>45678', '9'], ['<13>456789']],
  ['a space at the end of a chunk', ['7 ', '<13>one'], ['<13>one']],
  ['a count and nothing', ['7 '], ['7 ']],
  ['a counted frame that is cut', ['70 <13>one'], ['<13>one']],
  ['a line that is cut', ['<13>o'], ['<13>o']],
  ['no count: a zero', ['07 <13>one\n'], ['07 <13>one']],
  ['no count: eleven digits', ['12345678901 <13>one\n'], ['12345678901 <13>one']],
  ['no count: no space', ['7<13>one\n'], ['7<13>one']],
  ['a count of zero', ['0 \n7 <13>one'], ['0 ', '<13>one']],
  ['nothing', [''], []],
]

for (const [name, chunks, frames] of cases) test(name, () => assert.deepEqual(framed(chunks), frames))

const ended: typeof cases = [
  ['a NUL ends a line', ['<13>one\0<13>two\r\0<13>thr', 'ee\0'], ['<13>one', '<13>two', '<13>three']],
  ['beside LF', ['<13>one\n<13>two\0\n<13>three\n'], ['<13>one', '<13>two', '', '<13>three']],
  ['but not a counted frame', ['7 <13>\0\n\n\0' + '7 <13>two'], ['<13>\0\n\n', '', '<13>two']],
]
for (const [name, chunks, frames] of ended)
  test(`unix: ${name}`, () => assert.deepEqual(framed(chunks, 1000, true), frames))
test('elsewhere a NUL is a part of a line', () => assert.deepEqual(framed(['a\0b\n']), ['a\0b']))

test('a long frame comes in pieces', () => {
  assert.deepEqual(framed(['15 <13>01234567890<13>b\n'], 8), ['<13>0123…', '4567890', '<13>b'])
  assert.deepEqual(framed(['9999999999 <13>012345678'], 8), ['<13>0123…', '45678'])
})

const message = fc
  .array(fc.constantFrom('a', '7', ' ', '<', '>', '\n', '\r', 'é', '<13>', '12 <', 'long '.repeat(30)), {
    maxLength: 12,
  })
  .map(parts => `<13>${parts.join('')}`)
const frame = fc.record({ message, counted: fc.boolean() })

test('however the stream is cut, the frames come that were sent', () => {
  const property = fc.property(
    fc.array(frame, { maxLength: 12 }),
    fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
    (frames, sizes) => {
      const sent = frames.map(one => (one.counted ? one.message : one.message.replace(/[\n\r]/g, '_')))
      const wire = Buffer.concat(
        frames.map((one, n) => {
          const text = Buffer.from(sent[n]!)
          return one.counted
            ? Buffer.concat([Buffer.from(`${text.length} `), text])
            : Buffer.concat([text, Buffer.from('\n')])
        }),
      )
      const chunks: Buffer[] = []
      for (let at = 0; at < wire.length; ) {
        const size = sizes.next().value as number
        chunks.push(Buffer.from(wire.subarray(at, at + size)))
        at += size
      }
      const expected = sent.map(text => Buffer.from(text).toString('latin1'))
      assert.deepEqual(framed(chunks), expected)
      assert.deepEqual(
        framed(chunks, 16).join('\u0001').replaceAll('…\u0001', '').split('\u0001'),
        expected.length > 0 ? expected : [''],
      )
    },
  )
  fc.assert(property, { seed, numRuns: long ? 100_000 : 1000 })
})

test('whatever comes: nothing throws, and no byte is lost but counts and line ends', () => {
  const noise = fc
    .array(fc.constantFrom('1', '9 ', '12 <', '99999999999', '\n', '\r\n', '<13>x', ' ', '\0', '3 abc'), {
      maxLength: 40,
    })
    .map(parts => parts.join(''))
  const property = fc.property(noise, fc.integer({ min: 1, max: 30 }), (text, size) => {
    const bytes = Buffer.from(text)
    const chunks: Buffer[] = []
    for (let at = 0; at < bytes.length; at += size) chunks.push(Buffer.from(bytes.subarray(at, at + size)))
    const frames = framed(chunks)
    // In order, each is found behind the one before it, and between them are counts and line ends.
    let at = 0
    for (const one of frames) {
      const found = text.indexOf(one, at)
      assert.ok(found >= 0, one)
      assert.match(text.slice(at, found), /^[\r\n\d ]*$/)
      at = found + one.length
    }
    assert.match(text.slice(at), /^[\r\n\d ]*$/)
  })
  fc.assert(property, { seed, numRuns: long ? 100_000 : 1000 })
})
