import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Receipt } from '../../../src/lib/engine/receipt.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { Intake } from '../../../src/lib/text/intake.ts'

const record = (n: number): LogRecord => ({ '@meta': { id: String(n) }, message: String(n) })
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => record(from + n))

function intakeOf(room?: Promise<void>) {
  const lists: string[][] = []
  const accepted: (() => void)[] = []
  const full: Promise<void>[] = []
  const feed = {
    emit: (list: LogRecord[]) => {
      lists.push(list.map(({ message }) => message as string))
      return new Promise<Receipt>(resolve => accepted.push(() => resolve({})))
    },
    room: () => room,
  }
  return { intake: new Intake(feed, promise => full.push(promise)), lists, full, accepted }
}

test('what comes in a turn of the loop is one list', async () => {
  const { intake, lists, full } = intakeOf()
  intake.add(records(0, 2))
  intake.add([])
  intake.add(records(2, 3))
  assert.deepEqual(lists, [])
  await turn()
  assert.deepEqual(lists, [['0', '1', '2']])
  await turn()
  assert.equal(lists.length, 1)
  assert.deepEqual(full, [])
})

test('much of it goes at once', async () => {
  const { intake, lists } = intakeOf()
  intake.add(records(0, 2000))
  assert.equal(lists.length, 1)
  await turn()
  assert.equal(lists.length, 1)
})

test('without room it says so', () => {
  const room = Promise.resolve()
  const { intake, full } = intakeOf(room)
  intake.add(records(0, 1))
  intake.flush()
  assert.deepEqual(full, [room])
})

test('who waits is told when the list is accepted that his records are in, each once', async () => {
  const { intake, lists, accepted } = intakeOf()
  const told: string[] = []
  intake.add(records(0, 1), () => told.push('a'))
  intake.add(records(1, 2), () => told.push('b'))
  await turn()
  intake.add(records(2, 3), () => told.push('c'))
  await turn()
  assert.deepEqual([lists.length, told], [2, []])
  accepted[1]!()
  await turn()
  assert.deepEqual(told, ['c'])
  accepted[0]!()
  await turn()
  assert.deepEqual(told, ['c', 'a', 'b'])
})

test('who has brought nothing waits as well, for what was refused', async () => {
  const { intake, lists, accepted } = intakeOf()
  const told: string[] = []
  intake.add([], () => told.push('a'))
  await turn()
  assert.deepEqual(lists, [[]])
  accepted[0]!()
  await turn()
  assert.deepEqual(told, ['a'])
})

test('what is never accepted is told to nobody, and is no failure', async t => {
  const unhandled = t.mock.fn()
  process.on('unhandledRejection', unhandled)
  t.after(() => process.off('unhandledRejection', unhandled))
  const feed = { emit: () => Promise.reject(new Error('closed')), room: () => undefined }
  const intake = new Intake(feed, () => {})
  intake.add(records(0, 1), () => assert.fail())
  await turn()
  await turn()
  assert.equal(unhandled.mock.callCount(), 0)
})
