// Each folder in test/samples/syslog is a case: `input` is what came off the wire, byte for byte;
// `expected.json` holds the options, the time of reception and the fields, in their order.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createParser, type ParserOptions } from '../../../src/lib/syslog/index.ts'

interface Expected {
  options: ParserOptions
  received: number
  fields: object
}

const folder = new URL('../../samples/syslog/', import.meta.url)

for (const name of readdirSync(folder)) {
  test(name, () => {
    const input = readFileSync(new URL(`${name}/input`, folder), 'utf8')
    const { options, received, fields }: Expected = JSON.parse(
      readFileSync(new URL(`${name}/expected.json`, folder), 'utf8'),
    )
    // As text, so that the order counts as well.
    assert.equal(
      JSON.stringify(createParser(options)(input, received), null, 2),
      JSON.stringify(fields, null, 2),
    )
  })
}
