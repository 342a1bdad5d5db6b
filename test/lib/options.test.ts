import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Misuse } from '../../src/lib/errors.ts'
import {
  bytes,
  checked,
  choice,
  duration,
  flag,
  flagOf,
  fromEnvironment,
  hostPort,
  integer,
  type Option,
  path,
  readValues,
  repeatable,
  text,
  variableOf,
} from '../../src/lib/options.ts'

const withDefault = <T>(option: Option<T>) => option.parse(option.default ?? [])

test('a default goes through the parser that the user goes through', () => {
  assert.equal(withDefault(bytes('', '64KiB')), 65_536)
  assert.equal(withDefault(duration('', '5s')), 5_000)
  assert.equal(withDefault(integer('', '12')), 12)
  assert.equal(withDefault(choice('', ['on', 'off'], 'off')), 'off')
  assert.deepEqual(withDefault(hostPort('', ':514')), { port: 514 })
  assert.deepEqual(withDefault(repeatable(hostPort('', ':514'))), [{ port: 514 }])
  assert.equal(withDefault(text('', 'x')), 'x')
})

test('without a default an option may be absent', () => {
  assert.equal(withDefault(text('')), undefined)
  assert.equal(withDefault(path('')), undefined)
  assert.equal(withDefault(hostPort('')), undefined)
  assert.deepEqual(withDefault(repeatable(text(''))), [])
  assert.equal(withDefault(flag('')), false)
})

test('of several the last one counts, unless it is repeatable', () => {
  assert.equal(text('').parse(['a', 'b']), 'b')
  assert.equal(bytes('', '1').parse(['5', '1KiB']), 1024)
  assert.deepEqual(repeatable(text('', 'x')).parse(['a', 'b']), ['a', 'b'])
})

test('whole numbers', () => {
  const small = integer('', '3', { min: 1, max: 5 })
  for (const [written, number] of [
    ['1', 1],
    ['5', 5],
    ['05', 5],
  ] as const)
    assert.equal(small.parse([written]), number)
  for (const written of ['0', '6', '1.5', '', ' 1', '1e0', '0x1', 'one', '--1'])
    assert.throws(() => small.parse([written]), { message: `"${written}" is not a whole number from 1 to 5` })
  assert.throws(() => integer('', '0').parse(['-1']), /whole number of at least 0/)
  assert.throws(() => integer('', '0').parse(['9007199254740993']), RangeError, 'a double cannot hold it')
})

test('a choice names the words', () => {
  assert.throws(() => choice('', ['on', 'off'], 'on').parse(['maybe']), /"maybe" is not one of on, off/)
})

test('a checked option is parsed first, then checked', () => {
  const even = checked(integer('', '2'), value => {
    if (value % 2 === 1) throw new RangeError(`${value} is odd`)
  })
  assert.equal(even.parse(['4']), 4)
  assert.throws(() => even.parse(['3']), /3 is odd/)
  assert.deepEqual(repeatable(even).parse(['2', '4']), [2, 4])
})

test('bug: a time beyond 31 bits would make a timer fire at once', () => {
  assert.equal(duration('', '1s').parse(['24d']), 24 * 86_400_000)
  assert.throws(() => duration('', '1s').parse(['30d']), /"30d" is too long; the most is 24d/)
  assert.equal(duration('', '1s', { max: Number.POSITIVE_INFINITY }).parse(['30d']), 30 * 86_400_000)
})

test('bug: a switch whose variable says no was on', () => {
  const table: [string, boolean][] = [
    ['true', true],
    ['1', true],
    ['yes', true],
    ['ON', true],
    ['false', false],
    ['0', false],
    ['no', false],
    ['Off', false],
  ]
  for (const [written, value] of table) assert.equal(flag('').parse([written]), value, written)
  assert.throws(() => flag('').parse(['perhaps']), /"perhaps" is neither true nor false/)
})

test('names of flags and variables', () => {
  assert.equal(flagOf('batchBytes'), '--batch-bytes')
  assert.equal(flagOf('name'), '--name')
  assert.equal(variableOf('batchBytes'), 'SLUICE_BATCH_BYTES')
  assert.equal(variableOf('name'), 'SLUICE_NAME')
})

const options = {
  listen: repeatable(hostPort('', ':514')),
  index: text('', 'logs'),
  pushConnect: repeatable(text('')),
}

test('the environment: lists are split on white space, single values are taken as they are', () => {
  const env = { SLUICE_LISTEN: ' :1  :2\n:3 ', SLUICE_INDEX: 'a b', SLUICE_UNKNOWN: 'x', PATH: '/bin' }
  assert.deepEqual(
    fromEnvironment(options, env),
    new Map([
      ['listen', [':1', ':2', ':3']],
      ['index', ['a b']],
    ]),
  )
})

test('bug: a variable of nothing but white space was a list of one empty text', () => {
  assert.deepEqual(fromEnvironment(options, { SLUICE_PUSH_CONNECT: '  ', SLUICE_INDEX: '' }), new Map())
})

test('a flag goes before its variable, that before the default', () => {
  const env = new Map([['index', ['from-env']]])
  assert.equal(readValues(options, new Map([['index', ['typed']]]), env).index, 'typed')
  assert.equal(readValues(options, new Map(), env).index, 'from-env')
  assert.deepEqual(readValues(options, new Map()), {
    listen: [{ port: 514 }],
    index: 'logs',
    pushConnect: [],
  })
})

test('what is wrong is told under the name under which it was given', () => {
  const misuse = (message: RegExp) => (error: unknown) =>
    error instanceof Misuse && message.test((error as Error).message)
  const bad = new Map([['listen', ['x']]])
  assert.throws(() => readValues(options, bad), misuse(/^--listen: "x" is not host:port/))
  assert.throws(() => readValues(options, new Map(), bad), misuse(/^SLUICE_LISTEN: "x"/))
  assert.throws(() => readValues({ big: bytes('', 'much') }, new Map()), misuse(/^--big: "much"/))
})
