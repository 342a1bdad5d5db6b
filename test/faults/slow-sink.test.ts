// A sink that is slower than the pipe's limit of silence: it answers, so nothing is sent again, to it or by it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BulkStub } from '../support/bulk-stub.ts'
import { freePort } from '../support/port.ts'
import { BulkGate } from './bulk-gate.ts'
import { Generator } from './generator.ts'
import { LONG } from './random.ts'
import { Service } from './service.ts'

/** Milliseconds for a bulk; a session ends after 20 s of silence, and Elasticsearch itself waits 60 s for a shard. */
const SLOW = LONG ? 62_000 : 22_000

const opposite = { bind: 'connect', connect: 'bind' } as const

describe(`a bulk takes ${SLOW / 1000} s`, { concurrency: true }, () => {
  for (const consumer of ['bind', 'connect'] as const) {
    test(`nothing is sent again (consumers ${consumer})`, async t => {
      const producer = opposite[consumer]
      const [raw, parsed] = [
        `ack+tcp://127.0.0.1:${await freePort()}`,
        `ack+tcp://127.0.0.1:${await freePort()}`,
      ]
      const stub = new BulkStub({})
      t.after(() => stub.close())
      const gate = await BulkGate.open(t, await stub.listen())
      gate.delay = SLOW
      const sink = new Service(t, 'sluice-elasticsearch', [`--pull-${consumer}`, parsed, '--node', gate.url])
      const filter = new Service(t, 'sluice-syslog-json', [
        ...[`--pull-${consumer}`, raw],
        ...[`--push-${producer}`, parsed],
      ])
      const generator = await Generator.open(t, raw, { rate: 500, mode: producer })
      for (const service of [sink, filter]) await service.ready()
      generator.start()
      await gate.holds()
      await generator.finish()
      const { sent, receipt } = generator
      const numbers = [...stub.stored.values()].map(document => (document as { number: number }).number)
      generator.check(numbers, { once: true })
      assert.deepEqual(receipt, { stored: sent })
      assert.equal(gate.writes.length, sent, 'documents that came to the server')
      assert.equal(generator.left, sent, 'records that left the generator')
      const [stored, parsing] = [(await sink.status()).stages[0]!, (await filter.status()).stages[0]!]
      assert.deepEqual(stored.books, { in: sent, stored: sent, held: 0, balanced: true })
      assert.equal(stored.counters.retried, 0)
      assert.deepEqual(parsing.books, { in: sent, stored: sent, held: 0, balanced: true })
      const { records } = parsing.links.find(link => link.endpoint.startsWith(parsed)) as unknown as {
        records: number
      }
      assert.equal(records, sent, 'records that left the filter')
    })
  }
})
