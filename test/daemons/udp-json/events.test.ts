import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { eventsOfText, type Reason } from '../../../src/daemons/udp-json/events.ts'

/** Events and what is bad, the latter as its bytes. */
function read(payload: string | Buffer) {
  const bytes = Buffer.from(payload as Buffer)
  // As in memory that holds others.
  const memory = Buffer.concat([Buffer.from('}\n'), bytes, Buffer.from('{\n')])
  const { events, bad } = eventsOfText(memory, 2, 2 + bytes.length)
  return {
    events,
    bad: bad.map(({ text, reason }) => [
      reason,
      text.bytes === undefined ? Buffer.from(text.message) : Buffer.from(text.bytes, 'base64'),
    ]),
  }
}

const EVENT = {
  type: 'pageview',
  time: '2026-11-23T04:14:05.123Z',
  app: 'shop',
  data: { account: 'acme', tz: ['Europe/Berlin', null], nested: { deep: [{ a: 1.5 }] } },
}
const LATIN1 = Buffer.from('{"a":"caf\u00e9"}', 'latin1')

const GOOD: [what: string, payload: string | Buffer, events: object[]][] = [
  ['an event', JSON.stringify(EVENT), [EVENT]],
  ['with a line end, as of echo', '{"a":1}\n', [{ a: 1 }]],
  ['with CR LF', '{"a":1}\r\n{"a":2}\r\n', [{ a: 1 }, { a: 2 }]],
  ['several lines', '{"a":1}\n{"a":2}\n{"a":3}', [{ a: 1 }, { a: 2 }, { a: 3 }]],
  ['empty lines between', '\n{"a":1}\n \n\n{"a":2}\n\n', [{ a: 1 }, { a: 2 }]],
  ['a list', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
  ['lists on lines', '[{"a":1},{"a":2}]\n[{"a":3}]', [{ a: 1 }, { a: 2 }, { a: 3 }]],
  ['nothing between them', '{"a":1}{"a":2} {"a":3}', [{ a: 1 }, { a: 2 }, { a: 3 }]],
  ['over several lines', JSON.stringify(EVENT, null, 2), [EVENT]],
  ['a list over several lines', '[\n{"a":1}\n,\n{"a":2}\n]\n', [{ a: 1 }, { a: 2 }]],
  ['the mark of UTF-8', '\ufeff{"a":1}', [{ a: 1 }]],
  ['an empty object', '{}', [{}]],
  ['nothing', '', []],
  ['white space', ' \r\n\t\n', []],
  ['an empty list', '[]', []],
  ['the replacement character itself', '{"a":"\ufffd"}', [{ a: '\ufffd' }]],
  ['a stranger\u2019s @meta', '{"@meta":{"id":"x"}}', [{ '@meta': { id: 'x' } }]],
]

const BAD: [what: string, payload: string | Buffer, events: object[], bad: [Reason, string | Buffer][]][] = [
  ['no JSON', 'hello', [], [['not-json', 'hello']]],
  ['as it came, with its line end', 'hello\n', [], [['not-json', 'hello\n']]],
  ['cut off', '{"a":1', [], [['not-json', '{"a":1']]],
  ['something behind it', '{"a":1} x', [], [['not-json', '{"a":1} x']]],
  ['a text', '"hello"', [], [['not-object', '"hello"']]],
  ['null', 'null', [], [['not-object', 'null']]],
  ['a number that no double holds', '12345678901234567890', [], [['not-object', '12345678901234567890']]],
  ['a list with something else in it', '[{"a":1},2]', [], [['not-object', '[{"a":1},2]']]],
  ['a list of lists', '[[{"a":1}]]', [], [['not-object', '[[{"a":1}]]']]],
  ['wrong UTF-8', LATIN1, [], [['not-utf8', LATIN1]]],
  ['a NUL behind it', '{"a":1}\0', [], [['not-json', '{"a":1}\0']]],
  ['one line of several', '{"a":1}\n{"a"\n{"a":3}\n', [{ a: 1 }, { a: 3 }], [['not-json', '{"a"']]],
  [
    'several of several',
    'x\r\n{"a":1}\n7',
    [{ a: 1 }],
    [
      ['not-json', 'x\r'],
      ['not-object', '7'],
    ],
  ],
  [
    'a line of wrong UTF-8',
    Buffer.concat([Buffer.from('{"a":1}\n'), LATIN1, Buffer.from('\n{"a":2}')]),
    [{ a: 1 }, { a: 2 }],
    [['not-utf8', LATIN1]],
  ],
  // Its pieces would say nothing.
  ['several lines that are one thing', '{\n"a":1,\n}\n', [], [['not-json', '{\n"a":1,\n}\n']]],
]

describe('the events of a datagram', () => {
  for (const [what, payload, events] of GOOD)
    test(what, () => assert.deepEqual(read(payload), { events, bad: [] }))

  for (const [what, payload, events, bad] of BAD) {
    test(`bad: ${what}`, () => {
      const expected = bad.map(([reason, bytes]) => [reason, Buffer.from(bytes as Buffer)])
      assert.deepEqual(read(payload), { events, bad: expected })
    })
  }

  test('of very many bad ones the first stand alone, and all the rest is one', () => {
    const { events, bad } = read(`{}\n${'x\n'.repeat(30_000)}{"a":1}`)
    assert.deepEqual(events, [{}])
    assert.deepEqual(
      bad.map(([reason, bytes]) => [reason, bytes!.length]),
      [...Array(16).fill(['not-json', 1]), ['not-json', 2 * (30_000 - 16) + 7]],
    )
    assert.equal(read(`${'x\n'.repeat(16)}{"a":1}`).events.length, 1)
    assert.deepEqual(read(`[\n${'{},\n'.repeat(100)}{}]`).bad, [])
  })

  test('numbers stay what they are', () => {
    const text = '{"a":12345678901234567890,"b":1e400,"c":-0.1,"d":[0.30000000000000004,1.0E+2]}'
    assert.equal(JSON.stringify(read(text).events[0]), text)
  })

  test('no nesting is too deep to be refused', () => {
    for (const [open, close] of ['[]', '{}'].map(pair => pair.split('')) as [string, string][]) {
      const half = 30_000 / (open === '{' ? 4 : 1)
      const deep = `${open === '{' ? '{"a":' : '['.repeat(1)}`.repeat(half) + close.repeat(half)
      const { events, bad } = eventsOfText(Buffer.from(deep), 0, deep.length)
      assert.deepEqual([events.length, bad.length], [0, 1])
      assert.match(bad[0]!.detail!, /nested deeper than 500 levels/)
    }
  })

  test('property: lines of events and of noise come apart as they were put together', () => {
    const event = fc.dictionary(fc.string(), fc.jsonValue()).map(value => JSON.stringify(value))
    const noise = fc.constantFrom('x', '{', '[1]', '"}{"', '{"a":1}}', 'null')
    fc.assert(
      fc.property(fc.array(fc.oneof(event, noise), { minLength: 1 }), lines => {
        const isEvent = (line: string) => {
          try {
            return JSON.parse(line)?.constructor === Object || line.startsWith('{"__proto__"')
          } catch {
            return false
          }
        }
        const good = lines.filter(isEvent)
        const { events, bad } = read(lines.join('\n'))
        assert.deepEqual(
          events.map(one => JSON.stringify(one)),
          good,
        )
        if (good.length > 0)
          assert.deepEqual(
            bad.map(([, bytes]) => `${bytes}`),
            lines.filter(line => !isEvent(line)),
          )
      }),
      { seed: 9, numRuns: 500 },
    )
  })

  test('property: nothing of any bytes is lost, and nothing throws', () => {
    const junk = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
      fc
        .array(fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\n', '1', ' ', '\\', '\ufeff'))
        .map(parts => Buffer.from(parts.join(''))),
    )
    fc.assert(
      fc.property(junk, bytes => {
        const { events, bad } = read(bytes)
        // Where nothing is an event, all of it is there as it came, or it was white space, or empty lists.
        if (events.length === 0 && bad.length > 0)
          assert.deepEqual(
            bad.map(one => one[1]),
            [bytes],
          )
        if (events.length === 0 && bad.length === 0) assert.match(`${bytes}`, /^\ufeff?[\s[\]]*$/)
        for (const [, part] of bad) assert.ok(bytes.includes(part as Buffer))
      }),
      { seed: 9, numRuns: 2000 },
    )
  })
})
