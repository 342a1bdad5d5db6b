import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { Batch } from '../../../src/lib/batch.ts'
import type { Acceptance, Asking, Filtered, FilterRecord, Token } from '../../../src/lib/daemon.ts'
import { Books } from '../../../src/lib/engine/books.ts'
import { FilterStage, type FilterStageOptions } from '../../../src/lib/engine/filter-stage.ts'
import { Outlet } from '../../../src/lib/engine/outlet.ts'
import { OutputTarget } from '../../../src/lib/engine/output.ts'
import { accounted, type Receipt } from '../../../src/lib/engine/receipt.ts'
import { Fatal } from '../../../src/lib/errors.ts'
import type { Fields, LogRecord } from '../../../src/lib/record.ts'
import { ManualLink, settled } from '../../support/link.ts'
import { createReader } from '../../support/reader.ts'

type Answers = Awaited<ReturnType<Asking['ask']>>

const recordOf = (id: string, fields: Fields = {}): LogRecord => ({ '@meta': { id }, ...fields })
const batchOf = (...ids: string[]) => Batch.fromRecords(ids.map(id => recordOf(id)))
const idOf = (record: LogRecord) => record['@meta'].id

/** A filter between a test and a link that acknowledges when the test says so. */
function createFilter(options: Partial<FilterStageOptions> = {}) {
  const books = new Books()
  const link = new ManualLink('records', Number.POSITIVE_INFINITY)
  const refused: { id: string; reason: string; detail: string | undefined }[] = []
  const fatal: unknown[] = []
  const stage = new FilterStage({
    books,
    outlet: link,
    buffer: 1e6,
    refuse: async (record, reason, detail) => {
      refused.push({ id: idOf(record), reason, detail })
    },
    fatal: error => fatal.push(error),
    ...options,
  })
  return { stage, books, link, refused, fatal }
}

/** Sends one batch through a filter whose link acknowledges at once. */
async function run(filter: FilterRecord, batch: Batch, given = createFilter()) {
  given.stage.use(filter)
  const accepted = given.stage.accept(batch)
  await settled()
  while (given.link.pending.length > 0) given.link.acknowledge()
  const receipt = await accepted
  assert.ok(given.books.balanced)
  assert.equal(given.books.held, 0)
  return { ...given, receipt }
}

test('what a filter returns goes on, under the id of what came in', async () => {
  const table: [Filtered, string[], Receipt][] = [
    [recordOf('a', { x: 1 }), ['a'], { sent: 1 }],
    [{ x: 1 }, ['a'], { sent: 1 }],
    [recordOf('other'), ['a'], { sent: 1 }],
    [[recordOf('a')], ['a'], { sent: 1 }],
    [[{ x: 1 }, { x: 2 }, recordOf('a')], ['a.0', 'a.1', 'a.2'], { sent: 3, made: 2 }],
    [null, [], { 'dropped:filtered': 1 }],
    [undefined, [], { 'dropped:filtered': 1 }],
    [[], [], { 'dropped:filtered': 1 }],
  ]
  for (const [filtered, ids, receipt] of table) {
    for (const filter of [() => filtered, async () => filtered]) {
      const given = await run(filter, batchOf('a'))
      assert.deepEqual(given.link.ids, ids)
      assert.deepEqual(given.receipt, receipt)
    }
  }
})

test('@meta passes from what came in to what goes out', async () => {
  const meta = { id: 'a', received: 5, peer: '1.2.3.4:5' }
  const given = createFilter()
  given.stage.use(() => ({ x: 1 }))
  given.stage.accept(Batch.fromRecords([{ '@meta': meta }]))
  assert.deepEqual(given.link.pending[0]!.batch.records, [{ '@meta': meta, x: 1 }])
})

test('one batch in is one batch out, acknowledged when that is', async () => {
  const { stage, link, books } = createFilter()
  stage.use(record => record)
  let receipt: Receipt | undefined
  stage.accept(batchOf('a', 'b', 'c')).then(given => {
    receipt = given
  })
  assert.deepEqual(
    link.pending.map(({ batch }) => batch.count),
    [3],
  )
  await settled()
  assert.deepEqual([receipt, books.held], [undefined, 3])
  link.acknowledge(0, { stored: 2, duplicate: 1 })
  await settled()
  assert.deepEqual(receipt, { stored: 2, duplicate: 1 })
})

test('a batch of which nothing is left is acknowledged at once', async () => {
  const { stage, link } = createFilter()
  stage.use(() => undefined)
  assert.deepEqual(await stage.accept(batchOf('a', 'b')), { 'dropped:filtered': 2 })
  assert.deepEqual(await stage.accept(batchOf()), {})
  assert.equal(link.pending.length, 0)
})

test('drop says why', async () => {
  const given = createFilter()
  const { receipt } = await run(
    record => (idOf(record) === 'b' ? given.stage.drop(record, 'sampled') : record),
    batchOf('a', 'b', 'c'),
    given,
  )
  assert.deepEqual(receipt, { 'dropped:sampled': 1, sent: 2 })
})

test('one that asks is asked for several batches at once, and its answers keep their order', async () => {
  const { stage, link, books } = createFilter()
  const asked: { ids: string[]; answer: PromiseWithResolvers<Answers> }[] = []
  let ended = false
  stage.use({
    ask(records) {
      const answer = Promise.withResolvers<Answers>()
      asked.push({ ids: records.map(idOf), answer })
      return answer.promise
    },
    end() {
      ended = true
    },
  })
  const accepted = [batchOf('a', 'b'), batchOf('c', 'd', 'e'), batchOf('f')].map(one => stage.accept(one))
  assert.deepEqual(
    asked.map(({ ids }) => ids.join('')),
    ['ab', 'cde', 'f'],
  )
  const [first, second, third] = asked.map(({ answer }) => answer)
  third!.resolve(record => record)
  second!.resolve((record, n) => (n === 0 ? stage.reject(record, 'bad') : n === 1 ? null : [{}, {}]))
  await settled()
  assert.deepEqual(link.ids, [])
  first!.resolve((record, n) => (n === 0 ? { x: n } : stage.drop(record, 'sampled')))
  await stage.flush()
  assert.ok(ended)
  assert.deepEqual(link.ids, ['a', 'e.0', 'e.1', 'f'])
  while (link.pending.length > 0) link.acknowledge()
  assert.deepEqual(await Promise.all(accepted), [
    { sent: 1, 'dropped:sampled': 1 },
    { dead: 1, 'dropped:filtered': 1, sent: 2, made: 1 },
    { sent: 1 },
  ])
  assert.ok(books.balanced && books.held === 0)
})

test('one that asks and is given no answer has its records refused, and only Fatal ends the process', async () => {
  const never = async () => assert.fail('nobody answers')
  const sync = () => {
    throw new Error('cannot ask')
  }
  for (const ask of [never, sync]) {
    const given = createFilter()
    given.stage.use({ ask })
    assert.deepEqual(await given.stage.accept(batchOf('a', 'b')), { dead: 2 })
    assert.match(given.refused[1]!.detail!, /nobody answers|cannot ask/)
    assert.deepEqual(given.fatal, [])
  }
  const { stage, fatal } = createFilter()
  stage.use({ ask: () => Promise.reject(new Fatal('no use')) })
  await assert.rejects(stage.accept(batchOf('a')), /no use/)
  assert.equal(fatal.length, 1)
})

test('a refused record is acknowledged when its letter is durable', async () => {
  const letter = Promise.withResolvers<void>()
  const { stage, books } = createFilter({ refuse: () => letter.promise })
  stage.use(record => stage.reject(record, 'bad'))
  let receipt: Receipt | undefined
  stage.accept(batchOf('a')).then(given => {
    receipt = given
  })
  await settled()
  assert.deepEqual([receipt, books.held], [undefined, 1])
  letter.resolve()
  await settled()
  assert.deepEqual(receipt, { dead: 1 })
})

test('a throw refuses the one record, with the stack', async () => {
  for (const asynchronous of [false, true]) {
    const filter = (record: LogRecord) => {
      if (idOf(record) === 'b') throw new TypeError('a mistake')
      return record
    }
    const given = await run(asynchronous ? async record => filter(record) : filter, batchOf('a', 'b', 'c'))
    assert.deepEqual(given.link.ids, ['a', 'c'])
    assert.deepEqual(given.receipt, { dead: 1, sent: 2 })
    assert.deepEqual(
      given.refused.map(({ id, reason }) => [id, reason]),
      [['b', 'error']],
    )
    assert.match(given.refused[0]!.detail!, /TypeError: a mistake\n +at .*filter/)
    assert.deepEqual(given.fatal, [])
  }
})

test('whatever is thrown is told', async () => {
  for (const thrown of [
    'text',
    undefined,
    Object.create(null),
    Object.assign(new Error('x'), { stack: undefined }),
  ]) {
    const { refused } = await run(() => {
      throw thrown
    }, batchOf('a'))
    assert.equal(typeof refused[0]!.detail, 'string')
  }
})

test('Fatal ends the process, and the batch is not acknowledged', async () => {
  for (const filter of [
    () => {
      throw new Fatal('no')
    },
    () => Promise.reject(new Fatal('no')),
  ]) {
    const { stage, fatal, refused, books } = createFilter()
    stage.use(filter)
    await assert.rejects(stage.accept(batchOf('a')), /no/)
    assert.deepEqual(fatal.map(String), ['Fatal: no'])
    assert.deepEqual(refused, [])
    assert.equal(books.held, 1)
  }
})

test('lines that could not be read are dead letters', async () => {
  const batch = Batch.fromBytes(Buffer.from('too long a line\nok\n'), createReader(5))
  const { receipt, refused } = await run(record => record, batch)
  assert.deepEqual(receipt, { dead: 1, sent: 1 })
  assert.deepEqual(
    refused.map(({ reason }) => reason),
    ['oversize'],
  )
})

test('what was not accepted downstream is not acknowledged upstream', async () => {
  const { stage, link, books } = createFilter()
  stage.use(record => record)
  const accepted = stage.accept(batchOf('a'))
  link.fail(new Error('closed'))
  await assert.rejects(accepted, /closed/)
  assert.equal(books.held, 1)
})

test('a dead letter that was given up is not acknowledged', async () => {
  const { stage, books, fatal } = createFilter({ refuse: () => Promise.reject(new Error('aborted')) })
  stage.use(record => stage.reject(record, 'bad'))
  await assert.rejects(stage.accept(batchOf('a')), /aborted/)
  assert.deepEqual([books.held, fatal.length], [1, 0])
})

test('bug: a filter that returned something else spoilt the batch and all that came after it', async () => {
  const wrong: unknown[] = ['text', 7, true, [[recordOf('a')]], [recordOf('a'), null], ['text'], [1, 2]]
  for (const filtered of wrong) {
    const given = createFilter()
    const filter = (record: LogRecord) => (idOf(record) === 'b' ? (filtered as Filtered) : record)
    await run(filter, batchOf('a', 'b', 'c'), given)
    await run(filter, batchOf('d'), given)
    assert.deepEqual(given.link.ids, ['a', 'c', 'd'], String(filtered))
    assert.match(given.refused[0]!.detail!, /a filter returns a record/)
  }
  const { receipt } = await run(
    record => {
      record['@meta'] = undefined as never
      return record
    },
    batchOf('a'),
    createFilter({ refuse: async () => {} }),
  )
  assert.deepEqual(receipt, { dead: 1 })
})

test('bug: an error of a later record, while an earlier one waited, ended the process', async t => {
  const unhandled = t.mock.fn()
  process.on('unhandledRejection', unhandled)
  t.after(() => process.off('unhandledRejection', unhandled))
  const { stage, link, refused } = createFilter()
  const first = Promise.withResolvers<Filtered>()
  stage.use(record => (idOf(record) === 'a' ? first.promise : Promise.reject(new Error('no'))))
  const accepted = stage.accept(batchOf('a', 'b', 'c'))
  await settled()
  assert.equal(unhandled.mock.callCount(), 0)
  first.resolve({ x: 1 })
  await settled()
  link.acknowledge()
  assert.deepEqual(await accepted, { dead: 2, sent: 1 })
  assert.deepEqual(
    refused.map(({ id }) => id),
    ['b', 'c'],
  )
})

test('bug: a copy that was dropped or refused in place of the record unbalanced the books', async () => {
  for (const what of ['drop', 'reject'] as const) {
    for (const asynchronous of [false, true]) {
      const given = createFilter()
      const filter = (record: LogRecord) => given.stage[what]({ ...record }, 'why')
      // `run` asserts that they balance.
      const { receipt } = await run(
        asynchronous ? async record => filter(record) : filter,
        batchOf('a', 'b'),
        given,
      )
      assert.deepEqual(receipt, what === 'drop' ? { 'dropped:why': 2 } : { dead: 2 })
    }
  }
  const given = createFilter()
  const { receipt } = await run(
    async record => {
      await settled()
      return given.stage.drop({ ...record }, 'late')
    },
    batchOf('a'),
    given,
  )
  assert.deepEqual(receipt, { 'dropped:late': 1, 'dropped:filtered': 1, made: 1 })
})

test('outside of a record there is nothing to drop, reject or hold', () => {
  const { stage } = createFilter({ hold: { records: 9, bytes: 1e6, timeout: 1e6 } })
  for (const what of ['drop', 'reject', 'hold'] as const)
    assert.throws(() => stage[what](recordOf('a'), 'why'), /for the record that is being filtered/)
})

test('batches keep their order, also where the filter waits for a different time each', async () => {
  const { stage, link } = createFilter()
  const waits = new Map<string, PromiseWithResolvers<Filtered>>()
  stage.use(record => {
    const wait = Promise.withResolvers<Filtered>()
    waits.set(idOf(record), wait)
    return wait.promise
  })
  for (const ids of [['a', 'b'], ['c'], ['d']]) stage.accept(batchOf(...ids))
  for (const round of [['b', 'a'], ['c'], ['d']]) {
    assert.deepEqual([...waits.keys()].toSorted(), round.toSorted(), 'one batch at a time')
    for (const id of round) waits.get(id)!.resolve({ x: 1 })
    waits.clear()
    await settled()
  }
  assert.deepEqual(link.ids, ['a', 'b', 'c', 'd'])
})

test('a filter may wait for some records and not for others', async () => {
  const { link, receipt } = await run(
    record => (Number(idOf(record)) % 3 === 1 ? settled().then(() => record) : record),
    batchOf('0', '1', '2', '3', '4', '5'),
  )
  assert.deepEqual(link.ids, ['0', '1', '2', '3', '4', '5'])
  assert.deepEqual(receipt, { sent: 6 })
})

test('bug: after a filter had waited once, everything waited', async () => {
  const { stage, link } = createFilter()
  stage.use(record => (idOf(record) < 'c' ? settled().then(() => record) : record))
  stage.accept(batchOf('a'))
  stage.accept(batchOf('b'))
  while (link.ids.length < 2) await settled()
  await settled()
  stage.accept(batchOf('c'))
  assert.deepEqual(link.ids, ['a', 'b', 'c'], 'at once')
})

test('room is that of the outlet, and for a filter that waits its own', async () => {
  const size = batchOf('a').size
  const { stage, link } = createFilter({ buffer: 2 * size, outlet: new ManualLink('records', 0) })
  assert.ok(stage.room(), 'the outlet has none')
  assert.equal(link.pending.length, 0)
  const slow = createFilter({ buffer: 2 * size })
  const wait = Promise.withResolvers<void>()
  slow.stage.use(record => wait.promise.then(() => record))
  slow.stage.accept(batchOf('a'))
  assert.equal(slow.stage.room(), undefined)
  slow.stage.accept(batchOf('b'))
  const room = slow.stage.room()
  assert.ok(room)
  wait.resolve()
  await room
})

test('bug: refused records that could not be written were taken without bound', async () => {
  const letter = Promise.withResolvers<void>()
  const { stage } = createFilter({ buffer: 100, refuse: () => letter.promise })
  stage.use(record => stage.reject(record, 'bad'))
  let batches = 0
  while (!stage.room()) {
    assert.ok(batches++ < 100)
    stage.accept(batchOf(String(batches)))
  }
  const room = stage.room()
  letter.resolve()
  await room
})

test('bug: a record that is a cycle held up its batch for ever', async () => {
  const { stage, link } = createFilter()
  stage.use(record => {
    record.self = record
    return record
  })
  const accepted = stage.accept(batchOf('a'))
  link.acknowledge(0, { dead: 1 })
  assert.deepEqual(await accepted, { dead: 1 })
})

// Filters that hold records back.

/** Joins lines to the first one, which begins with a capital, as a multi-line filter does. */
function createJoiner(t: TestContext, limits = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const given = createFilter({ hold: { records: 1000, bytes: 1e6, timeout: 1000, ...limits } })
  let group: Token[] = []
  const join = () => {
    if (group.length === 0) return
    const tokens = group
    group = []
    given.stage.join([{ message: tokens.map(({ record }) => record.message).join('') }], tokens)
  }
  given.stage.use({
    filter: record => {
      if (/^[A-Z]/.test(String(record.message))) join()
      group.push(given.stage.hold(record))
      return undefined
    },
    flush: join,
  })
  let next = 0
  const accept = (...messages: string[]) =>
    given.stage.accept(Batch.fromRecords(messages.map(message => recordOf(String(next++), { message }))))
  const messages = () =>
    given.link.pending.flatMap(({ batch }) => batch.records.map(({ message }) => message))
  return { ...given, accept, messages }
}

test('held records are acknowledged when what they were joined into is', async t => {
  const { accept, messages, link, books } = createJoiner(t)
  const receipts = [accept('A', 'b'), accept('c'), accept('D')]
  await settled()
  assert.deepEqual(messages(), ['Abc'])
  assert.equal(books.held, 4)
  link.acknowledge(0, { stored: 1 })
  assert.deepEqual(await Promise.all(receipts.slice(0, 2)), [{ stored: 1, merged: 1 }, { merged: 1 }])
  assert.equal(books.held, 1)
  assert.deepEqual(link.ids, ['0~3'])
})

test('what is joined while one batch is filtered goes as one batch; each is told what became of its own', async t => {
  const { accept, link, stage } = createJoiner(t)
  const receipts = [accept('A'), accept('b', 'C', 'd', 'E', 'F')]
  assert.equal(link.pending.length, 1)
  assert.deepEqual(link.ids, ['0~2', '2~2', '4~1'])
  await stage.flush()
  link.acknowledge(0, { stored: 2, duplicate: 1 })
  link.acknowledge(0, { dead: 1 })
  assert.deepEqual(await Promise.all(receipts), [
    { stored: 1 },
    { merged: 2, stored: 1, duplicate: 1, dead: 1 },
  ])
})

test('what is joined by one flush goes as one batch', async t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const { stage, link } = createFilter({ hold: { records: 9, bytes: 1e6, timeout: 1000 } })
  stage.use({
    filter: record => void stage.hold(record),
    flush: tokens => {
      for (const token of tokens) stage.join([token.record], [token])
    },
  })
  const receipt = stage.accept(batchOf('a', 'b'))
  t.mock.timers.tick(1000)
  assert.equal(link.pending.length, 1)
  // What was only held back is what it was.
  assert.deepEqual(link.ids, ['a', 'b'])
  link.acknowledge(0, { stored: 1, dead: 1 })
  assert.deepEqual(await receipt, { stored: 1, dead: 1 })
})

test('what could not be sent is not acknowledged, neither to the batch nor to what was held', async t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const { stage, link } = createFilter({ hold: { records: 9, bytes: 1e6, timeout: 1000 } })
  let token: Token | undefined
  stage.use({
    filter: record => {
      if (idOf(record) !== 'a') stage.join([{ x: 1 }], [token!])
      else token = stage.hold(record)
      return idOf(record) === 'a' ? undefined : record
    },
    flush: () => {},
  })
  const receipts = [stage.accept(batchOf('a')), stage.accept(batchOf('b'))]
  assert.deepEqual(link.ids, ['a~1', 'b'])
  link.fail(new Error('closed'))
  for (const receipt of receipts) await assert.rejects(receipt, /closed/)
})

test('at the time-out and at the end they are joined', async t => {
  const { accept, messages, stage } = createJoiner(t)
  accept('A', 'b')
  t.mock.timers.tick(1000)
  assert.deepEqual(messages(), ['Ab'])
  accept('c')
  await stage.flush()
  assert.deepEqual(messages(), ['Ab', 'c'])
})

test('after the end nothing more is held than its batch', async t => {
  const { accept, messages, stage } = createJoiner(t)
  await stage.flush()
  accept('A', 'b')
  assert.deepEqual(messages(), ['Ab'])
})

test('more than the bound is not held', t => {
  const { accept, messages } = createJoiner(t, { records: 2 })
  accept('A', 'b', 'c', 'd', 'e', 'f', 'g')
  assert.deepEqual(messages(), ['Abc', 'def'])
})

test('what goes on beside held records keeps its order', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { stage, link } = createFilter({ hold: { records: 9, bytes: 1e6, timeout: 1000 } })
  let token: Token | undefined
  stage.use({
    filter: record => {
      if (idOf(record) === 'b') token = stage.hold(record)
      else if (idOf(record) === 'd') stage.join([record], [token!])
      else return record
      return idOf(record) === 'd' ? stage.drop(record, 'joined') : undefined
    },
    flush: () => {},
  })
  stage.accept(batchOf('a', 'b', 'c', 'd', 'e'))
  assert.deepEqual(link.ids, ['a', 'c', 'b~1', 'e'])
})

test('several outputs of one join get ordinals; none is a drop', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  for (const [outputs, ids, receipt] of [
    [[{ x: 1 }, { x: 2 }, { x: 3 }], ['a~2.0', 'a~2.1', 'a~2.2'], { sent: 3, made: 1 }],
    [[], [], { 'dropped:joined': 2 }],
  ] as const) {
    const { stage, link, books } = createFilter({ hold: { records: 9, bytes: 1e6, timeout: 1000 } })
    const tokens: Token[] = []
    stage.use({
      filter: record => void tokens.push(stage.hold(record)),
      flush: held => stage.join(outputs, held),
    })
    const accepted = stage.accept(batchOf('a', 'b'))
    await stage.flush()
    while (link.pending.length > 0) link.acknowledge()
    assert.deepEqual(await accepted, receipt)
    assert.deepEqual(link.ids, ids)
    assert.ok(books.balanced)
  }
})

test('a filter that does not state its bounds may not hold', async () => {
  const { stage, fatal } = createFilter()
  stage.use(record => void stage.hold(record))
  await assert.rejects(stage.accept(batchOf('a')), /does not state its bounds/)
  assert.equal(fatal.length, 1)
})

test('bug: a flush that failed was swallowed, and its batch never acknowledged', async () => {
  const { stage, fatal } = createFilter({ hold: { records: 1, bytes: 1e6, timeout: 1e6 } })
  stage.use({ filter: record => void stage.hold(record), flush: () => {} })
  stage.accept(batchOf('a', 'b'))
  assert.match(String(fatal[0]), /returned without joining/)
})

// A model: filters that do anything, over batches in any order of acknowledgement.

const deed = fc.constantFrom(
  'pass',
  'change',
  'split',
  'nothing',
  'drop',
  'reject',
  'throw',
  'hold',
  'join',
  'dropAll',
)

test('whatever a filter does, the books balance and nothing is acknowledged too early', async t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const plan = fc.array(fc.tuple(fc.array(fc.tuple(deed, fc.boolean()), { maxLength: 6 }), fc.nat(3)), {
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(plan, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (plan, maySlow, records) => {
      const letters: PromiseWithResolvers<void>[] = []
      const given = createFilter({
        hold: { records, bytes: 1e6, timeout: 1000 },
        refuse: () => {
          const letter = Promise.withResolvers<void>()
          letters.push(letter)
          return letter.promise
        },
      })
      const { stage, link, books } = given
      const tokens = new Set<Token>()
      const join = (outputs: number, only = [...tokens]) => {
        for (const token of only) tokens.delete(token)
        if (only.length > 0)
          stage.join(
            Array.from({ length: outputs }, (_, n) => ({ n })),
            only,
          )
      }
      const act = (record: LogRecord): Filtered => {
        switch (record.deed) {
          case 'pass':
            return record
          case 'change':
            return { deed: 'change' }
          case 'split':
            return [record, { ...record }, { deed: 'split' }]
          case 'drop':
            return stage.drop(record, 'why')
          case 'reject':
            return stage.reject({ ...record }, 'why')
          case 'throw':
            throw new Error('thrown')
          case 'hold':
            tokens.add(stage.hold(record))
            return null
          case 'join':
            tokens.add(stage.hold(record))
            join(1 + (tokens.size % 3))
            return null
          case 'dropAll':
            join(0)
            return []
          default:
            return undefined
        }
      }
      stage.use({
        filter: record => (maySlow && record.slow ? Promise.resolve().then(() => act(record)) : act(record)),
        flush: held => join(1, held.filter(token => tokens.has(token)) as Token[]),
      })
      const batches: { count: number; receipt?: Receipt; refusals: number }[] = []
      const check = () => {
        assert.ok(books.balanced)
        assert.equal(
          books.held,
          batches.reduce((sum, { count, receipt }) => sum + (receipt ? 0 : count), 0),
        )
        // Whatever is pending at the link has an origin that is not acknowledged.
        for (const { batch } of link.pending) {
          for (const record of batch.records) {
            const [n] = idOf(record).split('-')
            if (!idOf(record).includes('~'))
              assert.equal(batches[Number(n)]!.receipt, undefined, idOf(record))
          }
        }
        if (letters.length > 0 || tokens.size > 0) assert.ok(books.held > 0)
      }
      for (const [n, [deeds, acknowledgements]] of plan.entries()) {
        const records = deeds.map(([deed, slow], m) => recordOf(`${n}-${m}`, { deed, slow }))
        const entry: (typeof batches)[number] = { count: deeds.length, refusals: 0 }
        batches.push(entry)
        stage.accept(Batch.fromRecords(records)).then(receipt => {
          assert.equal(accounted(receipt), entry.count + (receipt.made ?? 0))
          entry.receipt = receipt
        })
        await settled()
        check()
        for (let m = 0; m < acknowledgements; m++) {
          if (m % 2 === 0) link.acknowledge(link.pending.length - 1)
          else letters.shift()?.resolve()
          await settled()
          check()
        }
      }
      await stage.flush()
      while (batches.some(({ receipt }) => !receipt)) {
        assert.ok(
          link.pending.length + letters.length > 0,
          'nothing is under way, and not all is acknowledged',
        )
        link.acknowledge()
        letters.shift()?.resolve()
        await settled()
        check()
      }
      assert.equal(tokens.size, 0)
      assert.equal(stage.room(), undefined)
      assert.deepEqual(given.fatal, [])
      assert.equal(books.outcomes.sent ?? 0, link.ids.length)
      assert.equal(new Set(link.ids).size, link.ids.length, 'an id was given twice')
    }),
    { numRuns: 300 },
  )
})

describe('dropped for the sake of another', () => {
  /** Records of the message `x` are dropped after the first of them. */
  function createDedupe() {
    const given = createFilter()
    let first: Acceptance | undefined
    given.stage.use(record => {
      if (first) return given.stage.drop(record, 'duplicate', first)
      first = given.stage.acceptance()
      return record
    })
    const receipts: (Receipt | Error | undefined)[] = []
    const accept = (...ids: string[]) => {
      const n = receipts.push(undefined) - 1
      given.stage.accept(batchOf(...ids)).then(
        receipt => {
          receipts[n] = receipt
        },
        error => {
          receipts[n] = error
        },
      )
    }
    return { ...given, receipts, accept }
  }

  test('it is acknowledged when that is accepted, not before', async () => {
    const { link, receipts, accept, books } = createDedupe()
    accept('a')
    accept('b', 'c')
    await settled()
    assert.deepEqual(receipts, [undefined, undefined])
    link.acknowledge()
    await settled()
    assert.deepEqual(receipts, [{ sent: 1 }, { 'dropped:duplicate': 2 }])
    accept('d')
    await settled()
    assert.deepEqual(receipts[2], { 'dropped:duplicate': 1 })
    assert.ok(books.balanced)
  })

  test('it is not acknowledged when that never is', async () => {
    const { link, receipts, accept } = createDedupe()
    accept('a')
    accept('b')
    const error = new Error('closed')
    link.fail(error)
    await settled()
    assert.deepEqual(receipts, [error, error])
    accept('c')
    await settled()
    assert.equal(receipts[2], error)
  })

  test('in the batch that it came in itself, nothing else is waited for', async () => {
    const { link, receipts, accept } = createDedupe()
    accept('a', 'b')
    link.acknowledge()
    await settled()
    assert.deepEqual(receipts, [{ 'dropped:duplicate': 1, sent: 1 }])
  })
})

describe('outputs', () => {
  function createOutputs() {
    const links = [1, 2].map(() => new ManualLink('records', Number.POSITIVE_INFINITY))
    const outputs = links.map(
      (link, n) =>
        new OutputTarget({
          name: `output ${n}`,
          outlet: new Outlet({
            links: [link],
            batch: { bytes: 0, delay: 0 },
            buffer: 100,
            whenFull: 'block',
            maxRecord: 1e6,
            dropped: () => {},
            refuse: async () => {},
          }),
          most: () => 1e6,
          blocks: true,
          waitingFor: () => {},
        }),
    )
    const given = createFilter({ outputs })
    const [first, second] = outputs.map(output => given.stage.outputOf(output))
    return { ...given, links, outputs, first: first!, second: second! }
  }

  test('a batch is acknowledged when each output that has a part of it has accepted that', async () => {
    const { stage, link, links, first, second, books, outputs } = createOutputs()
    stage.use(record =>
      idOf(record) < 'c' ? first.send(record) : idOf(record) < 'd' ? second.send(record) : record,
    )
    let receipt: Receipt | undefined
    stage.accept(batchOf('a', 'b', 'c', 'd')).then(given => {
      receipt = given
    })
    assert.deepEqual([links[0]!.ids, links[1]!.ids, link.ids], [['a', 'b'], ['c'], ['d']])
    links[0]!.acknowledge(0, { stored: 1, duplicate: 1 })
    link.acknowledge(0, { spooled: 1 })
    await settled()
    assert.equal(receipt, undefined)
    links[1]!.acknowledge(0, { dead: 1 })
    await settled()
    assert.deepEqual(receipt, { stored: 1, duplicate: 1, spooled: 1, dead: 1 })
    assert.ok(books.balanced && outputs.every(output => output.books.balanced))
  })

  test('copies into several are made, each under the id that it came with', async () => {
    const given = createOutputs()
    const { stage, links, first, second } = given
    const accepted = stage.accept.bind(stage)
    stage.use(record => {
      first.send(record)
      second.send({ x: 1 })
      return [record, record]
    })
    const receipt = accepted(batchOf('a'))
    await settled()
    for (const link of [...links, given.link]) link.acknowledge()
    assert.deepEqual(await receipt, { made: 3, sent: 4 })
    assert.deepEqual(
      [...links, given.link].map(({ ids }) => ids),
      [['a'], ['a'], ['a.0', 'a.1']],
    )
    assert.ok(given.books.balanced)
  })

  test('what was redacted is not in the original bytes there either', () => {
    const { stage, links, first } = createOutputs()
    stage.use(record => first.send({ ...record, message: '***' }))
    stage.accept(Batch.fromBytes(Buffer.from('caf\xe9 4111\n', 'latin1'), createReader()))
    const [record] = links[0]!.pending[0]!.batch.records
    assert.equal(record!.message, '***')
    assert.equal(record!['@meta'].bytes, undefined)
  })

  test('one that has no room holds all back', async () => {
    const { stage, links, first } = createOutputs()
    stage.use(record => first.send(record))
    assert.equal(stage.room(), undefined)
    stage.accept(batchOf('a', 'b', 'c', 'd', 'e', 'f', 'g'))
    const room = stage.room()
    assert.ok(room)
    links[0]!.acknowledge()
    await room
    assert.equal(stage.room(), undefined)
  })

  test('one that refuses what it has sent has made it', async () => {
    const { stage, links, first, refused, books } = createOutputs()
    stage.use(record => {
      first.send(record)
      throw new TypeError('after that')
    })
    const receipt = stage.accept(batchOf('a'))
    await settled()
    links[0]!.acknowledge()
    assert.deepEqual(await receipt, { made: 1, sent: 1, dead: 1 })
    assert.equal(refused.length, 1)
    assert.ok(books.balanced)
  })
})
