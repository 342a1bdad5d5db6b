// kill -9 of sluice-count, of what sends to it, and of its Redis, again and again, under load: each event is counted once.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Hashes } from '../daemons/count/oracle.ts'
import { hashesIn } from '../servers/redis-hashes.ts'
import { Counted } from './counted.ts'
import { LivingRedis } from './living-redis.ts'
import { LONG, Random } from './random.ts'

const ROUNDS = LONG ? 100 : 5
const RATE = 1_000

/** What the counts are kept in. */
interface Place {
  flags: string[]
  /** Whatever can be killed beside the daemons. */
  kill?: () => Promise<void>
  hashes(chain: Counted): Promise<Hashes>
}

async function inRedis(t: TestContext): Promise<Place | undefined> {
  const living = await LivingRedis.open(t)
  if (!living) return undefined
  return {
    flags: ['--store', living.url],
    async kill() {
      await living.kill()
      await living.start()
    },
    hashes: () => hashesIn(living.redis),
  }
}

async function inFile(): Promise<Place> {
  return { flags: [], hashes: chain => chain.answers(Object.keys(chain.expected)) }
}

const CHAINS = [
  { what: 'around counts in SQLite', open: inFile, middle: 'sluice-relay' },
  { what: 'around counts in Redis', open: inRedis, middle: 'sluice-relay' },
  { what: 'around three that count into one Redis', open: inRedis, middle: 'sluice-relay', counts: 3 },
  { what: 'around a hub and counts in SQLite', open: inFile, middle: 'sluice-hub' },
  { what: 'around a hub and counts in Redis', open: inRedis, middle: 'sluice-hub' },
] as const

describe(`${ROUNDS} times kill -9`, { concurrency: LONG ? 1 : 4 }, () => {
  for (const { what, open, ...links } of CHAINS)
    test(`${what}: they are exact`, async t => {
      const place = await open(t)
      if (!place) return
      const random = new Random(t)
      const chain = await Counted.open(t, { store: place.flags, rate: RATE, random, ...links })
      const { load } = chain
      load.start()
      const kills = [...chain.services.map(one => () => one.kill()), ...(place.kill ? [place.kill] : [])]
      for (let round = 0; round < ROUNDS; round++) {
        await load.more(random.between(1, RATE / 2))
        // Sometimes all of them at the same moment.
        const struck = random.next() < 0.3 ? kills : [random.pick(kills)]
        await Promise.all(struck.map(kill => kill()))
      }
      await chain.finish()
      const { expected } = chain
      assert.deepEqual(await place.hashes(chain), expected)
      await chain.end()
      const starts = chain.services.map(({ name, starts }) => `${name} ${starts}`).join(', ')
      t.diagnostic(`${load.sent} events in ${Object.keys(expected).length} hashes; starts: ${starts}`)
    })
})
