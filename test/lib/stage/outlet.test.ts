import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Batch } from '../../../src/lib/batch.ts'
import type { StageValues } from '../../../src/lib/stage/options.ts'
import { createOutlet } from '../../../src/lib/stage/outlet.ts'
import { ManualLink, settled } from '../../support/link.ts'

const HOUR = 3_600_000
const told = { refuse: async () => {}, dropped: () => {} }
const batchOf = (id: string) => Batch.fromRecords([{ '@meta': { id }, message: 'x'.repeat(10_000) }])

test('with a buffer smaller than what it joins, it does not wait with a buffer full of one batch', async t => {
  const link = new ManualLink('bytes', 4)
  const values = { batchBytes: 512 * 1024, batchDelay: HOUR, buffer: 80_000, maxRecord: 1e6 } as StageValues
  const outlet = createOutlet(values, [link], undefined, undefined, told)
  t.after(() => outlet.hurry())
  for (const id of ['a', 'b', 'c', 'd']) outlet.accept(batchOf(id))
  await settled()
  // Two do not fit into a quarter of it.
  assert.deepEqual(link.ids, ['a', 'b', 'c'])
})
