import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { createPrinter } from '../../../src/commands/tap/print.ts'

/** Takes each piece in the next turn of the loop, and wants no second one before. */
function createOut(): Writable {
  return new Writable({ highWaterMark: 1, write: (_piece, _encoding, go) => void setImmediate(go) })
}

test('however often it waits for room, nothing listens afterwards', async () => {
  const out = createOut()
  const before = out.eventNames().length
  const printer = createPrinter(out, false, () => {})
  for (let n = 0; n < 50; n++) await printer.print(`{"n":${n}}`)
  assert.equal(out.eventNames().length, before)
})

test('it waits no longer for who is gone', async () => {
  const out = new Writable({ highWaterMark: 1, write: () => {} })
  const printed = createPrinter(out, false, () => {}).print('{}')
  out.destroy()
  await printed
})
