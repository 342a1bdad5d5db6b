import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { Batch } from '../../../src/lib/batch.ts'
import { Outlet, type OutletOptions, type WhenFull } from '../../../src/lib/engine/outlet.ts'
import { accounted, type Receipt } from '../../../src/lib/engine/receipt.ts'
import type { Refused } from '../../../src/lib/reader.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { ManualLink, settled } from '../../support/link.ts'

const recordOf = (id: string, message = ''): LogRecord => ({ '@meta': { id }, message })
const batchOf = (...ids: string[]) => Batch.fromRecords(ids.map(id => recordOf(id)))
const SIZE = batchOf('a').size

function createOutlet(links: ManualLink[], options: Partial<OutletOptions> = {}) {
  const refused: Refused[] = []
  const outlet = new Outlet({
    links,
    batch: { bytes: 0, delay: 0 },
    buffer: 1e6,
    whenFull: 'block',
    maxRecord: 1e6,
    dropped: () => {},
    refuse: async one => {
      refused.push(one)
    },
    ...options,
  })
  return { outlet, refused }
}

test('a batch goes to the link at once, and is accepted when the link says so', async () => {
  const link = new ManualLink()
  const { outlet } = createOutlet([link])
  let receipt: Receipt | undefined
  outlet.accept(batchOf('a', 'b')).then(given => {
    receipt = given
  })
  await settled()
  assert.deepEqual(link.ids, ['a', 'b'])
  assert.equal(receipt, undefined)
  assert.equal(outlet.held, 2 * SIZE)
  link.acknowledge(0, { stored: 1, duplicate: 1 })
  await settled()
  assert.deepEqual(receipt, { stored: 1, duplicate: 1 })
  assert.equal(outlet.held, 0)
})

for (const borrows of [true, false])
  test(`bytes stay as they are ${borrows ? 'until they are acknowledged' : 'for ever'}`, async () => {
    const link = new ManualLink('bytes', 4, borrows)
    const { outlet } = createOutlet([link], { buffer: 1e9 })
    const ids = Array.from({ length: 40 }, (_, n) => `${n}`)
    for (const id of ids) outlet.accept(Batch.fromRecords([recordOf(id, id.repeat(100_000))]))
    await settled()
    const sent = new Set<ArrayBufferLike>()
    for (const _ of ids) {
      for (const { batch } of link.pending) sent.add(batch.bytes.buffer)
      // The last of those that are under way: not in the order in which they came.
      link.acknowledge(link.pending.length - 1)
      await settled()
    }
    assert.deepEqual(link.ids, ids)
    assert.equal(sent.size < 5, borrows, `${sent.size} pieces of memory`)
  })

test('an empty batch is accepted at once and goes nowhere', async () => {
  const link = new ManualLink()
  assert.deepEqual(await createOutlet([link]).outlet.accept(batchOf()), {})
  assert.equal(link.pending.length, 0)
})

test('small batches are joined while they wait for company, and each gets its share', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const link = new ManualLink()
  const { outlet } = createOutlet([link], { batch: { bytes: 1e6, delay: 1e6 } })
  const first = outlet.accept(batchOf('first'))
  await settled()
  link.acknowledge()
  await first
  // One has left only now.
  const receipts = [outlet.accept(batchOf('a', 'b')), outlet.accept(batchOf('c'))]
  await settled()
  assert.equal(link.pending.length, 0)
  t.mock.timers.tick(1e6)
  assert.deepEqual(link.ids, ['first', 'a', 'b', 'c'])
  assert.equal(link.pending.length, 1)
  link.acknowledge()
  assert.deepEqual(await Promise.all(receipts), [{ sent: 2 }, { sent: 1 }])
})

test('where somebody waits for receipts, what comes is sent as soon as nothing is under way', async () => {
  const link = new ManualLink('bytes', 9)
  const { outlet } = createOutlet([link], { batch: { bytes: 1e6, delay: 1e6 }, eager: true })
  const sent = () => link.pending.map(({ batch }) => batch.count)
  for (const id of ['a', 'b']) outlet.accept(batchOf(id))
  await settled()
  assert.deepEqual(sent(), [2])
  for (const id of ['c', 'd', 'e']) outlet.accept(batchOf(id))
  await settled()
  assert.deepEqual(sent(), [2])
  link.acknowledge()
  await settled()
  assert.deepEqual(sent(), [3])
})

test('in a hurry nothing waits for company', () => {
  const link = new ManualLink('bytes', 2)
  const { outlet } = createOutlet([link], { batch: { bytes: 1e6, delay: 1e6 } })
  outlet.accept(batchOf('a'))
  outlet.hurry()
  outlet.accept(batchOf('b'))
  assert.equal(link.pending.length, 2)
})

test('links take turns, and one that is busy is passed over', async () => {
  const links = [new ManualLink(), new ManualLink(), new ManualLink()]
  const { outlet } = createOutlet(links)
  for (const id of ['a', 'b', 'c', 'd', 'e']) outlet.accept(batchOf(id))
  assert.deepEqual(
    links.map(link => link.ids),
    [['a'], ['b'], ['c']],
  )
  links[1]!.acknowledge()
  await settled()
  assert.deepEqual(
    links.map(link => link.ids),
    [['a'], ['b', 'd'], ['c']],
  )
  links[0]!.acknowledge()
  await settled()
  assert.deepEqual(
    links.map(link => link.ids),
    [['a', 'e'], ['b', 'd'], ['c']],
  )
})

test('links that are all free take turns all the same', () => {
  const links = [new ManualLink('bytes', 9), new ManualLink('bytes', 9)]
  const { outlet } = createOutlet(links)
  for (const id of ['a', 'b', 'c', 'd']) outlet.accept(batchOf(id))
  assert.deepEqual(
    links.map(link => link.ids),
    [
      ['a', 'c'],
      ['b', 'd'],
    ],
  )
})

test('what waits for a link goes together, as far as it says so, and each gets its share', async () => {
  const link = new ManualLink('bytes', 1, false, 3 * SIZE)
  const { outlet } = createOutlet([link])
  const receipts: Receipt[] = []
  for (const id of ['a', 'b', 'c', 'd', 'e'])
    outlet.accept(batchOf(id)).then(receipt => receipts.push(receipt))
  assert.deepEqual(link.ids, ['a'])
  link.acknowledge()
  await settled()
  assert.deepEqual(link.ids, ['a', 'b', 'c', 'd'])
  assert.equal(outlet.held, 4 * SIZE)
  link.acknowledge(0, { stored: 2, duplicate: 1 })
  await settled()
  assert.deepEqual(receipts, [{ sent: 1 }, { stored: 1 }, { stored: 1 }, { duplicate: 1 }])
  assert.deepEqual(link.ids, ['a', 'b', 'c', 'd', 'e'])
  assert.equal(outlet.held, SIZE)
})

test('of a small buffer some stays that drop-oldest can drop', async () => {
  const link = new ManualLink('bytes', 1, false, 1e6)
  const { outlet } = createOutlet([link], { buffer: 12 * SIZE, whenFull: 'drop-oldest' })
  const ids = Array.from('abcdefghijklm')
  for (const id of ids) outlet.accept(batchOf(id))
  link.acknowledge()
  await settled()
  // b was the oldest when m came; a quarter of the buffer went together.
  assert.deepEqual(link.ids, ['a', 'c', 'd', 'e'])
})

test('what waits and is larger than a link takes together goes alone', async () => {
  const link = new ManualLink('bytes', 1, false, 2 * SIZE)
  const { outlet } = createOutlet([link])
  const batches = [['a'], ['b', 'c', 'd'], ['e']]
  for (const ids of batches) outlet.accept(batchOf(...ids))
  for (const ids of batches) {
    assert.equal(link.pending.length, 1)
    assert.equal(link.pending[0]!.batch.count, ids.length)
    link.acknowledge()
    await settled()
  }
})

test('a link that wants bytes gets bytes, one that wants records gets those very records', () => {
  for (const form of ['bytes', 'records'] as const) {
    const link = new ManualLink(form)
    const batch = batchOf('a')
    createOutlet([link]).outlet.accept(batch)
    const { batch: sent } = link.pending[0]!
    if (form === 'bytes') assert.equal(sent.bytes.toString(), '{"@meta":{"id":"a"},"message":""}\n')
    else assert.equal(sent.records[0], batch.records[0])
  }
})

test('what is too large is a dead letter before anybody is told', async () => {
  const letter = Promise.withResolvers<void>()
  const link = new ManualLink()
  const { outlet } = createOutlet([link], { maxRecord: 50, refuse: () => letter.promise })
  let receipt: Receipt | undefined
  outlet
    .accept(Batch.fromRecords([recordOf('a'), recordOf('b', 'x'.repeat(50)), recordOf('c')]))
    .then(given => {
      receipt = given
    })
  assert.deepEqual(link.ids, ['a', 'c'])
  link.acknowledge()
  await settled()
  assert.equal(receipt, undefined)
  letter.resolve()
  await settled()
  assert.deepEqual(receipt, { dead: 1, sent: 2 })
})

test('a batch of nothing but what is too large is settled without the link', async () => {
  const link = new ManualLink()
  const { outlet, refused } = createOutlet([link], { maxRecord: 10 })
  assert.deepEqual(await outlet.accept(batchOf('a', 'b')), { dead: 2 })
  assert.deepEqual(
    refused.map(({ record, reason }) => [record['@meta'].id, reason]),
    [
      ['a', 'oversize'],
      ['b', 'oversize'],
    ],
  )
  assert.equal(link.pending.length, 0)
  assert.equal(outlet.held, 0)
})

test('bug: a link that was closed while a dead letter was being written ended the process', async t => {
  const unhandled = t.mock.fn()
  process.on('unhandledRejection', unhandled)
  t.after(() => process.off('unhandledRejection', unhandled))
  const letter = Promise.withResolvers<void>()
  const link = new ManualLink()
  const { outlet } = createOutlet([link], { maxRecord: 50, refuse: () => letter.promise })
  const accepted = outlet.accept(Batch.fromRecords([recordOf('a'), recordOf('b', 'x'.repeat(50))]))
  accepted.catch(() => {})
  link.fail(new Error('closed'))
  await settled()
  letter.resolve()
  await assert.rejects(accepted, /closed/)
  assert.equal(unhandled.mock.callCount(), 0)
})

test('what a closed link held is not accepted, and stays held', async () => {
  const link = new ManualLink()
  const { outlet } = createOutlet([link])
  const accepted = outlet.accept(batchOf('a'))
  link.fail(new Error('closed'))
  await assert.rejects(accepted, /closed/)
  assert.equal(outlet.held, SIZE)
})

test('bug: a closed link that went on to promise room was asked for ever, and nothing else ran', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const link = new ManualLink()
  const { outlet } = createOutlet([link])
  outlet.accept(batchOf('a')).catch(() => {})
  outlet.accept(batchOf('b')).catch(() => {})
  let asked = 0
  const room = link.room
  link.room = () => {
    assert.ok(asked++ < 10)
    return Promise.resolve()
  }
  link.fail(new Error('closed'))
  await settled()
  const before = asked
  t.mock.timers.tick(100)
  await settled()
  assert.equal(asked, before + 1)
  assert.deepEqual(link.ids, ['a'])
  link.room = room
  t.mock.timers.tick(100)
  assert.deepEqual(link.ids, ['a', 'b'], 'a link that works again is used again')
})

test('a neighbour that could not accept one batch gets the next', async () => {
  const link = new ManualLink('records', 9)
  const { outlet } = createOutlet([link])
  const first = outlet.accept(batchOf('a'))
  link.fail(new Error('a link behind it was closed'))
  await assert.rejects(first)
  const second = outlet.accept(batchOf('b'))
  link.acknowledge()
  assert.deepEqual(await second, { sent: 1 })
})

test('when it is full: block waits for room', async () => {
  const link = new ManualLink()
  const { outlet } = createOutlet([link], { buffer: 2 * SIZE })
  outlet.accept(batchOf('a'))
  assert.equal(outlet.room(), undefined)
  outlet.accept(batchOf('b'))
  let room = false
  outlet.room()!.then(() => {
    room = true
  })
  // Who does not wait makes the buffer grow, and loses nothing.
  outlet.accept(batchOf('c'))
  link.acknowledge()
  await settled()
  assert.equal(room, false)
  link.acknowledge()
  await settled()
  assert.equal(room, true)
  assert.deepEqual(link.ids, ['a', 'b', 'c'])
})

test('when it is full: drop-newest drops what comes', async () => {
  const link = new ManualLink()
  const { outlet } = createOutlet([link], { buffer: 2 * SIZE, whenFull: 'drop-newest' })
  outlet.accept(batchOf('a'))
  outlet.accept(batchOf('b'))
  assert.equal(outlet.room(), undefined)
  assert.deepEqual(await outlet.accept(batchOf('c', 'd')), { 'dropped:buffer-full': 2 })
  assert.equal(outlet.held, 2 * SIZE)
  link.acknowledge()
  await settled()
  outlet.accept(batchOf('e'))
  link.acknowledge()
  await settled()
  assert.deepEqual(link.ids, ['a', 'b', 'e'])
})

test('when it is full: drop-oldest drops what waits longest, never what is under way', async () => {
  const link = new ManualLink()
  const { outlet } = createOutlet([link], { buffer: 3 * SIZE, whenFull: 'drop-oldest' })
  outlet.accept(batchOf('a'))
  const second = outlet.accept(batchOf('b', 'c'))
  assert.equal(outlet.room(), undefined)
  outlet.accept(batchOf('d'))
  assert.deepEqual(await second, { 'dropped:buffer-full': 2 })
  assert.equal(outlet.held, 2 * SIZE)
  link.acknowledge()
  await settled()
  assert.deepEqual(link.ids, ['a', 'd'])
})

test('drop-oldest, where everything is under way, drops what comes', async () => {
  const { outlet } = createOutlet([new ManualLink()], { buffer: SIZE, whenFull: 'drop-oldest' })
  outlet.accept(batchOf('a'))
  assert.deepEqual(await outlet.accept(batchOf('b')), { 'dropped:buffer-full': 1 })
})

// A model: whatever the sizes, policies and moments, nothing is lost that is not counted.

type Step =
  | { what: 'accept'; sizes: number[] }
  | { what: 'acknowledge'; link: number; n: number }
  | { what: 'tick' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('accept' as const),
        sizes: fc.array(fc.nat(120), { maxLength: 4 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ what: fc.constant('acknowledge' as const), link: fc.nat(2), n: fc.nat(2) }),
    },
    { weight: 1, arbitrary: fc.constant({ what: 'tick' as const }) },
  ),
  { maxLength: 40 },
)

interface Accepted {
  ids: string[]
  size: number
  receipt?: Receipt
}

test('nothing is lost or sent twice, and the bytes held are those of what is not settled', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const policy = fc.constantFrom<WhenFull>('block', 'drop-oldest', 'drop-newest')
  const setup = fc.record({
    whenFull: policy,
    buffer: fc.integer({ min: 0, max: 600 }),
    batch: fc.record({ bytes: fc.nat(300), delay: fc.constantFrom(0, 5) }),
    windows: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 }),
    form: fc.constantFrom<'bytes' | 'records'>('bytes', 'records'),
    most: fc.constantFrom(0, 300),
  })
  await fc.assert(
    fc.asyncProperty(setup, steps, async ({ windows, form, most, ...options }, steps) => {
      const links = windows.map(window => new ManualLink(form, window, false, most))
      const { outlet, refused } = createOutlet(links, { ...options, maxRecord: 130 })
      const accepted: Accepted[] = []
      let next = 0
      const check = () => {
        const open = accepted.filter(({ receipt }) => !receipt)
        assert.equal(
          outlet.held,
          open.reduce((sum, { size }) => sum + size, 0),
        )
        for (const { ids, receipt } of accepted) if (receipt) assert.equal(accounted(receipt), ids.length)
        const pending = new Set(links.flatMap(link => link.pending.flatMap(({ batch }) => batch.records)))
        for (const record of pending) {
          const owner = accepted.find(({ ids }) => ids.includes(record['@meta'].id))
          assert.equal(owner?.receipt, undefined, 'acknowledged too early')
        }
      }
      for (const step of steps) {
        if (step.what === 'accept') {
          const records = step.sizes.map(size => recordOf(String(next++), 'x'.repeat(size)))
          const batch = Batch.fromRecords(records)
          const entry: Accepted = { ids: records.map(record => record['@meta'].id), size: batch.size }
          accepted.push(entry)
          outlet.accept(batch).then(receipt => {
            entry.receipt = receipt
          })
        } else if (step.what === 'acknowledge') links[step.link % links.length]!.acknowledge(step.n)
        else t.mock.timers.tick(5)
        await settled()
        check()
      }
      outlet.hurry()
      while (accepted.some(({ receipt }) => !receipt)) {
        for (const link of links) link.acknowledge()
        await settled()
        check()
      }
      assert.equal(outlet.held, 0)
      const went = links.flatMap(link => link.ids)
      const dead = refused.map(({ record }) => record['@meta'].id)
      assert.equal(new Set([...went, ...dead]).size, went.length + dead.length, 'sent twice')
      const count = (what: string) =>
        accepted.reduce((sum, { receipt }) => sum + (receipt?.[what as 'sent'] ?? 0), 0)
      assert.equal(count('sent'), went.length)
      assert.equal(count('dead'), dead.length)
      assert.equal(count('dropped:buffer-full'), next - went.length - dead.length)
      if (options.whenFull === 'block') assert.equal(count('dropped:buffer-full'), 0)
      for (const link of links)
        assert.deepEqual(
          link.ids,
          link.ids.toSorted((a, b) => Number(a) - Number(b)),
        )
    }),
    { numRuns: 300 },
  )
})

describe('what holds up more than itself', () => {
  const HOUR = 3_600_000

  /** An outlet under pressure as long as more than `most` batches wait. */
  function underPressure(
    t: TestContext,
    { whenFull = 'drop-oldest' as WhenFull, most = 1, window = 9, batch = { bytes: 0, delay: 0 } },
  ) {
    const clock = { now: 0 }
    t.mock.timers.enable({ apis: ['setTimeout'] })
    t.mock.method(performance, 'now', () => clock.now)
    const link = new ManualLink('bytes', window)
    const fates: (string | undefined)[] = []
    const isBehind = () => fates.filter(fate => fate === undefined).length > most
    const pressure = { isBehind, isInTheWay: isBehind }
    const { outlet } = createOutlet([link], { whenFull, pressure, batch })
    const accept = (id: string) => {
      const n = fates.push(undefined) - 1
      outlet.accept(batchOf(id)).then(receipt => {
        fates[n] = Object.keys(receipt)[0]
      })
    }
    const wait = async (milliseconds: number) => {
      clock.now += milliseconds
      t.mock.timers.tick(milliseconds)
      for (let turn = 0; turn < 9; turn++) await settled()
    }
    return { link, outlet, fates, accept, wait }
  }

  for (const [whenFull, left] of [
    ['drop-oldest', ['sent', 'dropped:buffer-full', 'dropped:buffer-full', 'sent', 'sent']],
    ['drop-newest', ['sent', 'sent', 'sent', 'dropped:buffer-full', 'dropped:buffer-full']],
  ] as const)
    test(`${whenFull}: is given up when it has waited, no more of it than has to be, and nothing under way`, async t => {
      const { link, fates, accept, wait } = underPressure(t, { whenFull, most: 3, window: 1 })
      for (const id of ['a', 'b', 'c', 'd', 'e']) accept(id)
      await wait(199)
      assert.deepEqual(fates, [undefined, undefined, undefined, undefined, undefined])
      await wait(1)
      assert.deepEqual(
        fates,
        left.map(fate => (fate === 'sent' ? undefined : fate)),
      )
      while (link.pending.length > 0) {
        link.acknowledge()
        await wait(0)
      }
      assert.deepEqual(fates, left)
    })

  test('is not given up as long as two answers take, up to a second', async t => {
    for (const [answer, patience] of [
      [250, 500],
      [900, 1000],
    ] as const) {
      const { link, fates, accept, wait } = underPressure(t, { most: 1, window: 1 })
      accept('first')
      await wait(answer)
      link.acknowledge()
      await wait(0)
      for (const id of ['a', 'b', 'c']) accept(id)
      await wait(patience - 1)
      assert.deepEqual(fates.slice(1), [undefined, undefined, undefined])
      await wait(1)
      assert.deepEqual(fates.slice(1), [undefined, 'dropped:buffer-full', 'dropped:buffer-full'])
      t.mock.reset()
    }
  })

  test('is sent one after the other, so that most of it could be given up', async t => {
    const { link, accept, wait } = underPressure(t, { most: 2 })
    for (const id of ['a', 'b', 'c', 'd']) accept(id)
    assert.deepEqual(link.ids, ['a', 'b'])
    link.acknowledge()
    await wait(0)
    assert.deepEqual(link.ids, ['a', 'b'])
    link.acknowledge()
    await wait(0)
    assert.deepEqual(link.ids, ['a', 'b', 'c', 'd'])
  })

  for (const [whenFull, most] of [
    ['drop-oldest', 99],
    ['block', 0],
  ] as const)
    test(`${whenFull}: what does not may wait as long as it likes, and one that blocks drops nothing`, async t => {
      const { fates, accept, wait } = underPressure(t, { whenFull, most, window: 1 })
      for (const id of ['a', 'b', 'c']) accept(id)
      await wait(HOUR)
      await wait(HOUR)
      assert.deepEqual(fates, [undefined, undefined, undefined])
    })

  test('small batches are not joined to one that would be all or nothing', t => {
    const { link, outlet, accept } = underPressure(t, { batch: { bytes: 1e6, delay: HOUR } })
    accept('a')
    assert.deepEqual(link.ids, [])
    accept('b')
    assert.deepEqual(link.ids, ['a'])
    outlet.hurry()
  })
})
