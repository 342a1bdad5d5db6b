import assert from 'node:assert/strict'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { bytesOf, partitionsIn } from '../../../src/daemons/store/layout.ts'
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
  const count = async () => {
    const reader = new StoreReader(folder)
    const records = await reader.ask(opened => opened.reduce((sum, { about }) => sum + about.records, 0))
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

const rows = (records: LogRecord[]) =>
  rowsOf(
    records,
    records.map(record => JSON.stringify(record)),
    START,
  )

/** Writes so many records, and begins new partitions as it is time. */
function fill(writer: StoreWriter, first: number, count: number): void {
  for (let n = 0; n < count; n += 500) {
    writer.write(rows(recordsFrom(first + n, Math.min(500, count - n))))
    writer.tidy()
  }
}

test('a repeat is stored once: in a batch, in the next, after a restart', async t => {
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
  assert.equal(await count(), 3)
})

test('a repeat is stored once also when its partition is not the newest any more', async t => {
  const { folder, open, count } = createStore(t)
  fill(open(), 0, 5000)
  assert.ok(partitionsIn(folder).length >= 4)
  const writer = open()
  for (const first of [0, 700, 2300, 4900]) {
    const { keys } = writer.write(rows(recordsFrom(first, 100)))
    assert.deepEqual(new Set(keys), new Set([-1]), `from ${first}`)
  }
  assert.equal(await count(), 5000)
})

test('a repeat that does not say when it was received is looked for everywhere', async t => {
  const { open, count } = createStore(t)
  const silent = recordsFrom(0, 10, { received: undefined })
  const writer = open()
  writer.write(rows(silent))
  fill(writer, 100, 3000)
  assert.deepEqual(new Set(writer.write(rows(silent)).keys), new Set([-1]))
  assert.equal(await count(), 3010)
})

test('what was not committed is not there, and the same records can come again', async t => {
  const { open, count } = createStore(t)
  const writer = open()
  const broken = rows(recordsFrom(0, 10))
  // What SQLite does not take: the transaction fails in its middle.
  broken.bodies[7] = undefined as unknown as string
  assert.throws(() => writer.write(broken))
  assert.equal(await count(), 0)
  assert.ok([...writer.write(rows(recordsFrom(0, 10))).keys].every(key => key >= 0))
  assert.equal(await count(), 10)
})

test('what is older than --keep goes, a partition at a time', async t => {
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
  assert.ok((await count()) >= 60 && (await count()) <= 80, `${await count()}`)
  // Also when nothing comes any more.
  clock.now = START + 100 * HOUR
  while (writer.tidy());
  assert.equal(await count(), 0)
})

test('no more than --keep-bytes is kept, and the newest of it', async t => {
  const { open, folder } = createStore(t, { keepBytes: 4 * 2 ** 20 })
  const writer = open()
  for (let n = 0; n < 12_000; n += 500) {
    fill(writer, n, 500)
    while (writer.tidy());
    // The newest partition may grow by what one transaction brings.
    assert.ok(partitionsIn(folder).reduce((sum, file) => sum + bytesOf(file), 0) < 6 * 2 ** 20)
  }
  const reader = new StoreReader(folder)
  await reader.ask(opened => {
    assert.equal(opened.at(-1)!.about.lastReceived, START + 11_999)
    assert.ok(opened[0]!.about.firstReceived! > START + 5000)
  })
  reader.close()
})

test('a damaged partition is left aside and told of; the others are read and written', async t => {
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
  assert.ok((await count()) > 2000 && (await count()) < 4005)
})

test('the newest partition, when damaged, is followed by another', async t => {
  const { open, close, folder, count } = createStore(t)
  open().write(rows(recordsFrom(0, 5)))
  close()
  for (const { path } of partitionsIn(folder)) writeFileSync(path, 'this is no database')
  const again = open()
  assert.equal(again.takeDamaged().length, 1)
  again.write(rows(recordsFrom(0, 7)))
  assert.equal(await count(), 7)
})

test('a store of a newer version is not touched', async t => {
  const { open, close, folder } = createStore(t)
  open().write(rows(recordsFrom(0, 5)))
  close()
  const db = new DatabaseSync(partitionsIn(folder)[0]!.path)
  db.exec('PRAGMA user_version = 99')
  db.close()
  assert.throws(open, /made by a newer version/)
  assert.equal(partitionsIn(folder).length, 1)
})

test('bug: a damaged page of an old partition condemned the newest one, again and again', async t => {
  const { open, close, folder, count } = createStore(t)
  fill(open(), 0, 4000)
  close()
  const [first] = partitionsIn(folder)
  damageIds(first!.path)
  const writer = open()
  const before = partitionsIn(folder).length
  const { keys, damaged } = writer.write(rows(recordsFrom(0, 50)))
  assert.deepEqual(
    damaged.map(({ path }) => path),
    [first!.path],
  )
  assert.ok(
    [...keys].every(key => key >= 0),
    'whether they are repeats cannot be told any more',
  )
  assert.equal(partitionsIn(folder).length, before)
  assert.ok((await count()) >= 4000)
})

/** Overwrites all pages of the table of ids, and leaves the rest. */
function damageIds(path: string): void {
  const db = new DatabaseSync(path, { readOnly: true })
  const rows = db.prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'ids'").all()
  const { page_size: size } = db.prepare('PRAGMA page_size').get() as { page_size: number }
  db.close()
  const file = openSync(path, 'r+')
  for (const { page } of rows)
    writeSync(file, Buffer.alloc(size, 0xaa), 0, size, ((page as number) - 1) * size)
  closeSync(file)
}

test('bug: with --keep, records that do not say when they were received went at once', async t => {
  const { open, clock, count } = createStore(t, { keep: 16 * HOUR, keepBytes: undefined })
  const writer = open()
  writer.write(rows(recordsFrom(0, 10, { received: undefined })))
  clock.now = START + 2 * HOUR
  writer.write(rows(recordsFrom(10, 10)))
  while (writer.tidy());
  assert.equal(await count(), 20)
})

test('bug: a record from the far future kept all others for ever', async t => {
  const { open, clock, count } = createStore(t, { keep: 16 * HOUR, keepBytes: undefined })
  const writer = open()
  writer.write(rows(recordsFrom(0, 1, { received: START + 1e12 })))
  for (let hour = 0; hour < 40; hour++) {
    clock.now = START + hour * HOUR
    writer.write(rows(recordsFrom(100 + hour, 1)))
    while (writer.tidy());
  }
  assert.ok((await count()) <= 20)
})

test('bug: more than 1,024 records in the last millisecond that a key can hold stopped the store', async t => {
  const { open, clock, count } = createStore(t)
  clock.now = 8.64e15
  const late = recordsFrom(0, 3000, { received: 8.64e15 })
  const writer = open()
  writer.write(
    rowsOf(
      late,
      late.map(record => JSON.stringify(record)),
      clock.now,
    ),
  )
  assert.equal(await count(), 3000)
})

test('bug: under load, much more than --keep-bytes was there until somebody tidied up', t => {
  const { open, folder } = createStore(t, { keepBytes: 4 * 2 ** 20 })
  const writer = open()
  for (let n = 0; n < 20_000; n += 500) writer.write(rows(recordsFrom(n, 500)))
  assert.ok(partitionsIn(folder).reduce((sum, file) => sum + bytesOf(file), 0) < 7 * 2 ** 20)
})

test('bug: damaged files were counted, and good ones deleted in their place', async t => {
  const { open, close, folder, count } = createStore(t, { keepBytes: 2 ** 24 })
  fill(open(), 0, 3000)
  close()
  writeFileSync(partitionsIn(folder)[0]!.path, Buffer.alloc(17 * 2 ** 20, 1))
  const writer = open()
  const before = await count()
  while (writer.tidy());
  assert.equal(await count(), before)
})

test('a folder is for one writer, also in another network namespace', t => {
  const { open, folder } = createStore(t)
  open()
  assert.throws(
    () => new StoreWriter({ folder, keep: undefined, keepBytes: undefined }),
    /another store is using it/,
  )
})

test('a database of something else is not written to', t => {
  const { open, close, folder } = createStore(t)
  open()
  close()
  const { path } = partitionsIn(folder)[0]!
  rmSync(path)
  const db = new DatabaseSync(path)
  db.exec('CREATE TABLE theirs (a); PRAGMA user_version = 1')
  db.close()
  assert.match(open().takeDamaged()[0]!.reason, /database of something else/)
})

test('bug: a new partition that could not be opened stopped the store until a restart', async t => {
  const { open, folder, count } = createStore(t)
  const writer = open()
  // What stands in its way for a while.
  mkdirSync(join(folder, '00000002.sqlite'))
  for (let n = 0; n < 3000; n += 500) writer.write(rows(recordsFrom(n, 500)))
  assert.throws(() => writer.tidy())
  writer.write(rows(recordsFrom(3000, 5)))
  rmdirSync(join(folder, '00000002.sqlite'))
  writer.tidy()
  writer.write(rows(recordsFrom(4000, 5)))
  assert.equal(partitionsIn(folder).length, 2)
  assert.equal(await count(), 3010)
})

test('bug: records were acknowledged into a file that had been deleted', async t => {
  const { open, folder, count } = createStore(t)
  const writer = open()
  writer.write(rows(recordsFrom(0, 5)))
  rmSync(partitionsIn(folder)[0]!.path)
  const { damaged } = writer.write(rows(recordsFrom(10, 7)))
  assert.match(damaged[0]!.reason, /deleted or replaced/)
  assert.equal(await count(), 7)
})

test('bug: with a small --keep-bytes, the log of the newest partition drove out all others', async t => {
  const { open, folder } = createStore(t, { keepBytes: 20 * 2 ** 20 })
  const writer = open()
  for (let n = 0; n < 3000; n += 5) writer.write(rows(recordsFrom(n, 5)))
  const log = statSync(`${partitionsIn(folder).at(-1)!.path}-wal`).size
  assert.ok(log < 2 * 2 ** 20, `${log}`)
})
