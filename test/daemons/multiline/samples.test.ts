// Each folder in test/samples/multiline is a case: `input` has a line a record, `flags.json` the flags, `expected.json` the texts of
// the records that come out.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import daemon from '../../../src/daemons/multiline.ts'
import { drive } from '../../support/drive.ts'

const folder = new URL('../../samples/multiline/', import.meta.url)

for (const name of readdirSync(folder)) {
  test(name, async () => {
    const read = (file: string) => readFileSync(new URL(`${name}/${file}`, folder), 'utf8')
    const expected = JSON.parse(read('expected.json')) as string[]
    const lines = read('input').split('\n').slice(0, -1)
    // Whatever the batches are, the records are the same.
    for (const size of [lines.length, 1]) {
      await using stage = await drive(daemon, ...(JSON.parse(read('flags.json')) as string[]))
      const receipts: Promise<object>[] = []
      for (let n = 0; n < lines.length; n += size) receipts.push(stage.push(lines.slice(n, n + size)))
      await stage.flush()
      await Promise.all(receipts)
      assert.deepEqual(
        stage.out.map(({ message }) => message),
        expected,
      )
      assert.equal(expected.join('\n'), lines.join('\n'), 'nothing is lost, nothing out of order')
    }
  })
}
