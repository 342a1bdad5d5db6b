import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CountFile } from '../../../src/daemons/count/sqlite/file.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0)

function file(t: TestContext): CountFile {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-count-'))
  const opened = new CountFile(join(folder, 'count.sqlite'), DAY, START)
  t.after(() => {
    opened.close()
    rmSync(folder, { recursive: true })
  })
  return opened
}

const change = (...ids: string[]) => ({ ids, hashes: [], keys: [] })

test('an id is known for as long as it is to be remembered, and forgotten not long after', t => {
  const counts = file(t)
  const hour = DAY / 24
  counts.write(change('first'), START)
  for (let n = 1; n <= 24; n++) {
    assert.deepEqual(counts.write(change('first', `other-${n}`), START + n * hour), ['first'])
    counts.write(change(`new-${n}`), START + n * hour)
  }
  for (let n = 25; n <= 28; n++) counts.write(change(`new-${n}`), START + n * hour)
  assert.equal(counts.write(change('first'), START + 28 * hour), undefined)
})

test('a clock that is set, by years and back, forgets nothing that came a moment ago', t => {
  const counts = file(t)
  counts.write(change('before'), START)
  for (const now of [START + 3000 * DAY, START - 3000 * DAY, START])
    assert.deepEqual(counts.write(change('before', `at-${now}`), now), ['before'])
})

test('a clock that is set to and fro by hours forgets nothing, and goes on to forget what is old', t => {
  const counts = file(t)
  const hour = DAY / 24
  counts.write(change('before'), START)
  for (let n = 1; n <= 40; n++) {
    const now = START + (n % 2) * 5 * hour
    assert.deepEqual(counts.write(change('before', `at-${n}`), now), ['before'])
    counts.write(change(`new-${n}`), now)
  }
  // Set back by more than is remembered: slices go on from there.
  const back = START - 90 * DAY
  for (let n = 0; n <= 33; n++) counts.write(change(`later-${n}`), back + n * hour)
  assert.equal(counts.write(change('before'), back + 34 * hour), undefined)
})

test('a change is written as a whole or not at all', t => {
  const counts = file(t)
  const hashes = [{ name: 'a/b/2026', kind: 'count', expires: 0, fields: [['01', 2]] }] as const
  assert.equal(counts.write({ ids: ['1', '2'], hashes, keys: [['a/b', START]] }, START), undefined)
  assert.deepEqual(counts.write({ ids: ['2', '3'], hashes, keys: [['c/d', START]] }, START), ['2'])
  assert.deepEqual(counts.read(['a/b/2026'], START), [[['01', '2']]])
  assert.deepEqual(counts.keys('', 10), [['a/b', START]])
})

test('what has expired is not answered, and deleted', t => {
  const counts = file(t)
  const hashes = [{ name: 'a/b/2026', kind: 'count', expires: START + DAY, fields: [['01', 2]] }] as const
  counts.write({ ids: ['1'], hashes, keys: [] }, START)
  assert.equal(counts.tidy(START), false)
  assert.deepEqual(counts.read(['a/b/2026'], START + DAY - 1), [[['01', '2']]])
  assert.deepEqual(counts.read(['a/b/2026'], START + DAY), [[]])
  counts.tidy(START + DAY)
  assert.deepEqual(counts.read(['a/b/2026'], START), [[]])
})
