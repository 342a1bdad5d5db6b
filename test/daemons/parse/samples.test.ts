// Each folder in test/samples/parse is a case: `input` has a text a line, `flags.json` the flags, `expected.json` the fields of each
// record, in their order.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import daemon from '../../../src/daemons/parse.ts'
import { parseJson } from '../../../src/lib/json.ts'
import { drive } from '../../support/drive.ts'

const folder = new URL('../../samples/parse/', import.meta.url)
const received = Date.UTC(2026, 9, 12)

for (const name of readdirSync(folder)) {
  test(name, async () => {
    const read = (file: string) => readFileSync(new URL(`${name}/${file}`, folder), 'utf8')
    await using stage = await drive(daemon, ...(JSON.parse(read('flags.json')) as string[]))
    const texts = read('input').split('\n').slice(0, -1)
    await stage.push(texts.map(message => ({ '@meta': { received }, message })))
    const found = stage.out.map(({ '@meta': _, ...fields }) => JSON.stringify(fields))
    const expected = parseJson(read('expected.json')) as object[]
    // As text, so that the order counts as well, and numbers that no double can hold.
    assert.deepEqual(
      found,
      expected.map(fields => JSON.stringify(fields)),
    )
  })
}
