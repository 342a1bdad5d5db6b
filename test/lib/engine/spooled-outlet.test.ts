import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Batch } from '../../../src/lib/batch.ts'
import type { WhenFull } from '../../../src/lib/engine/outlet.ts'
import type { Receipt } from '../../../src/lib/engine/receipt.ts'
import type { Row, SpoolDisk, SpoolWork } from '../../../src/lib/engine/spool-disk.ts'
import { type SpooledOptions, SpooledOutlet } from '../../../src/lib/engine/spooled-outlet.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { ManualLink, settled } from '../../support/link.ts'
import { createReader } from '../../support/reader.ts'

const recordOf = (id: string, message = ''): LogRecord => ({ '@meta': { id }, message })
const batchOf = (...ids: string[]) => Batch.fromRecords(ids.map(id => recordOf(id)))
const SIZE = batchOf('a').encode(1e6).batch.bytes.length

/** A disk in memory: it writes when the test says so, and can be full. */
class MemoryDisk implements SpoolDisk {
  rows: Row[] = []
  readonly books: Receipt = {}
  dropped = 0
  full: string | undefined
  /** While it is set, commits wait for it. */
  busy: Promise<void> | undefined
  reads = 0
  /** Commits that were asked for. */
  commits = 0
  #last = 0

  async commit({ append, settled: done, dropped }: SpoolWork) {
    this.commits++
    await this.busy
    const gone = new Set([...done.map(({ seq }) => seq), ...dropped])
    assert.equal([...gone].filter(seq => !this.rows.some(row => row.seq === seq)).length, 0, 'deleted twice')
    this.rows = this.rows.filter(({ seq }) => !gone.has(seq))
    this.dropped += dropped.length
    for (const { receipt } of done)
      for (const [what, count] of Object.entries(receipt))
        this.books[what as keyof Receipt] = (this.books[what as keyof Receipt] ?? 0) + count!
    if (this.full !== undefined && append.length > 0) return { first: undefined, full: this.full }
    const first = this.#last + 1
    // What is on a disk is a copy: that memory is used again.
    for (const row of append) this.rows.push({ ...row, bytes: Buffer.from(row.bytes), seq: ++this.#last })
    return { first, full: undefined }
  }

  async read(after: number, bytes: number): Promise<Row[]> {
    this.reads++
    const rows: Row[] = []
    let size = 0
    for (const row of this.rows) {
      if (row.seq <= after || size >= bytes) continue
      rows.push(row)
      size += row.bytes.length
    }
    return rows
  }

  get before() {
    return {
      bytes: this.rows.reduce((sum, { bytes }) => sum + bytes.length, 0),
      batches: this.rows.length,
      last: this.#last,
    }
  }
}

function open(
  links: ManualLink[],
  options: Partial<SpooledOptions> & { whenFull?: WhenFull } = {},
  disk = new MemoryDisk(),
) {
  const waiting: (string | undefined)[] = []
  const refused: string[] = []
  const fatal: unknown[] = []
  const giveUp = new AbortController()
  const outlet = new SpooledOutlet({
    links,
    dropped: () => {},
    disk,
    before: disk.before,
    batch: { bytes: 0, delay: 0 },
    buffer: 1e6,
    limit: 1e6,
    whenFull: 'block',
    maxRecord: 1000,
    reader: createReader(),
    refuse: async ({ record }) => void refused.push(record['@meta'].id),
    waitingFor: reason => waiting.push(reason),
    signal: giveUp.signal,
    fatal: error => fatal.push(error),
    ...options,
  })
  return { outlet, disk, waiting, refused, fatal, giveUp }
}

/** Waits until something is so. */
async function until(what: string, so: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!so()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come`)
    await settled()
  }
}

test('a batch is accepted when it is on the disk, and sent then; it leaves the disk when the link has acknowledged it', async () => {
  const link = new ManualLink('bytes', 10)
  const disk = new MemoryDisk()
  const busy = Promise.withResolvers<void>()
  disk.busy = busy.promise
  const { outlet } = open([link], {}, disk)
  let receipt: Receipt | undefined
  outlet.accept(batchOf('a', 'b')).then(given => {
    receipt = given
  })
  await settled()
  assert.deepEqual([receipt, link.ids], [undefined, []])
  busy.resolve()
  await settled()
  assert.deepEqual([receipt, link.ids, disk.rows.length], [{ spooled: 2 }, ['a', 'b'], 1])
  link.acknowledge(0, { stored: 1, dead: 1 })
  await until('the delete', () => disk.rows.length === 0)
  assert.deepEqual(disk.books, { stored: 1, dead: 1 })
})

for (const borrows of [true, false])
  test(`bytes stay as they are ${borrows ? 'until they are acknowledged' : 'for ever'}`, async () => {
    const link = new ManualLink('bytes', 4, borrows)
    const { outlet, disk } = open([link], { buffer: 1e7, limit: 1e9, maxRecord: 1e7 })
    const ids = Array.from({ length: 40 }, (_, n) => `${n}`)
    for (const id of ids) {
      await outlet.accept(Batch.fromRecords([recordOf(id, id.repeat(100_000))]))
      if (link.pending.length === 4) link.acknowledge(3)
    }
    while (link.ids.length < ids.length || link.pending.length > 0) {
      link.acknowledge()
      await settled()
    }
    await until('the end', () => disk.rows.length === 0)
    assert.deepEqual(link.ids, ids)
  })

test('small batches that were joined lie in memory that is used again', async () => {
  const link = new ManualLink('bytes', 4, true)
  const { outlet, disk } = open([link], { batch: { bytes: 1e6, delay: 1 }, limit: 1e9, maxRecord: 1e7 })
  const memory = new Set<ArrayBufferLike>()
  for (let n = 0; n < 40; n++) {
    const lines = ['a', 'b'].map(id => JSON.stringify(recordOf(`${n}${id}`, id.repeat(100_000))))
    await Promise.all(
      lines.map(line => outlet.accept(Batch.fromBytes(Buffer.from(`${line}\n`), createReader()))),
    )
    await until('it', () => link.pending.length > 0)
    memory.add(link.pending[0]!.batch.bytes.buffer)
    link.acknowledge()
    await until('the delete', () => disk.rows.length === 0)
  }
  assert.equal(link.ids.length, 80)
  assert.ok(memory.size < 5, `${memory.size} pieces of memory`)
})

test('what lies on the disk from before is sent first, in its order', async () => {
  const disk = new MemoryDisk()
  const first = open([], {}, disk)
  for (const id of ['a', 'b', 'c']) await first.outlet.accept(batchOf(id))
  await first.outlet.close()
  const link = new ManualLink('bytes', 10)
  const { outlet } = open([link], {}, disk)
  await outlet.accept(batchOf('d'))
  await until('all', () => link.ids.length === 4)
  assert.deepEqual(link.ids, ['a', 'b', 'c', 'd'])
})

test('more than fits into memory is read back, and nothing changes places', async () => {
  const link = new ManualLink('bytes', 2)
  const { outlet, disk } = open([link], { limit: 1e9, maxRecord: 1e7 })
  const all: string[] = []
  for (let n = 0; n < 40; n++) {
    const id = String(n)
    all.push(id)
    await outlet.accept(Batch.fromRecords([recordOf(id, 'x'.repeat(500_000))]))
  }
  while (link.ids.length < 40 || link.pending.length > 0) {
    await until('more', () => link.pending.length > 0)
    link.acknowledge()
    await settled()
  }
  assert.deepEqual(link.ids, all)
  await until('an empty disk', () => disk.rows.length === 0)
  assert.ok(disk.reads > 0)
})

test('a full spool makes those wait who can, and holds nothing more in memory', async () => {
  const link = new ManualLink('bytes', 1)
  const { outlet, disk } = open([link], { limit: 3 * SIZE })
  for (const id of ['a', 'b', 'c']) {
    assert.equal(outlet.room(), undefined)
    await outlet.accept(batchOf(id))
  }
  let room = false
  outlet.room()!.then(() => {
    room = true
  })
  await settled()
  assert.equal(room, false)
  link.acknowledge()
  await until('room', () => room)
  assert.equal(disk.rows.length <= 3, true)
})

test('drop-newest drops what comes to a full spool', async () => {
  const { outlet, disk } = open([new ManualLink('bytes', 0)], { limit: 2 * SIZE, whenFull: 'drop-newest' })
  assert.equal(outlet.room(), undefined)
  const receipts = []
  for (const id of ['a', 'b', 'c']) receipts.push(await outlet.accept(batchOf(id)))
  assert.deepEqual(receipts, [{ spooled: 1 }, { spooled: 1 }, { 'dropped:buffer-full': 1 }])
  assert.equal(disk.rows.length, 2)
})

test('drop-oldest drops what nobody has been sent, never what is under way', async () => {
  const link = new ManualLink('bytes', 1)
  const { outlet, disk } = open([link], { limit: 3 * SIZE, whenFull: 'drop-oldest' })
  for (const id of ['a', 'b', 'c', 'd', 'e'])
    assert.deepEqual(await outlet.accept(batchOf(id)), { spooled: 1 })
  await until('three rows', () => disk.rows.length === 3)
  assert.equal(disk.dropped, 2)
  for (let n = 0; n < 3; n++) {
    await until('a batch', () => link.pending.length > 0)
    link.acknowledge()
  }
  await until('nothing', () => disk.rows.length === 0)
  assert.deepEqual(link.ids, ['a', 'd', 'e'])
})

test('a full disk holds acknowledgements back, says so, and goes on when there is room', async () => {
  const link = new ManualLink('bytes', 10)
  const disk = new MemoryDisk()
  const { outlet, waiting } = open([link], {}, disk)
  await outlet.accept(batchOf('a'))
  disk.full = 'the disk is full'
  let receipt: Receipt | undefined
  outlet.accept(batchOf('b')).then(given => {
    receipt = given
  })
  await until('a word', () => waiting.includes('the disk is full'))
  assert.ok(outlet.room())
  link.acknowledge()
  await until('the delete', () => disk.rows.length === 0)
  assert.equal(receipt, undefined)
  disk.full = undefined
  await until('the receipt', () => receipt !== undefined)
  assert.deepEqual([receipt, link.ids, waiting.at(-1)], [{ spooled: 1 }, ['a', 'b'], undefined])
  assert.equal(outlet.room(), undefined)
})

test('a full disk with a sender that cannot wait: what comes is dropped, and counted', async () => {
  const disk = new MemoryDisk()
  disk.full = 'the disk is full'
  const { outlet, waiting, giveUp } = open([], { whenFull: 'drop-newest' }, disk)
  outlet.accept(batchOf('a'))
  await until('a word', () => waiting.length > 0)
  assert.deepEqual(await outlet.accept(batchOf('b')), { 'dropped:buffer-full': 1 })
  giveUp.abort()
})

test('a slow disk is not made up for by memory', async () => {
  const disk = new MemoryDisk()
  const busy = Promise.withResolvers<void>()
  disk.busy = busy.promise
  const { outlet } = open([], { buffer: 4 * SIZE }, disk)
  outlet.accept(batchOf('a'))
  outlet.accept(batchOf('b'))
  const room = outlet.room()
  assert.ok(room)
  busy.resolve()
  await room
  assert.equal(outlet.room(), undefined)
})

test('a record that is too large is a dead letter, the others are spooled', async () => {
  const { outlet, disk, refused } = open([])
  const receipt = await outlet.accept(Batch.fromRecords([recordOf('a'), recordOf('b', 'x'.repeat(2000))]))
  assert.deepEqual([receipt, refused, disk.rows.length], [{ spooled: 1, dead: 1 }, ['b'], 1])
  assert.deepEqual(await outlet.accept(Batch.fromRecords([recordOf('c', 'x'.repeat(2000))])), { dead: 1 })
  assert.equal(disk.rows.length, 1)
})

test('bug: records that wait to become dead letters were held without a bound', async () => {
  const letter = Promise.withResolvers<void>()
  const { outlet } = open([], { buffer: 10_000, refuse: () => letter.promise })
  const accepted: Promise<Receipt>[] = []
  for (let n = 0; !outlet.room(); n++) {
    assert.ok(n < 10, 'there is always room')
    accepted.push(outlet.accept(Batch.fromRecords([recordOf(`${n}`, 'x'.repeat(2000))])))
  }
  const room = outlet.room()!
  letter.resolve()
  await room
  for (const receipt of await Promise.all(accepted)) assert.deepEqual(receipt, { dead: 1 })
  assert.equal(outlet.held, 0)
})

test('a disk that fails ends the process, and nothing is accepted', async () => {
  const disk = new MemoryDisk()
  const error = new Error('fsync failed')
  disk.busy = Promise.reject(error)
  const { outlet, fatal } = open([], {}, disk)
  let accepted = false
  outlet.accept(batchOf('a')).then(
    () => {
      accepted = true
    },
    () => {},
  )
  await until('the end', () => fatal.length > 0)
  assert.deepEqual([fatal, accepted], [[error], false])
})

test('drain waits for everything; after the signal, only as long as something happens', async () => {
  const link = new ManualLink('bytes', 1)
  const { outlet } = open([link])
  for (const id of ['a', 'b']) await outlet.accept(batchOf(id))
  const stopping = new AbortController()
  let drained = false
  const end = outlet.drain(stopping.signal, 50).then(() => {
    drained = true
  })
  await settled()
  assert.equal(drained, false)
  link.acknowledge()
  await until('the second', () => link.ids.length === 2)
  assert.equal(drained, false)
  stopping.abort()
  await end
  assert.equal(link.pending.length, 1)
})

test('bug: a drain that began while the last acknowledgements were written down never ended', async () => {
  const link = new ManualLink('bytes', 1)
  const { outlet, disk } = open([link])
  await outlet.accept(batchOf('a'))
  const busy = Promise.withResolvers<void>()
  disk.busy = busy.promise
  link.acknowledge()
  await until('a commit', () => disk.commits === 2)
  const drained = outlet.drain(new AbortController().signal, 2_000)
  await settled()
  busy.resolve()
  await drained
  assert.equal(disk.rows.length, 0)
})

test('bug: acknowledged while a slow commit was running, a batch stayed on the disk until the next one came', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const link = new ManualLink('bytes', 10)
  const { outlet, disk } = open([link])
  await outlet.accept(batchOf('a'))
  await until('a batch', () => link.pending.length === 1)
  const busy = Promise.withResolvers<void>()
  disk.busy = busy.promise
  const second = outlet.accept(batchOf('b'))
  // It is soon after the first commit.
  t.mock.timers.tick(20)
  await until('a commit', () => disk.commits === 2)
  link.acknowledge()
  await settled()
  // Whatever waited has waited long enough, while nothing could be done.
  t.mock.timers.tick(60_000)
  busy.resolve()
  await second
  await settled()
  t.mock.timers.tick(60_000)
  await until('the delete', () => disk.rows.length === 1)
  assert.equal(disk.commits, 3)
})

test('bug: what was read from the disk and is not acknowledged was bounded only by what the links took', async () => {
  const all = Array.from({ length: 40 }, (_, n) => String(n).padStart(2, '0'))
  const size = batchOf('00').encode(1e6).batch.bytes.length
  const disk = new MemoryDisk()
  const before = open([], {}, disk)
  for (const id of all) await before.outlet.accept(batchOf(id))
  await before.outlet.close()
  const link = new ManualLink('bytes', 1_000)
  const buffer = 20 * size
  const { outlet } = open([link], { buffer }, disk)
  await until('the first', () => link.pending.length > 3)
  for (let left = all.length; left > 0; left--) {
    await settled()
    const underWay = link.pending.length
    assert.ok(underWay > 0 && underWay < 10, `${underWay} are under way`)
    // One more than fits may have been read.
    const most = buffer / 2 + size
    assert.ok(outlet.held >= underWay * size && outlet.held <= most, `${outlet.held} bytes are held`)
    // Whatever is under way, there is room for what comes.
    assert.equal(outlet.room(), undefined)
    link.acknowledge()
  }
  await until('an empty disk', () => disk.rows.length === 0)
  assert.deepEqual([link.ids, outlet.held], [all, 0])
})

test('a batch larger than the buffer goes alone', async () => {
  const disk = new MemoryDisk()
  const before = open([], {}, disk)
  for (const id of ['a', 'b', 'c']) await before.outlet.accept(batchOf(id))
  await before.outlet.close()
  const link = new ManualLink('bytes', 1_000)
  open([link], { buffer: SIZE / 2 }, disk)
  for (const id of ['a', 'b', 'c']) {
    await until(id, () => link.pending.length > 0)
    await settled()
    assert.deepEqual([link.ids.at(-1), link.pending.length], [id, 1])
    link.acknowledge()
  }
})

test('what came so soon after a commit that it waits for the next one is on the disk when it is closed', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { outlet, disk } = open([])
  await outlet.accept(batchOf('a'))
  const second = outlet.accept(batchOf('b'))
  await settled()
  await outlet.close()
  await second
  assert.deepEqual([disk.rows.length, disk.commits], [2, 2])
})

for (const [eager, what] of [
  [true, 'where somebody waits for it, one commit follows the other'],
  [false, 'else one commit comes some time after the other, with all that has come'],
] as const)
  test(what, async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    t.mock.method(performance, 'now', () => 0)
    const { outlet, disk } = open([], { eager, batch: { bytes: 1e6, delay: 5 } })
    const accept = (id: string) => outlet.accept(batchOf(id))
    await accept('a')
    const later = [accept('b'), accept('c')]
    for (let turn = 0; turn < 9; turn++) await settled()
    assert.equal(disk.commits, eager ? 2 : 1)
    if (!eager) for (const milliseconds of [5, 15, 5]) t.mock.timers.tick(milliseconds)
    await Promise.all(later)
    assert.deepEqual([disk.commits, disk.rows.length], [2, 2])
  })
