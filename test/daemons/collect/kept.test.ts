// What is kept of headers is as long as it looks, and does not hold all of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createAgents } from '../../../src/daemons/collect/agents.ts'
import { RateLimit } from '../../../src/daemons/collect/rate.ts'
import { ClientAddress } from '../../../src/lib/serve/client-address.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const MANY = 2000
const HEADER = 15_000

/** Bytes that are kept of each header of `HEADER` bytes. */
function keptOf(use: (n: number, padding: () => string) => void): number {
  gc()
  const before = process.memoryUsage().heapUsed
  // As Node's parser makes them: in one piece.
  for (let n = 0; n < MANY; n++) use(n, () => Buffer.alloc(HEADER, 'x').toString('latin1'))
  gc()
  return (process.memoryUsage().heapUsed - before) / MANY
}

test('of a User-Agent', async () => {
  const read = await createAgents()
  read('x')
  const kept = keptOf((n, padding) => read(Buffer.from(`Agent/${n} ${padding()}`).toString('latin1')))
  assert.ok(kept < 3000, `${kept} bytes`)
  assert.equal(read('x').bot, true)
})

test('of X-Forwarded-For', () => {
  const limit = new RateLimit(1, 1)
  const clients = new ClientAddress(['127.0.0.1'])
  const kept = keptOf((n, padding) => {
    const address = `203.113.${100 + (n >> 8)}.${100 + (n & 127)}`
    const header = Buffer.from(`${padding()}, ${address}`).toString('latin1')
    limit.admits(clients.addressOf('127.0.0.1', header))
  })
  assert.ok(kept < 1000, `${kept} bytes`)
  assert.equal(limit.admits('203.113.100.100'), false)
})
