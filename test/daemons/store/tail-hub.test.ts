import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TailHub, type Taken, type Watcher } from '../../../src/daemons/store/tail-hub.ts'

const LIFE = 'abc'
const MINUTE = 60_000

/** A hub, a clock that stands until a test moves it, and numbered records of a size. */
function create() {
  const clock = { now: 1_000_000 }
  const hub = new TailHub(LIFE, () => clock.now)
  let stored = 0
  const state = { asked: 0 }
  const store = (count: number, size = 100) => {
    hub.publish(count, () => {
      state.asked++
      return Array.from({ length: count }, (_, n) => {
        const number = stored + n + 1
        const record = { '@meta': { id: `id-${number}` }, number }
        return { cursor: `${number}-1`, time: number, record, size }
      })
    })
    stored += count
  }
  return { hub, clock, store, state }
}

const everything = () => true
const numbersOf = (taken: Taken | undefined) => taken!.entries.map(({ record }) => record.number)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

/** All that is there: gaps as texts. */
async function takeAll(watcher: Watcher): Promise<unknown[]> {
  const all: unknown[] = []
  for (;;) {
    const { missed, entries } = (await watcher.take(0))!
    if (missed !== 0) all.push(`missed ${missed}`)
    if (entries.length === 0) return all
    all.push(...entries.map(({ sequence }) => sequence))
  }
}

describe('who watches', () => {
  test('gets what is stored from then on, if it matches', async () => {
    const { hub, store } = create()
    store(3)
    const all = hub.watch(everything)
    const even = hub.watch(record => (record as { number: number }).number % 2 === 0)
    store(4)
    assert.deepEqual(numbersOf(await all.take(0)), [4, 5, 6, 7])
    assert.deepEqual(numbersOf(await even.take(0)), [4, 6])
  })

  test('is waited for, and woken', async () => {
    const { hub, store } = create()
    const watcher = hub.watch(everything)
    const taken = watcher.take(MINUTE)
    store(2)
    assert.deepEqual(await taken, { missed: 0, entries: (await taken)!.entries, reached: 2 })
    assert.deepEqual(numbersOf(await taken), [1, 2])
  })

  test('hears nothing after the time it waits, and how far it has looked', async () => {
    const { hub, store } = create()
    const watcher = hub.watch(() => false)
    store(1234)
    let reached = 0
    while (reached < 1234) {
      const taken = await watcher.take(20)
      assert.deepEqual([taken!.missed, taken!.entries], [0, []])
      reached = taken!.reached
    }
    assert.equal(reached, 1234)
  })

  test('is done when it closes, and when the hub does', async () => {
    const { hub } = create()
    const [one, other] = [hub.watch(everything), hub.watch(everything)]
    const waiting = [one.take(MINUTE), other.take(MINUTE)]
    one.close()
    hub.close()
    assert.deepEqual(await Promise.all(waiting), [undefined, undefined])
    assert.equal(await one.take(MINUTE), undefined)
  })

  test('gets a batch that is larger than what is remembered', async () => {
    const { hub, store } = create()
    const watcher = hub.watch(everything)
    store(30_000)
    assert.deepEqual(await takeAll(watcher), range(1, 30_000))
  })

  test('lets others have a turn while it looks through much that does not match', async () => {
    const { hub, store } = create()
    let looked = 0
    const watcher = hub.watch(() => ++looked > 9_999)
    store(10_000)
    const taken = watcher.take(MINUTE)
    await new Promise(setImmediate)
    assert.ok(looked < 2000, `${looked} were looked at in one go`)
    assert.deepEqual(numbersOf(await taken), [10_000])
  })

  test('there may be a hundred', () => {
    const { hub } = create()
    const watchers = Array.from({ length: 100 }, () => hub.watch(everything))
    assert.equal(hub.full, true)
    watchers[0]!.close()
    watchers[0]!.close()
    assert.equal(hub.full, false)
  })
})

describe('who lags behind', () => {
  test('misses what was forgotten, and hears of it where it is missing', async () => {
    const { hub, store } = create()
    const watcher = hub.watch(everything)
    store(10)
    // Each tenth of what is remembered.
    for (let n = 0; n < 30; n++) store(4, 2 ** 20 / 10)
    const taken = await takeAll(watcher)
    const [gap, first] = taken as [string, number]
    assert.deepEqual(taken, [gap, ...range(first, 130)])
    assert.equal(gap, `missed ${first - 1}`)
    assert.ok(130 - first >= 40, 'at least 4 MiB')
    assert.ok(130 - first <= 50, 'and not much more')
  })

  test('bug: it was told what it has missed before what had come first', async () => {
    const { hub, store } = create()
    const watcher = hub.watch(everything)
    store(3)
    const before = await watcher.take(0)
    for (let n = 0; n < 30; n++) store(1000)
    const after = await takeAll(watcher)
    assert.deepEqual([before!.missed, numbersOf(before)], [0, [1, 2, 3]])
    assert.match(after[0] as string, /^missed \d+$/)
    assert.equal(after.at(-1), 30_003)
  })

  test('is given as much at once as a client takes', async () => {
    const { hub, store } = create()
    const watcher = hub.watch(everything)
    store(40, 100_000)
    assert.deepEqual(numbersOf(await watcher.take(0)), [1, 2, 3])
    assert.deepEqual(numbersOf(await watcher.take(0)), [4, 5, 6])
  })
})

describe('who comes back', () => {
  test('goes on behind the last event that it got', async () => {
    const { hub, store } = create()
    hub.watch(everything).close()
    store(5)
    assert.deepEqual(numbersOf(await hub.watch(everything, hub.idOf(2)).take(0)), [3, 4, 5])
    assert.deepEqual(await takeAll(hub.watch(everything, hub.idOf(5))), [])
  })

  test('bug: it got at most 1 MiB of the 4 MiB that are remembered', async () => {
    const { hub, store } = create()
    hub.watch(everything).close()
    store(1)
    for (let n = 0; n < 4; n++) store(10, 2 ** 20 / 10)
    assert.deepEqual(await takeAll(hub.watch(everything, hub.idOf(1))), range(2, 41))
  })

  test('bug: nothing was numbered while nobody watched, so what came meanwhile was not missed', async () => {
    const { hub, clock, store, state } = create()
    const first = hub.watch(everything)
    store(3)
    first.close()
    clock.now += MINUTE - 1
    store(2)
    assert.equal(state.asked, 2)
    clock.now += 1
    store(7)
    assert.equal(state.asked, 2, 'nobody wants to know')
    const back = hub.watch(everything, hub.idOf(3))
    store(1)
    assert.deepEqual(await takeAll(back), ['missed 9', 13])
  })

  test('at once, when nothing came meanwhile, has missed nothing, however long that was', async () => {
    const { hub, clock, store } = create()
    const first = hub.watch(everything)
    store(3)
    first.close()
    clock.now += 60 * MINUTE
    assert.deepEqual(await takeAll(hub.watch(everything, hub.idOf(3))), [])
  })

  for (const [what, id] of [
    ['of another life', 'abd-2'],
    ['of a version before', '2'],
    ['that was never given', `${LIFE}-4`],
    ['that is none', '../../etc/passwd'],
    ['that is empty', ''],
    ['that is too long', `${LIFE}-${'1'.repeat(400)}`],
  ] as const)
    test(`bug: an id ${what} was passed over in silence`, async () => {
      const { hub, store } = create()
      hub.watch(everything).close()
      store(3)
      const watcher = hub.watch(everything, id)
      assert.deepEqual(await watcher.take(0), { missed: null, entries: [], reached: 3 })
      store(1)
      assert.deepEqual(await takeAll(watcher), [4], 'and only once')
    })

  test('has another life after each start', async () => {
    const id = new TailHub().idOf(7)
    assert.match(id, /^[0-9a-z]{8,9}-7$/)
    assert.notEqual(id, new TailHub((Date.now() + 1).toString(36)).idOf(7))
  })
})
