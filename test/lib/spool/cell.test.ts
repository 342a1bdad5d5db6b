import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { carveTotals } from '../../../src/lib/spool/carve.ts'
import { batchCellAt, totalsIn } from '../../../src/lib/spool/cell.ts'
import { checkSpool, dumpSpool } from '../../../src/lib/spool/check.ts'
import { ABOUT_ROOT, PAGE } from '../../../src/lib/spool/layout.ts'
import { Pages } from '../../../src/lib/spool/pages.ts'
import { SpoolFile } from '../../../src/lib/spool/spool-file.ts'
import { batch, newSeed, randomNumbers, range, settled, spoolPath, work } from '../../support/spool.ts'

// Around each border of what is in the page and what is in its overflow.
const SIZES = [
  ...range(0, 3),
  ...range(PAGE - 80, PAGE + 20),
  ...range(2 * PAGE - 60, 2 * PAGE + 20),
  ...range(4 * PAGE - 100, 4 * PAGE),
]

test('rows of any size are read as SQLite wrote them', t => {
  const path = spoolPath(t)
  const spool = new SpoolFile(path, { reserve: 0 })
  const rows = SIZES.map((size, n) => batch(n + 1, size, n * n * n * n))
  spool.commit(work({ append: rows }))
  const about = spool.about()
  spool.close()
  const dumped = [...dumpSpool(path)]
  assert.deepEqual(
    dumped.map(({ seq }) => seq),
    range(1, SIZES.length),
  )
  for (const [n, { records, bytes }] of dumped.entries()) {
    assert.equal(records, rows[n]!.records)
    assert.ok(Buffer.from(rows[n]!.bytes).equals(bytes), `${bytes.length} bytes`)
  }
  assert.equal(checkSpool(path).reason, undefined)
  const pages = new Pages(path)
  const { batches, records, bytes, last, books } = carveTotals(pages)!
  pages.close()
  assert.deepEqual({ batches, records, bytes, oldest: about.oldest, last, books }, about)
})

test('totals with a wrong checksum are none', t => {
  const path = spoolPath(t)
  const spool = new SpoolFile(path, { reserve: 0 })
  spool.commit(work({ append: [batch(1), batch(2)] }))
  spool.commit(work({ settled: [settled(1)] }))
  spool.close()
  const page = readFileSync(path).subarray((ABOUT_ROOT - 1) * PAGE, ABOUT_ROOT * PAGE)
  assert.equal(totalsIn(page)!.books.stored, 10)
  const from = page.readUInt16BE(8)
  for (let at = from; at < PAGE; at++) {
    const wrong = Buffer.from(page)
    wrong[at]! ^= 4
    assert.ok(at < from + 2 || totalsIn(wrong) === undefined, `byte ${at - from}`)
  }
})

test('noise is no row, and ends', () => {
  const seed = newSeed()
  const random = randomNumbers(seed)
  for (let n = 0; n < 20_000; n++) {
    const noise = Buffer.from(range(1, random(40)).map(() => random(random(2) ? 256 : 12)))
    for (const at of [0, 5, 39]) {
      const cell = batchCellAt(noise, at)
      assert.ok(!cell || cell.end <= noise.length, `seed ${seed}`)
    }
  }
})
