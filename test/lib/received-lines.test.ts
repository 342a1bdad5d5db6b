// Read in one of two ways, a line is the same record.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { recordOf } from '../../src/lib/own-lines.ts'
import { ReceivedLines } from '../../src/lib/received-lines.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

const META = { id: '01kabcdefghjkmnpqr0042', received: 1_700_000_000_000, peer: '192.0.2.1:514' }

function lineOf(meta: object, message: unknown): string {
  return JSON.stringify({ '@meta': meta, message })
}

/** As the reader does: what is not ASCII is not for it. */
function read(line: string) {
  const bytes = Buffer.from(line)
  return bytes.length === line.length ? new ReceivedLines(bytes, line).read(0, line.length) : undefined
}

test('what a source writes is cut out', () => {
  for (const message of ['<34>Oct 11 22:14:15 web1 sshd[42]: hello', '', '\u007f'])
    assert.deepEqual(read(lineOf(META, message)), { '@meta': META, message })
})

test('what is escaped, or something else, is left to JSON.parse', () => {
  const { id, received, peer } = META
  const others = [
    lineOf(META, 'a "quoted" word'),
    lineOf(META, 'a\\b'),
    lineOf(META, 'a\tb'),
    lineOf(META, 7),
    lineOf(META, 'é'),
    lineOf({ id, received }, 'no peer'),
    lineOf({ received, id, peer }, 'another order'),
    lineOf({ ...META, bytes: 'AA==' }, 'more'),
    lineOf({ ...META, id: 'not an id' }, 'x'),
    lineOf({ ...META, id: '' }, 'x'),
    lineOf({ ...META, received: 1.5 }, 'x'),
    lineOf({ ...META, received: -1 }, 'x'),
    lineOf({ ...META, received: 9_007_199_254_740_993n.toString() }, 'x'),
    JSON.stringify({ '@meta': META, message: 'x', more: 1 }),
    lineOf(META, 'x').replace('1700000000000', '01700000000000'),
    lineOf(META, 'x').replace('1700000000000', ''),
    lineOf(META, 'x').replace('1700000000000', '17000000000001700000000000'),
    `${lineOf(META, 'x')} `,
    ` ${lineOf(META, 'x')}`,
    lineOf(META, 'x').replace('"x"', '"\t"'),
    lineOf(META, 'x').replace('"x"', '"\0"'),
    lineOf(META, 'x').replace('192', '\x1f'),
    lineOf(META, 'x').slice(0, -1),
    '{"@meta":{"id":"',
    '',
  ]
  for (const line of others) assert.equal(read(line), undefined, line)
})

test('a time that no date can hold is not taken for one', () => {
  const line = lineOf({ ...META, received: 8.64e15 }, 'x').replace('8640000000000000', '999999999999999')
  assert.deepEqual(read(line), recordOf(line))
})

test('each line of a text by itself, whatever is beside it', () => {
  const lines = [
    lineOf(META, 'one'),
    lineOf(META, 'tab\tbed'),
    lineOf(META, 'three'),
    'no record',
    lineOf(META, 'five'),
  ]
  const text = lines.join('\n')
  const received = new ReceivedLines(Buffer.from(text), text)
  let start = 0
  const found = lines.map(line => {
    const record = received.read(start, start + line.length)
    start += line.length + 1
    return record?.message
  })
  assert.deepEqual(found, ['one', undefined, 'three', undefined, 'five'])
})

test('what is kept of a record does not keep the text around it', () => {
  const line = lineOf(META, 'x'.repeat(50_000))
  const bytes = Buffer.from(line)
  const before = heapUsed()
  const kept = Array.from({ length: 400 }, () => {
    // Each has a text of its own.
    const record = new ReceivedLines(bytes, bytes.toString()).read(0, line.length)
    return [record!['@meta'].id, record!['@meta'].peer]
  })
  const more = heapUsed() - before
  assert.ok(more < 5e6, `${more} bytes are kept of ${kept.length * line.length}`)
})

test('any line that it reads, JSON.parse reads as the same record', () => {
  // What may be put anywhere in a line, or for a part of it.
  const bit = fc.oneof(
    fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      '}}',
      ',',
      ':',
      '0',
      '-',
      '.',
      'e',
      ' ',
      '\t',
      '\0',
      '\\u0041',
      'é',
      '😀',
      '\ud800',
    ),
    fc.constantFrom('"received":', '"peer":"', '},"message":"', '"id":"', '{"@meta":{"id":"', '"}'),
  )
  const change = fc.record({ at: fc.nat(200), remove: fc.nat(3), put: fc.oneof(bit, fc.constant('')) })
  const message = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 40 }))
  let cut = 0
  fc.assert(
    fc.property(message, fc.array(change, { maxLength: 3 }), (text, changes) => {
      let line = lineOf(META, text)
      for (const { at, remove, put } of changes) line = line.slice(0, at) + put + line.slice(at + remove)
      const record = read(line)
      if (record === undefined) return
      cut++
      assert.deepEqual(record, recordOf(line))
    }),
    { numRuns: 20_000 },
  )
  assert.ok(cut > 1_000, `${cut} were cut out`)
})
