import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createParseInto, createParser, type Fields, PARSE_ERRORS } from '../../../src/lib/syslog/index.ts'

const received = Date.UTC(2026, 9, 11, 22, 14, 15, 250)
const parse = createParser({ schema: 'classic', timezone: 'Europe/Berlin' })
const parseEcs = createParser({ schema: 'ecs', timezone: 'UTC' })

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

// Texts that are nearly syslog reach further into the parser than random ones.
const choice = (words: string) => fc.constantFrom(...words.split('|'))
const pri = choice('<13>|<034>|<191>|<192>|<13||')
const version = choice('|||1 |1 |1 |2 ')
const second = choice('Oct 11 22:14:15|Feb 29 01:02:03|Feb 30 01:02:03|2003-10-11T22:14:15')
const time = fc.oneof(
  fc.tuple(second, choice('|.5|.000003'), choice('|Z|+02:00'), choice(' |')).map(parts => parts.join('')),
  choice('- |-|'),
)
const name = choice('web1 |::1 |- |app |sshd[42]: |sshd[42] |app: |app:|a[]: |[42]| ')
const element = choice(
  '- |- |[id a="1"] |[id a="1" a="2"][id] |[id a="\\"\\]"]|[__proto__ a="1"] |[id a="|[| ',
)
const nearlySyslog = fc
  .tuple(
    ...[pri, version, time],
    fc.array(name, { maxLength: 4, size: 'max' }).map(names => names.join('')),
    ...[element, fc.oneof(choice('\uFEFFtext|text: x|\ud800|'), fc.string()), choice('|\n|\r\n|\0')],
  )
  .map(parts => parts.join(''))
const anyText = fc.oneof(fc.string({ unit: 'binary' }), { arbitrary: nearlySyslog, weight: 4 })

const withoutEnd = (text: string) => text.replace(/(?:\r?\n|\0)+$/, '')

test('no text makes it throw, and every record prints as JSON', () => {
  fc.assert(
    fc.property(anyText, fc.integer(), (text, at) => {
      for (const fields of [parse(text, at), parseEcs(text, at)]) {
        assert.equal(typeof fields.message, 'string')
        assert.match(String(fields['@timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$/)
        JSON.stringify(fields)
      }
    }),
    { numRuns: 2000 },
  )
})

const escaped = (text: unknown) => String(text).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
const part = (value: unknown, behind: string) => (value === undefined ? '' : escaped(value) + behind)

/** What may stand in front of the message, given the fields that were found there. */
function headerOf({
  syslog_priority,
  timestamp,
  host,
  syslog_program,
  syslog_pid,
  structured_data,
  syslog_msgid,
}: Fields): RegExp {
  const pri = syslog_priority === undefined ? '' : `<0{0,2}${syslog_priority}>`
  const nil = (value: unknown) => (value === undefined ? '- ' : part(value, ' '))
  const sd = structured_data === undefined ? '-' : '\\[[^]*\\]'
  const names = [timestamp, host, syslog_program, syslog_pid, syslog_msgid].map(nil).join('')
  const pid =
    syslog_program === undefined
      ? ''
      : `(?:\\[${syslog_pid === undefined ? '-?' : escaped(syslog_pid)}\\])?:? ?`
  const rfc5424 = `${pri}1 ${names}${sd}(?: \\uFEFF?)?`
  const rfc3164 = `${pri}${part(timestamp, ' ?')}${part(host, ' ')}(?:- )?${part(syslog_program, pid)}`
  return new RegExp(`^(?:${rfc5424}|${rfc3164})$`)
}

test('no text is lost: the message ends it, and what is in front is in the other fields', () => {
  fc.assert(
    fc.property(anyText, text => {
      const fields = parse(text, received)
      const whole = withoutEnd(text)
      const message = String(fields.message)
      if (fields.parse_error !== undefined) {
        assert.ok(String(fields.parse_error) in PARSE_ERRORS)
        assert.equal(message, whole)
      } else {
        assert.ok(whole.endsWith(message))
        assert.match(whole.slice(0, whole.length - message.length), headerOf(fields))
      }
    }),
    { numRuns: 2000 },
  )
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
    .map(withoutEnd)
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
