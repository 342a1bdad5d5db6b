import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { askDoor } from '../../../src/lib/asking/ask.ts'
import { parseDoor } from '../../../src/lib/asking/doors.ts'

test('bug: each of any number that do not answer was waited for', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-ask-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const all = Promise.withResolvers<void>()
  let asked = 0
  const server = createServer((_, response) => {
    if (++asked > 32) response.end('late')
    if (asked === 32) all.resolve()
  }).listen(join(folder, 'x.sock'))
  await once(server, 'listening')
  t.after(() => server.close())
  const door = parseDoor(join(folder, 'x.sock'))
  const ask = (mostWait?: number) => askDoor(door, '/', {}, undefined, mostWait)
  const silent = Promise.allSettled(Array.from({ length: 32 }, () => ask()))
  // Whoever comes then waits for its turn, or not so long.
  const patient = ask()
  await all.promise
  await assert.rejects(ask(0), /^Error: it was not asked: too many others do not answer$/)
  assert.equal(asked, 32)
  server.closeAllConnections()
  await silent
  assert.equal(await patient, 'late')
  assert.equal(asked, 33)
})
