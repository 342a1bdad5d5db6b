// Around midnight and the ends of months, each hash that redis-cli reads is the one that Python's calendar says.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Random } from '../../faults/random.ts'
import { orSkip } from '../../servers/available.ts'
import { startRedis } from '../../servers/redis.ts'
import { type Hashes, hashesIn } from '../../servers/redis-hashes.ts'
import { Count } from './count-daemon.ts'
import { type Event, recordOf } from './oracle.ts'

const HOUR = 3_600_000
const KEYS = ['{account}/{type}', 'all/types/{type}', '{type}/of/{account}']
const SUMS = ['{account}/in/all']
const DISTINCTS = ['all/{type}/visitors']
const FLAGS = [
  ...KEYS.flatMap(key => ['--key', key]),
  ...SUMS.flatMap(key => ['--sum', `${key} = {amount}`]),
  ...DISTINCTS.flatMap(key => ['--distinct', `${key} = {visitor}`]),
]

/** Nights at whose midnight, somewhere, more than a day ends, and those in which clocks are changed. */
const NIGHTS = [
  ...['2024-02-28', '2024-02-29', '2023-02-28', '2025-04-30', '2025-08-31', '2025-12-31', '2019-12-31'],
  ...['2026-03-28', '2026-03-29', '2026-10-24', '2026-10-25', '2017-10-14', '2018-02-17'],
]
/** Those of Sao Paulo were changed at midnight, that of Lord Howe by half an hour, and that of Kathmandu is off by 45 minutes. */
const ZONES = ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Asia/Kathmandu']

/** From noon to noon: some close to a full hour, whatever a zone is off by. */
function eventsOf(night: string, random: Random): Event[] {
  const noon = Date.parse(`${night}T12:00:00Z`)
  return Array.from({ length: 60 }, (_, n) => ({
    account: random.pick(['acme', 'globex']),
    type: random.pick(['pageview', 'buy']),
    time:
      n % 2 === 0
        ? noon + random.between(0, 24 * HOUR)
        : noon + (random.between(0, 96) * HOUR) / 4 - random.between(0, 1),
    visitor: `v${random.between(1, 9)}`,
    amount: random.between(-9, 99),
  }))
}

function pythonOracle(zone: string, records: readonly object[]): Hashes {
  const wanted = { zone, keys: KEYS, sums: SUMS, distincts: DISTINCTS }
  const input = [wanted, ...records].map(line => JSON.stringify(line)).join('\n')
  const script = join(import.meta.dirname, 'calendar.py')
  return JSON.parse(execFileSync('python3', [script], { input, encoding: 'utf8', stdio: 'pipe' }))
}

async function hashesOf(t: TestContext, zone: string, records: readonly object[]) {
  const redis = await orSkip(t, () => startRedis())
  if (!redis) return undefined
  t.after(() => redis.stop())
  const count = new Count(t, ['--store', redis.url, '--timezone', zone, ...FLAGS])
  await count.count(records)
  return hashesIn(redis)
}

describe('by the calendar', { concurrency: 3 }, () => {
  for (const zone of ZONES)
    test(`every hash is that of Python's, and there is no other, in ${zone}`, async t => {
      const random = new Random(t)
      const records = NIGHTS.flatMap(night => eventsOf(night, random)).map(event => recordOf(event))
      const expected = await orSkip(t, async () => pythonOracle(zone, records))
      const hashes = expected && (await hashesOf(t, zone, records))
      if (hashes) assert.deepEqual(hashes, expected)
    })

  test('a day of 23 hours lacks one, and one of 25 has two in one', async t => {
    const day = (from: string, hours: number) =>
      Array.from({ length: hours * 2 }, (_, n) =>
        recordOf({ account: 'acme', type: 'pageview', time: Date.parse(from) + (n * HOUR) / 2 }),
      )
    const records = [...day('2026-03-29T00:00+01:00', 23), ...day('2026-10-25T00:00+02:00', 25)]
    const hashes = await hashesOf(t, 'Europe/Berlin', records)
    if (!hashes) return
    const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'))
    const short = hours.filter(hour => hour !== '02').map(hour => [hour, '2'])
    assert.deepEqual(hashes['acme/pageview/2026/03/29'], Object.fromEntries(short))
    const long = hours.map(hour => [hour, hour === '02' ? '4' : '2'])
    assert.deepEqual(hashes['acme/pageview/2026/10/25'], Object.fromEntries(long))
    assert.deepEqual(hashes['acme/pageview/2026'], { '03': '46', '10': '50' })
    assert.deepEqual(hashes['acme/pageview/2026/10/25/02'], { '00': '2', '30': '2' })
  })
})
