import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isoTime, microseconds, parseEntry, textOf, valuesOf } from '../../../src/daemons/journal/entry.ts'

const bytes = (text: string) => [...Buffer.from(text)]
const LATIN1 = [0x63, 0x61, 0x66, 0xe9]

const values: [name: string, value: unknown, expected: { text: string; bytes?: Buffer }[]][] = [
  ['nothing', undefined, []],
  ['too long for journalctl without --all', null, []],
  ['a text', 'hello', [{ text: 'hello' }]],
  ['not printable', bytes('\x1b[1mbold\x1b[0m é'), [{ text: '\x1b[1mbold\x1b[0m é' }]],
  ['not UTF-8', LATIN1, [{ text: 'caf\ufffd', bytes: Buffer.from(LATIN1) }]],
  ['several', ['a', 'b'], [{ text: 'a' }, { text: 'b' }]],
  [
    'several, some of them bytes',
    ['a', LATIN1, null, bytes('\x01')],
    [{ text: 'a' }, { text: 'caf\ufffd', bytes: Buffer.from(LATIN1) }, { text: '\x01' }],
  ],
  ['none of several', [], []],
]
for (const [name, value, expected] of values)
  test(`values: ${name}`, () => {
    assert.deepEqual(valuesOf(value), expected)
    assert.equal(textOf(value), expected[0]?.text)
  })

test('what is no entry is refused', () => {
  for (const line of ['', '{', '{"a":1', 'null', '[]', '7', '"x"']) assert.throws(() => parseEntry(line))
})

const times: [written: unknown, iso: string | undefined][] = [
  ['1795353188134854', '2026-11-22T13:13:08.134854Z'],
  ['1700000000000000', '2023-11-14T22:13:20.000Z'],
  ['1700000000000001', '2023-11-14T22:13:20.000001Z'],
  ['0', '1970-01-01T00:00:00.000Z'],
  ['9007199254740991', '2255-06-05T23:47:34.740991Z'],
  ['9007199254740992', undefined],
  ['-1', undefined],
  ['1e9', undefined],
  [1, undefined],
  [undefined, undefined],
]
for (const [written, iso] of times)
  test(`time: ${written}`, () => {
    const time = microseconds(written)
    assert.equal(time === undefined ? undefined : isoTime(time), iso)
  })
