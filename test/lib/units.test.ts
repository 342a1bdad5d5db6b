import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatBytes, parseBytes, parseDuration } from '../../src/lib/units.ts'

test('sizes', () => {
  const table: [string, number][] = [
    ['0', 0],
    ['1', 1],
    ['100', 100],
    ['100B', 100],
    ['64KiB', 65_536],
    ['64kib', 65_536],
    ['64 KiB', 65_536],
    ['1kB', 1_000],
    ['8MiB', 8_388_608],
    ['1.5MiB', 1_572_864],
    ['2GB', 2_000_000_000],
    ['10GiB', 10_737_418_240],
    ['1TiB', 2 ** 40],
    ['0.3B', 0],
  ]
  for (const [text, bytes] of table) assert.equal(parseBytes(text), bytes, text)
})

test('what is not a size names the units', () => {
  const table = [
    '',
    ' ',
    'KiB',
    '-1',
    '+1',
    '1e3',
    '1,5MiB',
    '.5MiB',
    '1.',
    '1..5',
    '64K',
    '64KiBs',
    '5s',
    'x64KiB',
  ]
  for (const text of table) assert.throws(() => parseBytes(text), /"[^"]*" is not a size; write .*KiB/, text)
})

test('times', () => {
  const table: [string, number][] = [
    ['0', 0],
    ['0ms', 0],
    ['500ms', 500],
    ['5s', 5_000],
    ['1.5h', 5_400_000],
    ['10m', 600_000],
    ['10min', 600_000],
    ['2d', 172_800_000],
    ['5 S', 5_000],
  ]
  for (const [text, milliseconds] of table) assert.equal(parseDuration(text), milliseconds, text)
})

test('a time without a unit is refused, as are units that are not there', () => {
  for (const text of ['', '5', '00', '5sec', '5y', 'ms', '-5s', '1e3s', '500msx', '5s5s'])
    assert.throws(() => parseDuration(text), /"[^"]*" is not a time; write .*500ms/, text)
})

test('bug: names that every object inherits were units', () => {
  for (const unit of ['constructor', 'Constructor']) {
    assert.throws(() => parseBytes(`1${unit}`), RangeError)
    assert.throws(() => parseDuration(`1${unit}`), RangeError)
  }
})

test('sizes for people', () => {
  const table: [number, string][] = [
    [0, '0B'],
    [1023, '1023B'],
    [1024, '1KiB'],
    [1536, '1.5KiB'],
    [65_536, '64KiB'],
    [2 ** 30, '1GiB'],
    [2 ** 40, '1TiB'],
    [2 ** 50, '1024TiB'],
  ]
  for (const [bytes, text] of table) assert.equal(formatBytes(bytes), text)
})

test('what is formatted can be typed, and means nearly the same', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), bytes => {
      const back = parseBytes(formatBytes(bytes))
      assert.ok(Math.abs(back - bytes) <= bytes * 0.05, `${bytes} came back as ${back}`)
    }),
  )
})
