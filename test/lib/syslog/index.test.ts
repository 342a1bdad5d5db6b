import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createParseInto, createParser } from '../../../src/lib/syslog/index.ts'
import { withoutEnds } from './support/lossless.ts'

const received = Date.UTC(2026, 9, 11, 22, 14, 15, 250)
const parse = createParser({ schema: 'classic', timezone: 'Europe/Berlin' })

test('a timezone that nobody knows is refused at once', () => {
  assert.throws(() => createParser({ schema: 'classic', timezone: 'Europe/Atlantis' }), RangeError)
})

test('parseInto adds behind what is there, and gives the same object', () => {
  const record = { '@meta': { id: '1' } }
  const result = createParseInto({ schema: 'classic', timezone: 'UTC' })(record, '<13>text', received)
  assert.equal(result, record)
  assert.deepEqual(Object.keys(record)[0], '@meta')
  assert.deepEqual(record, {
    '@meta': { id: '1' },
    ...createParser({ schema: 'classic', timezone: 'UTC' })('<13>text', received),
  })
})

test('a reception that cannot be is 1970', () => {
  for (const impossible of [Number.NaN, Number.POSITIVE_INFINITY, -1, 8.64e15]) {
    assert.equal(parse('<13>text', impossible)['@timestamp'], '1970-01-01T00:00:00.000Z')
    assert.equal(
      parse('<13>Jan  1 01:00:00 web1 app: text', impossible)['@timestamp'],
      '1970-01-01T00:00:00.000Z',
    )
  }
})

const printable = (max: number) =>
  fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map(c => String.fromCharCode(c)),
    minLength: 1,
    maxLength: max,
  })
const nameOrNil = (max: number) =>
  fc.option(
    printable(max).filter(name => name !== '-'),
    { nil: undefined },
  )
const sdName = fc.oneof(
  printable(32).map(name => name.replace(/[="\]]/g, '_')),
  fc.constantFrom('__proto__', 'constructor', '1'),
)
const sdParam = fc.tuple(sdName, fc.string({ unit: 'binary' }))
const sdElement = fc.tuple(sdName, fc.array(sdParam, { maxLength: 5 }))

const rfc5424 = fc.record({
  priority: fc.integer({ min: 0, max: 191 }),
  time: fc.option(fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }), {
    nil: undefined,
  }),
  hostname: nameOrNil(255),
  appName: nameOrNil(48),
  procId: nameOrNil(128),
  msgId: nameOrNil(32),
  elements: fc.array(sdElement, { maxLength: 4 }),
  bom: fc.boolean(),
  msg: fc
    .string({ unit: 'binary' })
    .map(withoutEnds)
    .filter(msg => !msg.startsWith('\uFEFF')),
})

type Elements = [id: string, params: [name: string, value: string][]][]

function writeElements(elements: Elements): string {
  const escapeValue = (value: string) => value.replace(/["\\\]]/g, '\\$&')
  const write = ([id, params]: Elements[number]) =>
    `[${[id, ...params.map(([name, value]) => `${name}="${escapeValue(value)}"`)].join(' ')}]`
  return elements.length === 0 ? '-' : elements.map(write).join('')
}

/** The values of each parameter of each element, as lists. */
function collect(elements: Elements): Map<string, Map<string, string[]>> {
  const all = new Map<string, Map<string, string[]>>()
  for (const [id, params] of elements) {
    const element = all.get(id) ?? new Map<string, string[]>()
    for (const [name, value] of params) element.set(name, [...(element.get(name) ?? []), value])
    all.set(id, element)
  }
  return all
}

test('a valid RFC 5424 message gives back its parts', () => {
  fc.assert(
    fc.property(rfc5424, ({ priority, time, hostname, appName, procId, msgId, elements, bom, msg }) => {
      const names = [time?.toISOString(), hostname, appName, procId, msgId].map(name => name ?? '-').join(' ')
      const fields = parse(
        `<${priority}>1 ${names} ${writeElements(elements)} ${bom ? '\uFEFF' : ''}${msg}`,
        received,
      )
      assert.equal(fields.parse_error, undefined)
      assert.equal(fields.syslog_priority, priority)
      assert.equal(fields['@timestamp'], (time ?? new Date(received)).toISOString())
      assert.deepEqual(
        [fields.host, fields.syslog_program, fields.syslog_pid, fields.syslog_msgid],
        [hostname, appName, procId, msgId],
      )
      assert.equal(fields.message, msg)
      const data = Object.entries(
        (fields.structured_data ?? {}) as Record<string, Record<string, string | string[]>>,
      )
      const lists = data.map(
        ([id, params]) =>
          [id, new Map(Object.entries(params).map(([name, value]) => [name, [value].flat()]))] as const,
      )
      assert.deepEqual(new Map(lists), collect(elements))
    }),
    { numRuns: 500 },
  )
})
