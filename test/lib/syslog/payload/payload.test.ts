import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPayloads, type Payload } from '../../../../src/lib/syslog/payload/index.ts'

function read(kinds: Payload[], content: string): [fields: object, strangers: number] {
  let strangers = 0
  const fields = {}
  createPayloads(kinds, () => strangers++)(fields, content)
  return [fields, strangers]
}

const open = (content: string) => read(['json', 'cef', 'leef', 'kv'], content)[0]

const contents: [content: string, fields: object][] = [
  // JSON
  ['{"a":1}', { json: { a: 1 } }],
  ['  {"a":1}', { json: { a: 1 } }],
  ['@cee:{"a":{"b":[1]}}', { json: { a: { b: [1] } } }],
  ['@cee: {"a":1}', { json: { a: 1 } }],
  ['{"a":1} x', {}],
  ['[1]', {}],
  ['"text"', {}],
  ['@cee: x', {}],
  ['{', {}],
  [`{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`, {}],
  // CEF
  ['CEF:0|a|b|c|d|e|5|', { cef: cef({}) }],
  ['CEF:0|a|b|c|d|e|5', { cef: cef({}) }],
  ['CEF: 0|a|b|c|d|e|5|x=1', { cef: cef({ x: '1' }) }],
  ['CEF:0|a|b|c|d|e|5|x=1 y=two words z=', { cef: cef({ x: '1', y: 'two words', z: '' }) }],
  [
    'CEF:0|a|b|c|d|e|5|x=a\\=b\\\\c\\nd y=http://h/?q=1',
    { cef: cef({ x: 'a=b\\c\nd', y: 'http://h/?q=1' }) },
  ],
  ['CEF:0|a|b|c|d|e|5|x=1 x=2 name=n', { cef: cef({ x: ['1', '2'], name: ['e', 'n'] }) }],
  ['CEF:0|a|b|c|d|e|5|no pair x=1', { cef: cef({ x: '1' }) }],
  ['CEF:0|a|b|c|d|e|5|ad.field[0]=1', { cef: cef({ 'ad.field[0]': '1' }) }],
  ['CEF:0|a \\| a|b\\\\|c|d|e|5|', { cef: { ...cef({}), deviceVendor: 'a | a', deviceProduct: 'b\\' } }],
  ['CEF:0|a|b|c|d', {}],
  ['CEF:', {}],
  // LEEF
  [
    'LEEF:1.0|a|b|c|d|x=1\ty=two words\tno pair\tz=',
    { leef: leef('1.0', { x: '1', y: 'two words', z: '' }) },
  ],
  ['LEEF:1.0|a|b|c|d|x=1#011y=2', { leef: leef('1.0', { x: '1', y: '2' }) }],
  ['LEEF:2.0|a|b|c|d|^|x=1^y=2=3', { leef: leef('2.0', { x: '1', y: '2=3' }) }],
  ['LEEF:2.0|a|b|c|d|0x7c|x=1|y=2', { leef: leef('2.0', { x: '1', y: '2' }) }],
  ['LEEF:2.0|a|b|c|d|x5E|x=1^y=2', { leef: leef('2.0', { x: '1', y: '2' }) }],
  ['LEEF:2.0|a|b|c|d||x=1\ty=2', { leef: leef('2.0', { x: '1', y: '2' }) }],
  ['LEEF:2.0|a|b|c|d|x=1\ty=2', { leef: leef('2.0', { x: '1', y: '2' }) }],
  ['LEEF:1.0|a|b|c|d|', { leef: leef('1.0', {}) }],
  ['LEEF:1.0|a|b', {}],
  // Names and values
  ['a=1 b="two words" c=\'three more\' d=', { kv: { a: '1', b: 'two words', c: 'three more', d: '' } }],
  ['a=1, b=2; c=3,d', { kv: { a: '1', b: '2', c: '3,d' } }],
  ['a="x \\" \\\\ y" b="open', { kv: { a: 'x " \\ y', b: 'open' } }],
  ['a=1 words in between b=2 größe=3', { kv: { a: '1', b: '2' } }],
  ['action:"Drop"; src:"192.0.2.7";', { kv: { action: 'Drop', src: '192.0.2.7' } }],
  ['a=1|b=two words|c=|', { kv: { a: '1', b: 'two words', c: '' } }],
  ['a=1 b=x|y', { kv: { a: '1', b: 'x|y' } }],
  ['a=1 a=2', { kv: { a: ['1', '2'] } }],
  ['__proto__=1 constructor=2', { kv: JSON.parse('{"__proto__":"1","constructor":"2"}') }],
  ['  a=1', { kv: { a: '1' } }],
  ['words a=1', {}],
  ['=1', {}],
  ['', {}],
]

function cef(extension: object): object {
  const device = { deviceVendor: 'a', deviceProduct: 'b', deviceVersion: 'c', deviceEventClassId: 'd' }
  return { version: '0', ...device, name: 'e', severity: '5', ...extension }
}

function leef(version: string, attributes: object): object {
  return { version, vendor: 'a', product: 'b', productVersion: 'c', eventId: 'd', ...attributes }
}

for (const [content, fields] of contents) {
  test(`the payload of ${content.slice(0, 60)}`, () => {
    assert.equal(JSON.stringify(sorted(open(content))), JSON.stringify(sorted(fields)))
  })
}

/** The same with its keys in order, `__proto__` among them. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)])
}

test('only what is asked for is opened', () => {
  assert.deepEqual(read(['cef'], '{"a":1}')[0], {})
  assert.deepEqual(read(['json'], '{"a":1}')[0], { json: { a: 1 } })
  assert.deepEqual(read([], '{"a":1}')[0], {})
})

test('auto opens any, and a single pair only where pairs are asked for', () => {
  assert.deepEqual(read(['auto'], '{"a":1}')[0], { json: { a: 1 } })
  assert.deepEqual(read(['auto'], 'a=1 b=2')[0], { kv: { a: '1', b: '2' } })
  assert.deepEqual(read(['auto'], 'a=1 is what he said')[0], {})
  assert.deepEqual(read(['auto', 'kv'], 'a=1 is what he said')[0], { kv: { a: '1' } })
})

test('a number that no double can hold stays', () => {
  assert.equal(
    JSON.stringify(read(['json'], '{"a":12345678901234567890}')[0]),
    '{"json":{"a":12345678901234567890}}',
  )
})

test("a stranger's @meta is renamed and counted", () => {
  assert.deepEqual(read(['json'], '{"@meta":{"id":"x"},"a":1}'), [{ json: { a: 1, _meta: { id: 'x' } } }, 1])
  assert.deepEqual(read(['json'], '{"@meta":1,"_meta":2}'), [{ json: { _meta: 2, __meta: 1 } }, 1])
  assert.deepEqual(read(['kv'], '@meta=1 a=2'), [{ kv: { a: '2', _meta: '1' } }, 1])
  assert.deepEqual(read(['json'], '{"a":{"@meta":1}}'), [{ json: { a: { '@meta': 1 } } }, 0])
})

test('no prototype is touched', () => {
  open('{"__proto__":{"polluted":1}}')
  open('__proto__=1 a=2')
  open('CEF:0|a|b|c|d|e|5|__proto__=1')
  assert.equal(({} as { polluted?: number }).polluted, undefined)
})
