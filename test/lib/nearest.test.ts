import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestOf } from '../../src/lib/nearest.ts'

test('the nearest name, where it is near', () => {
  const names = ['BATCH_BYTES', 'BATCH_DELAY', 'DO', 'GRACE', 'LISTEN', 'NAME']
  const table: [written: string, meant: string | undefined][] = [
    ['BATCH_BYTE', 'BATCH_BYTES'],
    ['BATHC_DELAY', 'BATCH_DELAY'],
    ['BATCH_DELAI', 'BATCH_DELAY'],
    ['LISTN', 'LISTEN'],
    ['NAMES', 'NAME'],
    // Of short names too little is left when two letters differ.
    ['ID', undefined],
    ['NODE', undefined],
    ['FAULTS', undefined],
    ['', undefined],
  ]
  for (const [written, meant] of table) assert.equal(nearestOf(written, names), meant, written)
})
