// When ids are forgotten: the same in a file and in Redis, however clocks go.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createClient } from '@redis/client'
import { scriptArguments } from '../../../src/daemons/count/redis/arguments.ts'
import { SCRIPT } from '../../../src/daemons/count/redis/script.ts'
import { SliceTimer } from '../../../src/daemons/count/slice-timer.ts'
import { CountFile } from '../../../src/daemons/count/sqlite/file.ts'
import { orSkip } from '../../servers/available.ts'
import { startRedis } from '../../servers/redis.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0)

/** A clock on the wall, one that nobody sets, and what remembers ids for a day by them. */
class Remembered {
  wall = START
  passed = 0
  readonly timer = new SliceTimer(DAY, () => this.passed)
  /** Whether it was there; it is from now on. */
  see: (id: string) => Promise<boolean> = async () => assert.fail()

  wait(time: number): void {
    this.wall += time
    this.passed += time
  }
}

const STORES: { readonly [name: string]: (t: TestContext) => Promise<Remembered | undefined> } = {
  async SQLite(t) {
    const clock = new Remembered()
    const folder = mkdtempSync(join(tmpdir(), 'sluice-count-'))
    const file = new CountFile(join(folder, 'count.sqlite'), DAY, START, clock.timer)
    t.after(() => {
      file.close()
      rmSync(folder, { recursive: true })
    })
    clock.see = async id => file.write({ ids: [id], hashes: [], keys: [] }, clock.wall) !== undefined
    return clock
  },
  async Redis(t) {
    const redis = await orSkip(t, () => startRedis({ config: { appendonly: 'no' } }))
    if (!redis) return undefined
    t.after(() => redis.stop())
    const clock = new Remembered()
    // It may end before the client does.
    const client = await createClient({ url: redis.url, RESP: 2 })
      .on('error', () => {})
      .connect()
    t.after(() => client.destroy())
    clock.see = async id => {
      const { mayEnd } = clock.timer
      const words = scriptArguments({ ids: [id], hashes: [], keys: [] }, '', DAY, '', mayEnd)
      // Its clock is that of the host, which a test cannot set.
      const [seconds, rest] = [Math.floor(clock.wall / 1000), (clock.wall % 1000) * 1000]
      const script = SCRIPT.replace("redis.call('TIME')", `{ '${seconds}', '${rest}' }`)
      const answer = await client.sendCommand(['EVAL', script, '0', ...words])
      const [known, , , slice] = answer as unknown as [number[], string[], number?, number?]
      if (slice !== undefined) clock.timer.saw(slice)
      return known.length > 0
    }
    return clock
  },
}

const CASES: { readonly [name: string]: (ids: Remembered) => Promise<void> } = {
  async 'an id is known for as long as it is to be remembered, and forgotten not long after'(ids) {
    await ids.see('first')
    for (let n = 1; n <= 24; n++) {
      ids.wait(HOUR)
      assert.ok(await ids.see('first'), `after ${n} hours`)
      await ids.see(`other-${n}`)
    }
    for (let n = 25; n <= 29; n++) {
      ids.wait(HOUR)
      await ids.see(`other-${n}`)
    }
    assert.ok(!(await ids.see('first')))
  },

  async 'a clock that is set, by years and back, forgets nothing that came a moment ago'(ids) {
    await ids.see('before')
    for (const wall of [START + 3000 * DAY, START - 3000 * DAY, START]) {
      ids.wall = wall
      assert.ok(await ids.see('before'))
      await ids.see(`at-${wall}`)
    }
  },

  async 'a clock that is set to and fro, by hours or by years, forgets nothing'(ids) {
    await ids.see('before')
    for (const jump of [5 * HOUR, 30 * HOUR, 3000 * DAY])
      for (let n = 1; n <= 40; n++) {
        ids.wall = START + (n % 2) * jump
        ids.passed += 60_000
        assert.ok(await ids.see('before'), `${jump} ${n}`)
        await ids.see(`${jump}-${n}`)
      }
  },

  async 'a clock that was set back by more than is remembered goes on to forget from there'(ids) {
    await ids.see('before')
    ids.wall -= 90 * DAY
    for (let n = 0; n <= 33; n++) {
      await ids.see(`later-${n}`)
      ids.wait(HOUR)
    }
    assert.ok(!(await ids.see('before')))
  },

  async 'a week without events forgets nothing'(ids) {
    await ids.see('before')
    ids.wait(7 * DAY)
    await ids.see('after')
    assert.ok(await ids.see('before'))
  },
}

for (const [store, open] of Object.entries(STORES))
  for (const [name, run] of Object.entries(CASES))
    test(`${store}: ${name}`, async t => {
      const ids = await open(t)
      if (ids) await run(ids)
    })
