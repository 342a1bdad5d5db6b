import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openServer } from '../../../src/daemons/elasticsearch/server.ts'
import type { Context } from '../../../src/lib/index.ts'
import { BulkStub } from '../../support/bulk-stub.ts'

const MiB = 1024 * 1024

test('bug: a large request that failed as a whole was copied, name by name, into the error', async t => {
  const stub = new BulkStub({ request: () => 503 })
  t.after(() => stub.close())
  const context = { defer: (close: () => void) => t.after(close) } as unknown as Context
  const nodes = [await stub.listen()]
  const server = await openServer({ nodes, auth: { apiKey: 'secret' } }, context)
  // One document: the stub parses it.
  const document = `{"create":{"_id":"1"}}\n{"text":"${'x'.repeat(4 * MiB)}"}\n`
  const before = process.memoryUsage().heapTotal
  for (let n = 0; n < 3; n++) {
    const answer = await server.bulk(Buffer.from(document))
    assert.deepEqual(answer, { status: 503, reason: 'status 503: by script' })
  }
  const more = process.memoryUsage().heapTotal - before
  assert.ok(more < 100 * MiB, `${Math.round(more / MiB)} MiB more`)
})
