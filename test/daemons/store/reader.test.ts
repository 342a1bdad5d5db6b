import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { StoreReader } from '../../../src/daemons/store/reader.ts'
import { rowsOf } from '../../../src/daemons/store/row.ts'
import { StoreWriter } from '../../../src/daemons/store/writer.ts'

const sqlite = (errcode: number, message = 'no') => Object.assign(new Error(message), { errcode })

for (const [what, error, becomes] of [
  ['SQLITE_CANTOPEN', sqlite(14), 'gap'],
  ['SQLITE_IOERR_READ', sqlite(266), 'gap'],
  ['SQLITE_BUSY', sqlite(5), 'gap'],
  ['SQLITE_CORRUPT_VTAB', sqlite(267), 'damaged'],
  ['SQLITE_NOTADB', sqlite(26), 'damaged'],
  ['a table that is not there', sqlite(1, 'no such table: words'), 'damaged'],
  ['a mistake in our SQL', sqlite(1, 'near "SELEC": syntax error'), 'thrown'],
  ['somebody who gives up', new DOMException('', 'AbortError'), 'thrown'],
  ['a mistake in our code', new TypeError('no'), 'thrown'],
] as const) {
  test(`in the middle of a question: ${what}`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-reader-'))
    const writer = new StoreWriter({ folder, keep: undefined, keepBytes: undefined })
    writer.write(rowsOf([{ '@meta': { id: 'a' } }], ['{}'], Date.now()))
    const reader = new StoreReader(folder)
    t.after(() => {
      reader.close()
      writer.close()
      rmSync(folder, { recursive: true })
    })
    const asked = reader.ask((opened, gaps) => {
      assert.equal(opened.length, 1)
      opened[0]!.failed(error)
      return gaps
    })
    if (becomes === 'thrown') await assert.rejects(asked, one => one === error)
    else assert.equal((await asked).length, becomes === 'gap' ? 1 : 0)
    assert.equal(reader.damaged.length, becomes === 'damaged' ? 1 : 0)
    const passing = becomes === 'thrown' ? [] : [becomes === 'gap']
    assert.deepEqual(
      reader.takeFailures().map(failure => failure.passing),
      passing,
    )
    assert.deepEqual(reader.takeFailures(), [], 'taken once')
    assert.equal(await reader.ask(opened => opened.length), becomes === 'damaged' ? 0 : 1)
  })
}
