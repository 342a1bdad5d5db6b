import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { bytesIn, partitionsIn } from '../../../src/daemons/store/layout.ts'
import { StoreReader } from '../../../src/daemons/store/reader.ts'
import { rowsOf } from '../../../src/daemons/store/row.ts'
import { StoreWriter, type WriterOptions } from '../../../src/daemons/store/writer.ts'
import type { LogRecord } from '../../../src/lib/record.ts'

const START = Date.UTC(2026, 9, 1)
const HOUR = 3_600_000

/** A store in a folder of its own, with a clock that the test sets. */
function createStore(t: TestContext, options: Partial<WriterOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'))
  const clock = { now: START }
  let writer: StoreWriter | undefined
  const close = () => {
    writer?.close()
    writer = undefined
  }
  const open = () => {
    close()
    writer = new StoreWriter({ folder, keep: undefined, keepBytes: 2 ** 24, ...options }, () => clock.now)
    return writer
  }
  t.after(() => {
    close()
    rmSync(folder, { recursive: true })
  })
  const count = () => {
    const reader = new StoreReader(folder)
    const records = reader.partitions().reduce((sum, { about }) => sum + about.records, 0)
    reader.close()
    return records
  }
  return { folder, clock, open, close, count }
}

/** Numbered records, 1 KB each, received one a millisecond. */
function recordsFrom(first: number, count: number, more: object = {}): LogRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    '@meta': { id: `id-${first + n}`, received: START + first + n, ...more },
    message: `number ${first + n} ${'.'.repeat(900)}`,
  }))
}

const rows = (records: LogRecord[]) => rowsOf(records, START)

/** Writes so many records, and begins new partitions as it is time. */
function fill(writer: StoreWriter, first: number, count: number): void {
  for (let n = 0; n < count; n += 500) {
    writer.write(rows(recordsFrom(first + n, Math.min(500, count - n))))
    writer.tidy()
  }
}

test('a repeat is stored once: in a batch, in the next, after a restart', t => {
  const { open, count } = createStore(t)
  const [a, b, c] = recordsFrom(0, 3) as [LogRecord, LogRecord, LogRecord]
  const writer = open()
  assert.deepEqual(
    [...writer.write(rows([a, b, a])).keys].map(key => key >= 0),
    [true, true, false],
  )
  assert.deepEqual(
    [...writer.write(rows([b, c])).keys].map(key => key >= 0),
    [false, true],
  )
  assert.deepEqual([...open().write(rows([a, b, c])).keys], [-1, -1, -1])
  assert.equal(count(), 3)
})

test('a repeat is stored once also when its partition is not the newest any more', t => {
  const { folder, open, count } = createStore(t)
  fill(open(), 0, 5000)
  assert.ok(partitionsIn(folder).length >= 4)
  const writer = open()
  for (const first of [0, 700, 2300, 4900]) {
    const { keys } = writer.write(rows(recordsFrom(first, 100)))
    assert.deepEqual(new Set(keys), new Set([-1]), `from ${first}`)
  }
  assert.equal(count(), 5000)
})

test('a repeat that does not say when it was received is looked for everywhere', t => {
  const { open, count } = createStore(t)
  const silent = recordsFrom(0, 10, { received: undefined })
  const writer = open()
  writer.write(rows(silent))
  fill(writer, 100, 3000)
  assert.deepEqual(new Set(writer.write(rows(silent)).keys), new Set([-1]))
  assert.equal(count(), 3010)
})

test('what was not committed is not there, and the same records can come again', t => {
  const { open, count } = createStore(t)
  const writer = open()
  const broken = rows(recordsFrom(0, 10))
  // What SQLite does not take: the transaction fails in its middle.
  broken.bodies[7] = undefined as unknown as string
  assert.throws(() => writer.write(broken))
  assert.equal(count(), 0)
  assert.ok([...writer.write(rows(recordsFrom(0, 10))).keys].every(key => key >= 0))
  assert.equal(count(), 10)
})

test('what is older than --keep goes, a partition at a time', t => {
  const { open, clock, count } = createStore(t, { keep: 16 * HOUR, keepBytes: undefined })
  const writer = open()
  for (let hour = 0; hour < 20; hour++) {
    clock.now = START + hour * HOUR
    writer.write(rows(recordsFrom(hour * HOUR, 10)))
    writer.tidy()
  }
  clock.now = START + 30 * HOUR
  let deleted = 0
  while (writer.tidy()) deleted++
  assert.ok(deleted >= 10)
  assert.ok(count() >= 60 && count() <= 80, `${count()}`)
  // Also when nothing comes any more.
  clock.now = START + 100 * HOUR
  while (writer.tidy());
  assert.equal(count(), 0)
})

test('no more than --keep-bytes is kept, and the newest of it', t => {
  const { open, folder } = createStore(t, { keepBytes: 4 * 2 ** 20 })
  const writer = open()
  for (let n = 0; n < 12_000; n += 500) {
    fill(writer, n, 500)
    while (writer.tidy());
    // The newest partition may grow by what one transaction brings.
    assert.ok(bytesIn(folder) < 6 * 2 ** 20)
  }
  const reader = new StoreReader(folder)
  const opened = reader.partitions()
  assert.ok(opened.at(-1)!.about.lastReceived === START + 11_999)
  assert.ok(opened[0]!.about.firstReceived! > START + 5000)
  reader.close()
})

test('a damaged partition is left aside and told of; the others are read and written', t => {
  const { open, close, folder, count } = createStore(t)
  fill(open(), 0, 4000)
  close()
  const [, second] = partitionsIn(folder)
  writeFileSync(second!.path, 'this is no database')
  const writer = open()
  assert.deepEqual(
    writer.takeDamaged().map(({ path }) => path),
    [second!.path],
  )
  writer.write(rows(recordsFrom(10_000, 5)))
  assert.ok(count() > 2000 && count() < 4005)
})

test('the newest partition, when damaged, is followed by another', t => {
  const { open, close, folder, count } = createStore(t)
  open().write(rows(recordsFrom(0, 5)))
  close()
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'this is no database')
  const again = open()
  assert.equal(again.takeDamaged().length, 1)
  again.write(rows(recordsFrom(0, 7)))
  assert.equal(count(), 7)
})

test('a store of a newer version is not touched', t => {
  const { open, close, folder } = createStore(t)
  open().write(rows(recordsFrom(0, 5)))
  close()
  const db = new DatabaseSync(partitionsIn(folder)[0]!.path)
  db.exec('PRAGMA user_version = 99')
  db.close()
  assert.throws(open, /made by a newer version/)
  assert.equal(partitionsIn(folder).length, 1)
})
