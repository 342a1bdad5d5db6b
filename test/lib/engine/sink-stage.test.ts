import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { Batch } from '../../../src/lib/batch.ts'
import type { Exception } from '../../../src/lib/daemon.ts'
import { Books } from '../../../src/lib/engine/books.ts'
import { accounted, type Receipt } from '../../../src/lib/engine/receipt.ts'
import { SinkStage, type SinkStageOptions } from '../../../src/lib/engine/sink-stage.ts'
import { Fatal } from '../../../src/lib/errors.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { settled } from '../../support/link.ts'
import { createReader } from '../../support/reader.ts'

const recordOf = (id: string, message = ''): LogRecord => ({ '@meta': { id }, message })
const batchOf = (...ids: string[]) => Batch.fromRecords(ids.map(id => recordOf(id)))
const SIZE = batchOf('a').size

interface Written {
  ids: string[]
  end: PromiseWithResolvers<readonly Exception[] | undefined>
}

/** A sink whose writes end when the test says so. */
function createSink(options: Partial<SinkStageOptions> = {}) {
  const books = new Books()
  const writes: Written[] = []
  const refused: string[][] = []
  const fatal: unknown[] = []
  const giveUp = new AbortController()
  const stage = new SinkStage({
    books,
    batch: { bytes: 0, delay: 0, concurrency: 1 },
    buffer: 1e6,
    maxRecord: 1e6,
    window: () => options.buffer ?? 1e6,
    refuse: async (record, reason, detail) => {
      refused.push([record['@meta'].id, reason, ...(detail === undefined ? [] : [detail])])
    },
    log: pino({ enabled: false }),
    signal: giveUp.signal,
    fatal: error => fatal.push(error),
    ...options,
  })
  const write = (records: readonly LogRecord[]) => {
    const end = Promise.withResolvers<readonly Exception[] | undefined>()
    writes.push({ ids: records.map(record => record['@meta'].id), end })
    return end.promise
  }
  return { stage, books, writes, refused, fatal, giveUp, write }
}

/** Lets a retry come at once. */
function retryAtOnce(t: TestContext) {
  t.mock.method(Math, 'random', () => -1 / 9)
}

test('a batch is accepted when it is durable', async () => {
  const { stage, books, writes, write } = createSink()
  stage.use(write)
  const accepted = stage.accept(batchOf('a', 'b'))
  await settled()
  assert.deepEqual(writes[0]!.ids, ['a', 'b'])
  assert.deepEqual([books.held, stage.held], [2, 2 * SIZE])
  writes[0]!.end.resolve(undefined)
  assert.deepEqual(await accepted, { stored: 2 })
  assert.deepEqual([books.held, stage.held, books.balanced], [0, 0, true])
})

test('what comes before the sink is open waits for it', async () => {
  const { stage, writes, write } = createSink()
  stage.accept(batchOf('a'))
  await settled()
  stage.use(write)
  await settled()
  assert.deepEqual(
    writes.map(({ ids }) => ids),
    [['a']],
  )
})

test('each record ends where the sink says, and dead ones are letters first', async () => {
  const letter = Promise.withResolvers<void>()
  const refused: unknown[] = []
  const { stage, writes, write } = createSink({
    refuse: (record, reason, detail) => {
      refused.push([record['@meta'].id, reason, detail])
      return letter.promise
    },
  })
  stage.use(write)
  let receipt: Receipt | undefined
  stage.accept(batchOf('a', 'b', 'c', 'd', 'e')).then(given => {
    receipt = given
  })
  await settled()
  writes[0]!.end.resolve([
    [0, 'duplicate'],
    [2, { dead: 'mapping', detail: 'why' }],
    [3, { dead: 'failure-store', kept: true }],
    [4, { dropped: 'no-room' }],
  ])
  await settled()
  assert.deepEqual(refused, [['c', 'mapping', 'why']], 'what the server kept aside is no letter')
  assert.equal(receipt, undefined)
  letter.resolve()
  await settled()
  assert.deepEqual(receipt, { stored: 1, duplicate: 1, dead: 2, 'dropped:no-room': 1 })
})

test('lines that could not be read are dead letters; of a batch of nothing else, nothing is written', async () => {
  const { stage, books, writes, refused, write } = createSink()
  stage.use(write)
  const lines = Buffer.from('too long a line\nok\n')
  const accepted = stage.accept(Batch.fromBytes(lines, createReader(5)))
  await settled()
  writes[0]!.end.resolve(undefined)
  assert.deepEqual(await accepted, { stored: 1, dead: 1 })
  assert.deepEqual(await stage.accept(Batch.fromText(lines, createReader(5))), { dead: 1 })
  assert.equal(writes.length, 1)
  assert.deepEqual(
    refused.map(([, reason]) => reason),
    ['oversize', 'oversize'],
  )
  assert.deepEqual([books.balanced, books.held, stage.held], [true, 0, 0])
})

test('an empty batch is accepted, and nothing is written', async () => {
  const { stage, writes, write } = createSink()
  stage.use(write)
  assert.deepEqual(await stage.accept(batchOf()), {})
  assert.deepEqual(await stage.accept(Batch.fromBytes(Buffer.from('\n\n'), createReader())), {})
  assert.equal(writes.length, 0)
  assert.equal(stage.held, 0)
})

test('batches are merged, and each gets its share', async () => {
  const { stage, writes, write } = createSink({ batch: { bytes: 3 * SIZE, delay: 1e6, concurrency: 1 } })
  stage.use(write)
  const receipts = [stage.accept(batchOf('a')), stage.accept(batchOf('b', 'c'))]
  await settled()
  writes[0]!.end.resolve([[0, 'duplicate']])
  assert.deepEqual(writes[0]!.ids, ['a', 'b', 'c'])
  const [first, second] = await Promise.all(receipts)
  assert.equal(accounted(first!), 1)
  assert.equal(accounted(second!), 2)
})

test('so many are written at a time, in order', async () => {
  const { stage, writes, write } = createSink({ batch: { bytes: 0, delay: 0, concurrency: 2 } })
  stage.use(write)
  for (const id of ['a', 'b', 'c', 'd']) stage.accept(batchOf(id))
  await settled()
  assert.deepEqual(
    writes.map(({ ids }) => ids[0]),
    ['a', 'b'],
  )
  writes[1]!.end.resolve(undefined)
  await settled()
  assert.deepEqual(
    writes.map(({ ids }) => ids[0]),
    ['a', 'b', 'c'],
  )
})

test('a write that fails is tried again, with the same records, until it succeeds', async t => {
  retryAtOnce(t)
  const { stage, writes, fatal, write } = createSink()
  stage.use(write)
  const accepted = stage.accept(batchOf('a', 'b'))
  for (let attempt = 0; attempt < 3; attempt++) {
    while (writes.length === attempt) await settled()
    assert.deepEqual(writes[attempt]!.ids, ['a', 'b'])
    writes[attempt]!.end.reject(new Error('no connection'))
  }
  while (writes.length === 3) await settled()
  writes[3]!.end.resolve(undefined)
  assert.deepEqual(await accepted, { stored: 2 })
  assert.deepEqual(fatal, [])
})

test('bug: of a sink that wrote again, the log said only that it had failed', async t => {
  retryAtOnce(t)
  const said: object[] = []
  const log = pino({ base: null, timestamp: false }, { write: line => said.push(JSON.parse(line)) })
  const { stage, writes, write } = createSink({ log, batch: { bytes: 0, delay: 0, concurrency: 2 } })
  stage.use(write)
  const accepted = [stage.accept(batchOf('a')), stage.accept(batchOf('b'))]
  await settled()
  for (const { end } of writes.slice(0, 2)) end.reject(new Error('no connection'))
  while (writes.length < 4) await settled()
  writes[2]!.end.resolve(undefined)
  await settled()
  assert.equal(said.length, 1, 'the other one still fails')
  writes[3]!.end.resolve(undefined)
  await Promise.all(accepted)
  const failed = 'write failed; trying again until it succeeds'
  assert.deepEqual(said, [
    { level: 50, error: 'no connection', msg: failed },
    { level: 30, seconds: 0, msg: 'writing again' },
  ])
})

test('a write that throws before it returns a promise is tried again too', async t => {
  retryAtOnce(t)
  const { stage } = createSink()
  let attempts = 0
  stage.use(() => {
    if (attempts++ === 0) throw new Error('at once')
    return Promise.resolve(undefined)
  })
  assert.deepEqual(await stage.accept(batchOf('a')), { stored: 1 })
})

test('retries end when the process gives up; what was not stored stays held, and it is no failure', async () => {
  const { stage, books, writes, fatal, giveUp, write } = createSink()
  stage.use(write)
  const accepted = stage.accept(batchOf('a'))
  await settled()
  writes[0]!.end.reject(new Error('no connection'))
  await settled()
  giveUp.abort()
  await assert.rejects(accepted)
  assert.deepEqual(fatal, [])
  assert.deepEqual([books.held, stage.held, books.balanced], [1, SIZE, true])
})

test('a write that fails after the process gave up is not tried again', async () => {
  const { stage, writes, giveUp, write } = createSink()
  stage.use(write)
  const accepted = stage.accept(batchOf('a'))
  await settled()
  giveUp.abort()
  writes[0]!.end.reject(new Error('no connection'))
  await assert.rejects(accepted, /no connection/)
  assert.equal(writes.length, 1)
})

test('Fatal ends the process', async () => {
  const { stage, fatal, write, writes } = createSink()
  stage.use(write)
  const accepted = stage.accept(batchOf('a'))
  await settled()
  writes[0]!.end.reject(new Fatal('no disk'))
  await assert.rejects(accepted, /no disk/)
  assert.deepEqual(fatal.map(String), ['Fatal: no disk'])
})

test('bug: a sink that answered for a record that is not there stopped without a word', async () => {
  for (const answer of [
    [[2, 'duplicate']],
    [[-1, 'duplicate']],
    [[0.5, 'duplicate']],
    [
      [0, 'duplicate'],
      [0, { dead: 'x' }],
    ],
  ]) {
    const { stage, fatal, write, writes, refused } = createSink()
    stage.use(write)
    const accepted = stage.accept(batchOf('a', 'b'))
    await settled()
    writes[0]!.end.resolve(answer as unknown as Exception[])
    await assert.rejects(accepted, Fatal)
    assert.match(String(fatal[0]), /write: answered for record/)
    assert.deepEqual(refused, [])
  }
})

test('bug: what a sink answered wrongly became a dead letter without a reason', async () => {
  for (const answer of [5, [[0]], [[0, 'duplicat']], [[0, { reason: 'x' }]], [[0, { dropped: 1 }]]]) {
    const { stage, fatal, write, writes, refused } = createSink()
    stage.use(write)
    const accepted = stage.accept(batchOf('a', 'b'))
    await settled()
    writes[0]!.end.resolve(answer as unknown as Exception[])
    await assert.rejects(accepted, Fatal)
    assert.match(String(fatal[0]), /write: resolves to nothing, or to a list of \[index, 'duplicate'\]/)
    assert.deepEqual(refused, [])
  }
})

test('bug: a failure beside the write stopped the sink without a word', async () => {
  const { stage, fatal, write, writes } = createSink({
    refuse: () => {
      throw new TypeError('a mistake')
    },
  })
  stage.use(write)
  const accepted = stage.accept(batchOf('a'))
  await settled()
  writes[0]!.end.resolve([[0, { dead: 'x' }]])
  await assert.rejects(accepted, /a mistake/)
  assert.deepEqual(fatal.map(String), ['TypeError: a mistake'])
})

test('when more than half of the buffer is held, it is written without waiting', async () => {
  const { stage, writes, write } = createSink({
    buffer: 4 * SIZE,
    batch: { bytes: 1e6, delay: 1e6, concurrency: 1 },
  })
  stage.use(write)
  stage.accept(batchOf('a', 'b'))
  await settled()
  assert.equal(writes.length, 0)
  stage.accept(batchOf('c'))
  await settled()
  assert.deepEqual(
    writes.map(({ ids }) => ids),
    [['a', 'b', 'c']],
  )
})

test('bug: a buffer that stayed full after a write waited for the delay', async () => {
  const { stage, writes, write } = createSink({
    buffer: 4 * SIZE,
    batch: { bytes: 1e6, delay: 1e6, concurrency: 1 },
  })
  stage.use(write)
  stage.accept(batchOf('a', 'b', 'c'))
  await settled()
  stage.accept(batchOf('d', 'e', 'f', 'g', 'h'))
  assert.ok(stage.room())
  writes[0]!.end.resolve(undefined)
  await settled()
  assert.deepEqual(writes[1]?.ids, ['d', 'e', 'f', 'g', 'h'])
})

test('in a hurry nothing waits for company', async () => {
  const { stage, writes, write } = createSink({ batch: { bytes: 1e6, delay: 1e6, concurrency: 9 } })
  stage.use(write)
  stage.accept(batchOf('a'))
  stage.hurry()
  stage.accept(batchOf('b'))
  await settled()
  assert.deepEqual(
    writes.map(({ ids }) => ids),
    [['a'], ['b']],
  )
})

test('there is room as long as the buffer is not full', async () => {
  const { stage, writes, write } = createSink({ buffer: 2 * SIZE })
  stage.use(write)
  stage.accept(batchOf('a'))
  assert.equal(stage.room(), undefined)
  stage.accept(batchOf('b'))
  const room = stage.room()
  assert.ok(room)
  await settled()
  writes[0]!.end.resolve(undefined)
  await room
})

test('whatever the sizes, the answers and their order, each batch gets what became of its records', async t => {
  retryAtOnce(t)
  const fate = fc.constantFrom('stored', 'duplicate', 'dead', 'kept', 'fail')
  const batches = fc.array(fc.tuple(fc.nat(5), fc.constantFrom('objects', 'bytes', 'text')), {
    maxLength: 15,
  })
  const limits = fc.record({
    bytes: fc.nat(500),
    delay: fc.constant(0),
    concurrency: fc.integer({ min: 1, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(
      batches,
      limits,
      fc.nat(1000),
      fc.infiniteStream(fate),
      fc.boolean(),
      async (batches, batch, buffer, fates, asLines) => {
        const { stage, books, refused } = createSink({ batch, buffer })
        const stored = new Set<string>()
        let duplicates = 0
        const write = async (records: readonly LogRecord[]) => {
          await settled()
          const exceptions: Exception[] = []
          const seen: string[] = []
          for (const [n, record] of records.entries()) {
            const what = fates.next().value
            if (what === 'fail') throw new Error('again')
            if (what === 'stored') seen.push(record['@meta'].id)
            else
              exceptions.push([n, what === 'duplicate' ? 'duplicate' : { dead: 'x', kept: what === 'kept' }])
          }
          for (const id of seen) {
            assert.ok(!stored.has(id), `${id} was stored twice`)
            stored.add(id)
          }
          duplicates += exceptions.filter(([, what]) => what === 'duplicate').length
          return exceptions
        }
        stage.use(
          asLines
            ? { writeLines: lines => write(Array.from({ length: lines.count }, (_, n) => lines.record(n))) }
            : write,
        )
        const reader = createReader()
        const receipts = batches.map(([records, kind], n) => {
          const ids = Array.from({ length: records }, (_, m) => `${n}-${m}`)
          if (kind === 'objects') return stage.accept(batchOf(...ids))
          if (kind === 'text') return stage.accept(Batch.fromText(Buffer.from(ids.join('\n')), reader))
          return stage.accept(batchOf(...ids).encode(1e9).batch)
        })
        const given = await Promise.all(receipts)
        for (const [n, receipt] of given.entries()) {
          const [records, kind] = batches[n]!
          assert.equal(accounted(receipt), kind === 'text' ? 1 : records)
        }
        assert.deepEqual([books.held, stage.held, books.balanced], [0, 0, true])
        assert.equal(books.outcomes.stored ?? 0, stored.size)
        assert.equal(books.outcomes.duplicate ?? 0, duplicates)
        assert.ok(refused.length <= (books.outcomes.dead ?? 0))
      },
    ),
    { numRuns: 50 },
  )
})

test('a sink of lines gets what can be written; what came as lines with ids is not read', async () => {
  const { stage, refused } = createSink({ maxRecord: 60, batch: { bytes: 1e6, delay: 5, concurrency: 1 } })
  const written: string[] = []
  stage.use({
    writeLines: async lines => {
      assert.equal(Buffer.concat(lines.chunks).toString().split('\n').length - 1, lines.count)
      for (let n = 0; n < lines.count; n++) written.push(lines.line(n).toString())
      assert.equal(lines.record(1)['@meta'].id, 'b')
      return [[1, { dead: 'late' }]]
    },
  })
  const asItCame = '{"@meta":{"id":"a"},  "n":1.0}\n'
  const cycle: LogRecord = { '@meta': { id: 'cycle' } }
  cycle.self = cycle
  const receipts = [
    stage.accept(Batch.fromBytes(Buffer.from(asItCame), createReader())),
    stage.accept(Batch.fromRecords([cycle, recordOf('b'), recordOf('large', 'x'.repeat(60))])),
    stage.accept(Batch.fromBytes(Buffer.from('plain\n'), createReader())),
  ]
  assert.deepEqual(await Promise.all(receipts), [{ stored: 1 }, { stored: 1, dead: 2 }, { dead: 1 }])
  assert.deepEqual(written, [
    asItCame,
    '{"@meta":{"id":"b"},"message":""}\n',
    '{"@meta":{"id":"m1","received":1000},"message":"plain"}\n',
  ])
  assert.deepEqual(refused.map(([id, reason]) => [id, reason]).sort(), [
    ['b', 'late'],
    ['cycle', 'unwritable'],
    ['large', 'oversize'],
  ])
})

test('bug: the memory of lines was held for ever once somebody had asked for one of them', async () => {
  const { stage } = createSink({ buffer: 1e9, batch: { bytes: 1e9, delay: 1, concurrency: 1 } })
  const memory = new Set<ArrayBufferLike>()
  stage.use({
    writeLines: async lines => {
      for (const { buffer } of lines.chunks) memory.add(buffer)
      assert.equal(lines.record(1)['@meta'].id, 'b')
      return undefined
    },
  })
  for (let n = 0; n < 40; n++)
    await Promise.all(
      ['a', 'b'].map(id => stage.accept(Batch.fromRecords([recordOf(id, id.repeat(100_000))]))),
    )
  assert.ok(memory.size < 5, `${memory.size} pieces of memory`)
})

test('bug: lines that wait to become dead letters were held without a bound', async () => {
  const letter = Promise.withResolvers<void>()
  const { stage, books } = createSink({ buffer: 1000, maxRecord: 50, refuse: () => letter.promise })
  stage.use({ writeLines: () => Promise.resolve(undefined) })
  const accepted: Promise<Receipt>[] = []
  for (let n = 0; !stage.room(); n++) {
    assert.ok(n < 20, 'there is always room')
    accepted.push(
      stage.accept(
        Batch.fromBytes(Buffer.from(`{"@meta":{"id":"${n}"},"a":"${'x'.repeat(100)}"}\n`), createReader()),
      ),
    )
  }
  const room = stage.room()!
  letter.resolve()
  await room
  for (const receipt of await Promise.all(accepted)) assert.deepEqual(receipt, { dead: 1 })
  assert.deepEqual([stage.held, books.held, books.balanced], [0, 0, true])
})
