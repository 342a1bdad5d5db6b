import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Batch } from '../../../src/lib/batch.ts'
import { Group, Grouper } from '../../../src/lib/engine/group.ts'
import { createReader } from '../../support/reader.ts'

/** `records` lines, in all of `bytes` bytes. */
function batchOf(bytes: number, records = 1): Batch {
  const lines = 'x\n'.repeat(records - 1)
  return Batch.fromBytes(Buffer.from(`${lines}${'x'.repeat(bytes - lines.length - 1)}\n`), createReader())
}

test('each part of a group gets its share of the receipt', async () => {
  const group = new Group()
  assert.equal(group.empty, true)
  const receipts = [group.add(batchOf(10, 2)), group.add(batchOf(20, 1))]
  assert.deepEqual([group.empty, group.bytes, group.count, group.join().count], [false, 30, 3, 3])
  group.settle({ stored: 2, duplicate: 1 })
  assert.deepEqual(await Promise.all(receipts), [{ stored: 2 }, { duplicate: 1 }])
})

test('a failure is the failure of every part', async () => {
  const group = new Group()
  const receipts = [group.add(batchOf(10)), group.add(batchOf(10))]
  group.fail(new Error('closed'))
  for (const receipt of receipts) await assert.rejects(receipt, /closed/)
})

function createGrouper(bytes: number, delay: number) {
  const groups: number[][] = []
  const grouper = new Grouper({ bytes, delay }, group => {
    groups.push([group.bytes, group.count])
    group.settle({ stored: group.count })
  })
  return { grouper, groups }
}

test('a group is ready when it is full', () => {
  const { grouper, groups } = createGrouper(100, 1e6)
  grouper.add(batchOf(60))
  assert.deepEqual(groups, [])
  grouper.add(batchOf(40))
  assert.deepEqual(groups, [[100, 2]])
  grouper.flush()
  assert.equal(groups.length, 1, 'an empty group goes nowhere')
})

test('what would burst it goes into the next one', () => {
  const { grouper, groups } = createGrouper(100, 1e6)
  grouper.add(batchOf(60))
  grouper.add(batchOf(60))
  assert.deepEqual(groups, [[60, 1]])
  grouper.add(batchOf(500))
  assert.deepEqual(groups, [
    [60, 1],
    [60, 1],
    [500, 1],
  ])
})

test('a group is ready when its first batch is old enough', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { grouper, groups } = createGrouper(100, 1000)
  grouper.add(batchOf(10))
  t.mock.timers.tick(600)
  grouper.add(batchOf(10))
  t.mock.timers.tick(399)
  assert.deepEqual(groups, [])
  t.mock.timers.tick(1)
  assert.deepEqual(groups, [[20, 2]])
  grouper.add(batchOf(10))
  t.mock.timers.tick(999)
  assert.equal(groups.length, 1, 'the next group has a time of its own')
  t.mock.timers.tick(1)
  assert.equal(groups.length, 2)
})

test('a group that left because it was full takes its timer with it', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { grouper, groups } = createGrouper(100, 1000)
  grouper.add(batchOf(10))
  t.mock.timers.tick(900)
  grouper.add(batchOf(90))
  grouper.add(batchOf(10))
  t.mock.timers.tick(999)
  assert.deepEqual(groups, [[100, 2]])
})

test('paced, one waits as long as the one before has not left for long, and where it is free, not at all', t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] })
  const clock = { now: 0 }
  t.mock.method(performance, 'now', () => clock.now)
  const wait = (milliseconds: number) => {
    clock.now += milliseconds
    t.mock.timers.tick(milliseconds)
  }
  const free = { is: false }
  const groups: number[] = []
  const limits = { bytes: 100, delay: 10, paced: true, isFree: () => free.is }
  const grouper = new Grouper(limits, group => {
    groups.push(group.bytes)
    group.settle({ stored: group.count })
  })
  for (const bytes of [1, 2]) grouper.add(batchOf(bytes))
  wait(0)
  assert.deepEqual(groups, [3])
  wait(4)
  grouper.add(batchOf(4))
  wait(5)
  assert.deepEqual(groups, [3])
  wait(1)
  assert.deepEqual(groups, [3, 4])
  free.is = true
  grouper.add(batchOf(8))
  wait(0)
  assert.deepEqual(groups, [3, 4, 8])
  wait(100)
  assert.deepEqual(groups, [3, 4, 8])
})

test('without a delay, and in a hurry, nothing waits', () => {
  const eager = createGrouper(100, 0)
  eager.grouper.add(batchOf(10))
  assert.deepEqual(eager.groups, [[10, 1]])
  const { grouper, groups } = createGrouper(100, 1e6)
  grouper.add(batchOf(10))
  grouper.hurry()
  grouper.add(batchOf(20))
  assert.deepEqual(groups, [
    [10, 1],
    [20, 1],
  ])
})

test('no group is larger than the limit, unless by a single batch; none is lost, and their order stays', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 50 }),
      fc.integer({ min: 1, max: 100 }),
      (sizes, limit) => {
        const out: Batch[] = []
        const grouper = new Grouper({ bytes: limit, delay: 1e6 }, group => {
          const joined = group.join()
          out.push(joined)
          assert.ok(joined.size <= limit || group.count === 1)
          assert.equal(joined.size, group.bytes)
          group.settle({ stored: group.count })
        })
        const messages = sizes.map((size, n) => String(n).padEnd(size, '.'))
        for (const message of messages) grouper.add(Batch.fromBytes(Buffer.from(message), createReader()))
        grouper.flush()
        assert.deepEqual(
          out.flatMap(batch => batch.records.map(record => record.message)),
          messages,
        )
      },
    ),
  )
})
