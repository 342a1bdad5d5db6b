import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEndpoint } from '../../../src/lib/endpoint.ts'
import { queueMark } from '../../../src/lib/pubsub/queue-mark.ts'

const MIB = 2 ** 20

test('as many events may wait as do not take too much memory, or as were asked for', () => {
  const table: [string, number, number][] = [
    ['', 1024, 1_000],
    // Never more than 256 MiB of the largest.
    ['', MIB, 256],
    ['', 4 * MIB, 64],
    ['', 10_000 * MIB, 16],
    ['?queue=1', MIB, 1],
    ['?queue=50000', 4 * MIB, 50_000],
  ]
  for (const [query, maxRecord, mark] of table) {
    assert.equal(queueMark(parseEndpoint(`pub+tcp://h:1${query}`, 'push', 'connect'), maxRecord), mark)
    assert.equal(queueMark(parseEndpoint(`sub+tcp://h:1${query}`, 'pull', 'connect'), maxRecord), mark)
  }
})
