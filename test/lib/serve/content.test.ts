import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentOf } from '../../../src/lib/serve/content.ts'

const FORMS: [type: string | undefined, form: string][] = [
  ['text/plain', 'texts'],
  ['Text/Plain; charset=utf-8', 'texts'],
  ['text/plain; charset=iso-8859-1', 'texts'],
  ['application/x-ndjson', 'lines'],
  ['application/ndjson; charset="UTF-8"', 'lines'],
  ['application/jsonl', 'lines'],
  ['application/json-lines', 'lines'],
  ['application/json', 'json'],
  ['application/json; charset=utf-8', 'json'],
  ['text/json', 'json'],
  ['application/vnd.api+json', 'json'],
  ['application/cloudevents+json', 'json'],
  [undefined, 'unknown'],
  ['', 'unknown'],
  ['application/x-www-form-urlencoded', 'unknown'],
  ['application/octet-stream', 'unknown'],
  ['text/html', 'unknown'],
  ['nonsense', 'unknown'],
]

for (const [type, form] of FORMS)
  test(`${type ?? 'no type'} is ${form}`, () => {
    const headers = type === undefined ? {} : { 'content-type': type }
    assert.deepEqual(contentOf(headers), { form, coding: undefined })
  })

for (const [given, coding] of [
  ['gzip', 'gzip'],
  ['X-GZIP', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  [' zstd ', 'zstd'],
  ['identity', undefined],
  ['', undefined],
] as const)
  test(`content encoding "${given}"`, () => {
    assert.deepEqual(contentOf({ 'content-encoding': given }), { form: 'unknown', coding })
  })

const REFUSED: [headers: { [name: string]: string }, message: RegExp][] = [
  [{ 'content-encoding': 'compress' }, /"compress" is not one of gzip, deflate, br, zstd/],
  [{ 'content-encoding': 'gzip, gzip' }, /"gzip, gzip" is not one of/],
  [{ 'content-encoding': 'constructor' }, /is not one of/],
  [{ 'content-type': 'multipart/form-data; boundary=x' }, /"multipart\/form-data" is not taken; send/],
  [{ 'content-type': 'application/x-protobuf' }, /is not taken/],
  [{ 'content-type': 'application/msgpack' }, /is not taken/],
  [{ 'content-type': 'application/gzip' }, /is not taken/],
  [{ 'content-type': 'image/png' }, /is not taken/],
  [{ 'content-type': 'text/plain; charset=UTF-16LE' }, /the charset UTF-16LE is not taken; send UTF-8/],
]

for (const [headers, message] of REFUSED)
  test(`refused: ${Object.values(headers)}`, () => {
    const refused = contentOf(headers)
    assert.ok('message' in refused)
    assert.match(refused.message, message)
  })
