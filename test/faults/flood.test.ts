// A flood of connections on each listener: whom it knows does not notice, and nothing is left of it afterwards.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { noCertificates } from '../support/certificates.ts'
import type { Way } from '../support/flooder.ts'
import { Strangers } from '../support/strangers.ts'
import { type Flooded, LISTENERS } from './flooded.ts'
import { until } from './wait.ts'

const CONNECTIONS = 2_000
/** How often a second they connect, at most: on two cores a handshake with keys takes both sides about 1 ms. */
const RATE: { readonly [way in Way]: number } = { silent: 4_000, slow: 4_000, churn: 2_000, strangers: 400 }
/** Handshakes with keys that are not allowed. */
const STRANGERS = 300
/** Milliseconds between two records of the allowed client. */
const PACE = 5
/** Lines of log, of at least `info`, that a flood of every kind may make together. */
const LINES = 12
/**
 * Megabytes that the process may have more afterwards: 20 to 60 as a rule, up to 150 with TLS, whose sessions leave holes in the heap of malloc. It is none
 * that grows: 128 after three floods of TLS, 142 after eighteen.
 */
const MEMORY = 220

const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).length
const megabytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

describe('a flood', { concurrency: 3 }, () => {
  for (const [name, open] of Object.entries(LISTENERS)) {
    const skip = name.includes('TLS') ? noCertificates : false
    test(`of ${CONNECTIONS} connections of each kind: ${name}`, { skip }, async t => {
      const flooded = await open(t)
      const { daemon } = flooded
      const client = await flooded.connect()
      await client.send()
      // Or its own connection may not be there yet.
      await flooded.arrived()
      const pid = daemon.child.pid!
      const before = { descriptors: descriptors(pid), lines: daemon.logs.length, memory: megabytes(pid) }
      for (const way of ['silent', 'slow', 'churn'] as const) await flood(t, flooded, way, client)
      if (flooded.serverKey !== undefined) await flood(t, flooded, 'strangers', client)
      await flooded.arrived()
      assert.equal(client.disconnected(), false)
      await until('its descriptors', async () => descriptors(pid) <= before.descriptors)
      assert.ok(await flooded.refused(), 'some are counted')
      const lines = daemon.logs.slice(before.lines)
      assert.ok(lines.length <= LINES, lines.map(({ msg }) => msg).join('\n'))
      const more = megabytes(pid) - before.memory
      t.diagnostic(`${lines.length} lines of log, ${more.toFixed(0)} MB more`)
      assert.ok(more < MEMORY)
    })
  }
})

/** The client goes on meanwhile, and another one comes. */
async function flood(t: TestContext, flooded: Flooded, way: Way, client: { send(): Promise<void> }) {
  const { port, serverKey } = flooded
  const count = way === 'strangers' ? STRANGERS : CONNECTIONS
  const strangers = await Strangers.open(t, port, { count, rate: RATE[way], serverKey })
  let isThere = false
  const begun = strangers.begin(way).then(() => {
    isThere = true
  })
  while (!isThere) {
    await client.send()
    await wait(PACE)
  }
  await begun
  const fresh = await flooded.connect()
  await fresh.send()
  await flooded.arrived()
  fresh.close()
  await client.send()
  await strangers.end()
}
