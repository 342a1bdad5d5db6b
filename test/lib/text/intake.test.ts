import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { LogRecord } from '../../../src/lib/record.ts'
import { Intake } from '../../../src/lib/text/intake.ts'

const record = (n: number): LogRecord => ({ '@meta': { id: String(n) }, message: String(n) })
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => record(from + n))

function intakeOf(room?: Promise<void>) {
  const lists: string[][] = []
  const full: Promise<void>[] = []
  const feed = {
    emit: async (list: LogRecord[]) => {
      lists.push(list.map(({ message }) => message as string))
      return {}
    },
    room: () => room,
  }
  return { intake: new Intake(feed, promise => full.push(promise)), lists, full }
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
