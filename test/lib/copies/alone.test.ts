import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALONE, graceAlone } from '../../../src/lib/copies/alone.ts'
import type { LinkStatus } from '../../../src/lib/transport/link.ts'

function link(direction: 'pull' | 'push', mode: 'bind' | 'connect', peers: number): LinkStatus {
  return { endpoint: 'ack+ipc:///x', direction, mode, peers, batches: 0, bytes: 0, records: 0 }
}

test('it waits for those that send to it, and then has what is left', async () => {
  const senders = [2, 1, 0]
  const links = () => [link('pull', 'bind', senders.shift() ?? 0), link('push', 'connect', 1)]
  const left = await graceAlone(links, 60_000)
  assert.deepEqual(senders, [])
  assert.ok(left > ALONE / 2 && left < ALONE, `${left} ms`)
})

test('a sender that stays is not waited for longer than that', async () => {
  assert.equal(await graceAlone(() => [link('pull', 'bind', 1)], 200), 0)
})

test('where nobody takes what it has it does not wait long; a source and a sink have nobody to look at', async () => {
  assert.equal(await graceAlone(() => [link('push', 'connect', 0)], 60_000), 1_000)
  // Somebody else's producer, which it dialled, is none that goes first.
  assert.ok((await graceAlone(() => [link('pull', 'connect', 1)], 60_000)) > 1_000)
  assert.ok((await graceAlone(() => [], 60_000)) > 1_000)
})
