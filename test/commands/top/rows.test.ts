import assert from 'node:assert/strict'
import { test } from 'node:test'
import { helpLines } from '../../../src/commands/top/help.ts'
import { rowsOf } from '../../../src/commands/top/rows.ts'
import type { Seen } from '../../../src/commands/top/watch.ts'

function dropsOf(outcomes: { [outcome: string]: number }, kernelDropped = 0): number | undefined {
  const books = { in: 100, outcomes }
  const stage = {
    name: 'hub',
    shape: 'filter',
    books,
    buffer: { held: 0, limit: 1 },
    latency: 0,
    kernelDropped,
  }
  const running = { name: 'hub', address: 'hub.sock', ready: true, waiting: [], stages: [stage] }
  const seen = { address: 'hub.sock', last: { at: 0, running } } as unknown as Seen
  return rowsOf([seen], 0, 1000)[0]!.drops
}

test('bug: a hub whose events only people look at seemed to drop all of them', () => {
  assert.equal(dropsOf({ 'dropped:published': 90, sent: 10 }), 0)
  assert.equal(dropsOf({ 'dropped:no-subscriber': 40, 'dropped:buffer-full': 2, stored: 58 }), 2)
  assert.equal(dropsOf({ 'dropped:sampled': 7, sent: 93 }, 5), 12)
})

test('bug: at 80 columns, a line of the help had no end', () => {
  for (const line of helpLines()) {
    const text = line.map(piece => (typeof piece === 'string' ? piece : piece[1])).join('')
    assert.ok(text.length <= 80, text)
  }
})
