import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INVALID } from '../../../src/lib/syslog/scan.ts'
import { readStructuredData, type StructuredData } from '../../../src/lib/syslog/structured-data.ts'

function read(text: string): { data: StructuredData; rest: string } | typeof INVALID {
  const data: StructuredData = {}
  const end = readStructuredData(text, 0, data)
  return end === INVALID ? INVALID : { data, rest: text.slice(end) }
}

const valid: [text: string, json: string, rest?: string][] = [
  ['[id]', '{"id":{}}'],
  ['[id a="1"]', '{"id":{"a":"1"}}'],
  ['[id a="1" b=""]', '{"id":{"a":"1","b":""}}'],
  ['[id a="1"][other b="2"] text', '{"id":{"a":"1"},"other":{"b":"2"}}', ' text'],
  ['[id a="1"] [other b="2"]', '{"id":{"a":"1"}}', ' [other b="2"]'],
  // Escapes, RFC 5424 section 6.3.3.
  [String.raw`[id a="\"" b="\\" c="\]"]`, String.raw`{"id":{"a":"\"","b":"\\","c":"]"}}`],
  [String.raw`[id a="\\\""]`, String.raw`{"id":{"a":"\\\""}}`],
  [String.raw`[id a="C:\new\table"]`, String.raw`{"id":{"a":"C:\\new\\table"}}`],
  [String.raw`[id a="\\n"]`, String.raw`{"id":{"a":"\\n"}}`],
  // Deviations that harm nobody.
  ['[id a="x]y"]', '{"id":{"a":"x]y"}}'],
  ['[id  a="1"   b="2" ]', '{"id":{"a":"1","b":"2"}}'],
  ['[id a="two\nlines, a = b, [x]"]', String.raw`{"id":{"a":"two\nlines, a = b, [x]"}}`],
  ['[]', '{}'],
  ['[ ]', '{}'],
  ['[id ]', '{"id":{}}'],
  ['[ id a="1"]', '{"id":{"a":"1"}}'],
  ['[id][]', '{"id":{}}'],
  ['[id a=1]', '{"id":{"a":"1"}}'],
  ['[id a=x.y-z b=2] text', '{"id":{"a":"x.y-z","b":"2"}}', ' text'],
  ['[id a= "1"]', '{"id":{"a":"1"}}'],
  ['[i=d]', '{"-":{"i":"d"}}'],
  ['[a="1" b="2"]', '{"-":{"a":"1","b":"2"}}'],
  ['[action:"Drop"; flags:"1"; ]', '{"-":{"action":"Drop","flags":"1"}}'],
  // Repeated names.
  ['[id a="1" b="2" a="3" a="4"]', '{"id":{"a":["1","3","4"],"b":"2"}}'],
  ['[id a="1"][id b="2"]', '{"id":{"a":"1","b":"2"}}'],
  ['[id a="1"][id a="2"]', '{"id":{"a":["1","2"]}}'],
  // Names that mean something to JavaScript.
  ['[__proto__ a="1"]', '{"__proto__":{"a":"1"}}'],
  ['[id __proto__="1" __proto__="2"]', '{"id":{"__proto__":["1","2"]}}'],
  ['[constructor toString="1"][constructor toString="2"]', '{"constructor":{"toString":["1","2"]}}'],
  ['[hasOwnProperty length="1"]', '{"hasOwnProperty":{"length":"1"}}'],
]

for (const [text, json, rest = ''] of valid) {
  test(`read ${text}`, () => {
    const result = read(text)
    assert.notEqual(result, INVALID)
    assert.equal(JSON.stringify(result), JSON.stringify({ data: JSON.parse(json), rest }))
  })
}

const invalid = [
  ...['', 'text', '[', '[id', '[id ', '[id a', '[id a=', '[id a="', '[id a="1', '[id a="1"'],
  ...['[id a]', '[id ="1"]', '[id a="1"b="2"]', '[id a="1" b]', '[i"d]'],
  ...[
    String.raw`[id a="\"]`,
    '[id a="1"][',
    '[id a="1"2"]',
    '[id a:1]',
    '[îd]',
    '[id é="1"]',
    '[i\u0000d]',
    `[${'i'.repeat(256)}]`,
  ],
]

for (const text of invalid) {
  test(`refuse ${JSON.stringify(text.slice(0, 40))}`, () => assert.equal(read(text), INVALID))
}

test('names are bounded, values are not', () => {
  const name = 'n'.repeat(255)
  const value = 'v'.repeat(100_000)
  assert.deepEqual(read(`[${name} ${name}="${value}"]`), { data: { [name]: { [name]: value } }, rest: '' })
})

test('no prototype is touched', () => {
  read('[__proto__ polluted="1"]')
  read('[id __proto__="1"]')
  assert.equal(({} as { polluted?: string }).polluted, undefined)
})
