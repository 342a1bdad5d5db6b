import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BadFrame, RelpFraming } from '../../../src/daemons/relp/framing.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const long = process.env.SLUICE_FAULTS === 'long'
const numRuns = long ? 100_000 : 1000
console.log(`seed: SEED=${seed}`)

/** The frames that come out, and the error that ends them; a piece that goes on with `…` behind it. */
function framed(chunks: readonly (string | Buffer)[], most = 1000): string[] {
  const frames: string[] = []
  const framing = new RelpFraming(most, (memory, start, end, last) => {
    const data = memory.toString('latin1', start, end)
    frames.push(`${framing.number} ${framing.command} [${data}${last ? ']' : '…'}`)
  })
  // The same memory for each chunk, as a connection may have it.
  const memory = Buffer.alloc(100_000)
  try {
    for (const chunk of chunks)
      framing.push(memory.subarray(0, Buffer.from(chunk as string, 'latin1').copy(memory)))
  } catch (error) {
    if (!(error instanceof BadFrame)) throw error
    frames.push(`! ${error.message}`)
  }
  return frames
}

const cases: [name: string, chunks: string[], frames: string[]][] = [
  ['a frame', ['1 syslog 5 hello\n'], ['1 syslog [hello]']],
  ['several', ['1 open 1 a\n2 syslog 1 b\n3 close 0\n'], ['1 open [a]', '2 syslog [b]', '3 close []']],
  ['a hint', ['0 serverclose 0\n'], ['0 serverclose []']],
  ['line ends, spaces and NULs in the data', ['7 syslog 6 \n 1 \0\n\n'], ['7 syslog [\n 1 \0\n]']],
  ['the greatest number', ['999999999 syslog 1 a\n1 syslog 1 b\n'], ['999999999 syslog [a]', '1 syslog [b]']],
  ['octet by octet', [...'12 syslog 2 \n\n\n3 x 0\n'], ['12 syslog [\n\n]', '3 x []']],
  [
    'the end of the data, and no more',
    ['1 syslog 2 ab', '\n2 syslog 1 c\n'],
    ['1 syslog [ab]', '2 syslog [c]'],
  ],
  ['what has not ended', ['1 syslog 5 hell'], []],
  ['nothing', [''], []],
  ['no number', ['x syslog 1 a\n'], ['! "x" in place of a transaction number']],
  ['an empty number', [' syslog 1 a\n'], ['! " " in place of a transaction number']],
  ['no command', ['1  1 a\n'], ['! " " in place of a command']],
  ['a command with a digit', ['1 sysl0g 1 a\n'], ['! "0" in place of a command']],
  ['a command of 32 letters', [`1 ${'a'.repeat(32)} 0\n`], [`1 ${'a'.repeat(32)} []`]],
  ['one of 33', [`1 ${'a'.repeat(33)} 0\n`], ['! a command of more than 32 letters']],
  ['a number of ten digits', ['1234567890 x 0\n'], ['! a transaction number of more than 9 digits']],
  ['a length of ten digits', ['1 x 1234567890 a\n'], ['! the length of the data of more than 9 digits']],
  ['no length', ['1 x \n'], ['! "\\n" in place of the length of the data']],
  ['a negative length', ['1 x -1 a\n'], ['! "-" in place of the length of the data']],
  ['a length, and no data', ['1 x 1\n'], ['! "\\n" in place of the length of the data']],
  ['no data, and a space', ['1 x 0 \n'], ['! " " in place of the length of the data']],
  ['more data than the length says', ['1 x 1 ab\n'], ['! "b" in place of the LF behind the data']],
  ['the same in the next chunk', ['1 x 1 a', 'b\n'], ['! "b" in place of the LF behind the data']],
  [
    'good frames, then a bad one',
    ['1 x 1 a\n2 x 1 b\nGET'],
    ['1 x [a]', '2 x [b]', '! "G" in place of a transaction number'],
  ],
]

for (const [name, chunks, frames] of cases) test(name, () => assert.deepEqual(framed(chunks), frames))

test('long data come in pieces, of which the last one waits for the end of the frame', () => {
  assert.deepEqual(framed(['1 syslog 10 0123456789\n'], 4), [
    '1 syslog [0123…',
    '1 syslog [4567…',
    '1 syslog [89]',
  ])
  assert.deepEqual(framed(['1 syslog 999999999 ', '0123', '4567'], 4), ['1 syslog [0123…'])
  assert.deepEqual(framed(['1 syslog 4 0123', '\n'], 4), ['1 syslog [0123]'])
})

test('what has come of a frame is held, and counted', () => {
  const framing = new RelpFraming(1000, () => {})
  framing.push(Buffer.from('1 syslog 500 hello'))
  assert.equal(framing.held, 5)
  framing.push(Buffer.from(`${'x'.repeat(495)}\n`))
  assert.equal(framing.held, 0)
})

/** The stream in pieces of these sizes. */
function cut(wire: Buffer, sizes: Iterator<number>): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < wire.length; ) {
    const size = sizes.next().value as number
    chunks.push(wire.subarray(at, at + size))
    at += size
  }
  return chunks
}

const frame = fc.record({
  number: fc.oneof(fc.nat(3), fc.nat(999_999_999)),
  command: fc.constantFrom('syslog', 'open', 'close', 'x', 'Y'.repeat(32)),
  data: fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
})
const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 40 }))

test('however the stream is cut, the frames come that were sent', () => {
  const property = fc.property(fc.array(frame, { maxLength: 12 }), sizes, (frames, sizes) => {
    const wire = frames.map(({ number, command, data }) =>
      Buffer.concat([
        Buffer.from(`${number} ${command} ${data.length}${data.length > 0 ? ' ' : ''}`),
        data,
        Buffer.from('\n'),
      ]),
    )
    const expected = frames.map(
      ({ number, command, data }) => `${number} ${command} [${data.toString('latin1')}]`,
    )
    const chunks = cut(Buffer.concat(wire), sizes)
    assert.deepEqual(framed(chunks), expected)
    assert.deepEqual(framed([Buffer.concat(wire)]), expected)
    assert.equal(
      framed(chunks, 16)
        .join('')
        .replaceAll(/…\d+ \w+ \[/g, ''),
      expected.join(''),
    )
  })
  fc.assert(property, { seed, numRuns })
})

test('whatever comes, and however it is cut: the same frames, then the same error', () => {
  const parts = [
    '1',
    '12 ',
    'syslog ',
    ' ',
    '\n',
    '0',
    '3 abc\n',
    '5 syslog 2 ab\n',
    'close 0\n',
    '\0',
    '-',
    '999999999',
  ]
  const noise = fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map(all => all.join(''))
  const property = fc.property(noise, sizes, (text, sizes) => {
    const wire = Buffer.from(text)
    assert.deepEqual(framed(cut(wire, sizes)), framed([wire]))
  })
  fc.assert(property, { seed, numRuns })
})

test('each octet is looked at once, however it comes', () => {
  // Data are copied by octets of a chunk, never again: the memory that is asked for is in proportion.
  const framing = new RelpFraming(1024 * 1024, () => {})
  const octet = Buffer.from('x')
  framing.push(Buffer.from('1 syslog 1000000 '))
  let allocated = 0
  const { allocUnsafeSlow } = Buffer
  Buffer.allocUnsafeSlow = size => {
    allocated += size
    return allocUnsafeSlow(size)
  }
  try {
    for (let n = 0; n < 1_000_000; n++) framing.push(octet)
  } finally {
    Buffer.allocUnsafeSlow = allocUnsafeSlow
  }
  assert.equal(framing.held, 1_000_000)
  assert.ok(allocated < 4_000_000, `${allocated} bytes`)
})
