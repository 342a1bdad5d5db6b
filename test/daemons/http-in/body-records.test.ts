import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { BodyRecords } from '../../../src/daemons/http-in/body-records.ts'
import type { Context, Fields, LogRecord } from '../../../src/lib/index.ts'
import { createRecord } from '../../../src/lib/record.ts'
import type { Form } from '../../../src/lib/serve/content.ts'

const MAX_RECORD = 1024

/** What a body is made to, with who counts. */
function open(form: Form, maxRecord = MAX_RECORD) {
  const counts: { [counter: string]: number } = {}
  let ids = 0
  const context = {
    maxRecord,
    count: (counter: string) => {
      counts[counter] = (counts[counter] ?? 0) + 1
    },
    id: () => String(++ids),
    record: (fields: Fields, meta: LogRecord['@meta']) => createRecord(meta, fields),
  } as unknown as Context<'oversize' | 'notJson'>
  const body = new BodyRecords({ context, form, oversize: 'truncate', meta: { peer: '192.0.2.1:9' } })
  return { body, counts }
}

/** The records of a body that comes in these pieces, without their @meta. */
function recordsOf(form: Form, ...pieces: (string | Buffer)[]): Fields[] {
  const { body } = open(form)
  for (const piece of pieces) body.push(Buffer.from(piece))
  body.end()
  const records = takeAll(body)
  assert.equal(body.held, 0)
  return records.map(({ '@meta': _, ...fields }) => fields)
}

function takeAll(body: BodyRecords): LogRecord[] {
  const all: LogRecord[] = []
  for (let some = body.take(); some.length > 0; some = body.take()) all.push(...some)
  return all
}

const message = (...texts: string[]) => texts.map(text => ({ message: text }))

const CASES: [what: string, form: Form, body: string, records: Fields[]][] = [
  ['nothing', 'texts', '', []],
  ['texts', 'texts', ' a\r\n\n{"b":1}\n[1]', message(' a', '{"b":1}', '[1]')],
  [
    'lines',
    'lines',
    '{"a":1}\n\n{"b":\ntext\r\n {"c":{}}',
    [{ a: 1 }, ...message('{"b":', 'text'), { c: {} }],
  ],
  ['lists are no records of lines', 'lines', '[{"a":1}]\n"b"\n', message('[{"a":1}]', '"b"')],
  ['no JSON', 'json', ' \r\n ', []],
  ['an object', 'json', '{\n "a": 1\n}\n', [{ a: 1 }]],
  ['a list', 'json', '[{"a":1},\n"b",{}]', [{ a: 1 }, ...message('b'), {}]],
  ['members that are no objects', 'json', '[1,null,[2],"",true]', message('1', 'null', '[2]', 'true')],
  ['lines that are called JSON', 'json', '\n{"a":1}\n{"b":2}\nc\n', [{ a: 1 }, { b: 2 }, ...message('c')]],
  ['a text that nobody names', 'unknown', 'a\nb', message('a', 'b')],
  ['an object that nobody names', 'unknown', '{"a":1}', [{ a: 1 }]],
  ['lines that nobody names', 'unknown', '{"a":1}\n{"b":2}\n', [{ a: 1 }, { b: 2 }]],
  ['a list that nobody names', 'unknown', '[ {"a":1},\n{"b":2}]', [{ a: 1 }, { b: 2 }]],
  ['an object over several lines', 'unknown', '{\n"a": 1 }', [{ a: 1 }]],
  ['a time in brackets is no list', 'unknown', '[2026-11-22] a\n[1] b\n', message('[2026-11-22] a', '[1] b')],
  ['a brace that is no object', 'unknown', '{ a\n{"b":1}\n', [...message('{ a'), { b: 1 }]],
  ['a list that is none', 'unknown', '["a" b\nc\n', message('["a" b', 'c')],
  ['white space first', 'unknown', '\n  a\n', message('  a')],
  ['the mark of UTF-8, a text', 'texts', '\ufeffa\n\ufeffb', message('a', '\ufeffb')],
  ['the mark of UTF-8, lines', 'lines', '\ufeff{"a":1}\n', [{ a: 1 }]],
  ['the mark of UTF-8, an object', 'json', '\ufeff{"a":1}', [{ a: 1 }]],
  ['the mark of UTF-8, nobody names it', 'unknown', '\ufeff{"a":1}\n{"b":1}', [{ a: 1 }, { b: 1 }]],
  ['the mark of UTF-8, a text that nobody names', 'unknown', '\ufeffa\nb', message('a', 'b')],
]

describe('the records of a body', () => {
  for (const [what, form, body, records] of CASES) {
    test(`${what}, at once and byte by byte`, () => {
      assert.deepEqual(recordsOf(form, body), records)
      const bytes = Array.from(Buffer.from(body), byte => Buffer.of(byte))
      assert.deepEqual(recordsOf(form, ...bytes), records)
    })
  }

  test('any body is the same in whatever pieces it comes', () => {
    const word = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      '\n',
      '\r\n',
      ' ',
      'a',
      '1',
      'é',
      '\0',
      '{"a":1}',
    )
    const form = fc.constantFrom<Form>('texts', 'lines', 'unknown')
    const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))
    const property = fc.property(fc.array(word), form, cuts, (words, form, cuts) => {
      const whole = Buffer.from(words.join(''))
      const pieces: Buffer[] = []
      for (let at = 0; at < whole.length; ) {
        const size = cuts.next().value as number
        pieces.push(whole.subarray(at, at + size))
        at += size
      }
      assert.deepEqual(recordsOf(form, ...pieces), recordsOf(form, whole))
    })
    fc.assert(property, { numRuns: process.env.SLUICE_FAULTS === 'long' ? 100_000 : 1000 })
  })

  test('who sent it, when, and an id in order', () => {
    const { body } = open('lines')
    const before = Date.now()
    body.push(Buffer.from('a\n{"b":1}\nc\n'))
    const metas = body.take().map(record => record['@meta'])
    assert.deepEqual(
      metas.map(({ id, peer }) => `${id} ${peer}`),
      ['1 192.0.2.1:9', '2 192.0.2.1:9', '3 192.0.2.1:9'],
    )
    assert.ok(metas.every(({ received }) => received! >= before && received! <= Date.now()))
  })

  test('lines are given as they come, and only the last one is kept', () => {
    for (const form of ['texts', 'lines', 'json', 'unknown'] as const) {
      const { body } = open(form)
      body.push(Buffer.from('{"a":1}\n{"a'))
      assert.deepEqual([body.take().length, body.held], [1, 3], form)
      body.push(Buffer.from('":2}\n'))
      assert.deepEqual([body.take().length, body.held], [1, 0], form)
    }
  })

  test('JSON is kept until its end, and good or bad as a whole', () => {
    const { body } = open('json')
    body.push(Buffer.from('[{"a":1},\n'))
    body.push(Buffer.from('{"a":'))
    assert.deepEqual(body.take(), [])
    assert.ok(body.held > 15)
    assert.throws(() => body.end(), { name: 'SyntaxError' })
    assert.deepEqual(body.take(), [])
  })

  test('what was kept becomes records some at a time, and counts until then', () => {
    for (const [form, text] of [
      ['json', `[${Array(5000).fill('0').join()}]`],
      ['unknown', `["a" b\n${'[c\n'.repeat(99_999)}`],
    ] as const) {
      const { body } = open(form)
      body.push(Buffer.from(text))
      body.end()
      const some = body.take().length
      assert.ok(some > 0 && some < 50_000, `${some}`)
      assert.ok(body.held > 1000)
      assert.equal(some + takeAll(body).length, form === 'json' ? 5000 : 100_000)
      assert.equal(body.held, 0)
    }
  })

  test('what is not UTF-8 keeps its bytes; as JSON it is bad', () => {
    const latin1 = Buffer.from('{"a":"\xe9"}', 'latin1')
    for (const form of ['texts', 'lines', 'unknown'] as const) {
      const { body } = open(form)
      body.push(latin1)
      body.end()
      const [record] = body.take()
      assert.equal(record!.message, '{"a":"\ufffd"}')
      assert.equal(record!['@meta'].bytes, latin1.toString('base64'))
    }
    assert.throws(() => recordsOf('json', latin1), /not UTF-8/)
  })

  test("a stranger's @meta is not believed, and keys that objects have of their own are only keys", () => {
    const { body } = open('lines')
    body.push(Buffer.from('{"@meta":{"id":"mine"},"__proto__":{"x":1},"constructor":2}\n'))
    const [record] = body.take()
    assert.deepEqual(
      JSON.parse(JSON.stringify(record)),
      JSON.parse(
        `{"@meta":${JSON.stringify(record!['@meta'])},"__proto__":{"x":1},"constructor":2,"_meta":{"id":"mine"}}`,
      ),
    )
    assert.equal(record!['@meta'].id, '1')
    assert.equal(Object.getPrototypeOf(record), Object.prototype)
    assert.equal((record as unknown as { x?: number }).x, undefined)
  })

  test('numbers keep their digits', () => {
    const [record] = recordsOf('lines', '{"n":12345678901234567890}')
    assert.equal(JSON.stringify(record), '{"n":12345678901234567890}')
  })

  test('a line that is longer than a record is one text, JSON or not', () => {
    const { body, counts } = open('lines')
    body.push(Buffer.from(`{"a":"${'x'.repeat(2 * MAX_RECORD)}"}\n{"b":1}\n`))
    const [cut, next] = body.take()
    assert.match(String(cut!.message), /^\{"a":"x+$/)
    assert.equal(cut!['@meta'].truncated, 2 * MAX_RECORD + 8)
    assert.equal(next!.b, 1)
    assert.deepEqual(counts, { oversize: 1 })
  })

  test('what begins as an object and is none is counted', () => {
    const { body, counts } = open('lines')
    body.push(Buffer.from('{"a":\n{}\nb\n'))
    body.end()
    assert.deepEqual(counts, { notJson: 1 })
  })

  test('a body of line feeds alone is not looked at again and again', (t: TestContext) => {
    const { body } = open('json')
    const concat = t.mock.method(Buffer, 'concat')
    for (let n = 0; n < 10_000; n++) body.push(Buffer.of(0x0a))
    assert.equal(concat.mock.callCount(), 0)
    assert.equal(body.held, 10_000)
    body.end()
    assert.deepEqual(body.take(), [])
  })
})
