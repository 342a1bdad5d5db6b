import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Feed } from '../../../src/lib/daemon.ts'
import { Books } from '../../../src/lib/engine/books.ts'
import { SourceStage, type SourceStageOptions } from '../../../src/lib/engine/source-stage.ts'
import { Fatal } from '../../../src/lib/errors.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { ManualLink, settled } from '../../support/link.ts'

const record = (id: string): LogRecord => ({ '@meta': { id } })

/** A source that has just been started, and all that it is given. */
async function start(t: TestContext, options: Partial<SourceStageOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  t.after(() => rm(folder, { recursive: true }))
  const books = new Books()
  const counted: string[] = []
  const link = new ManualLink('records', 2)
  const stage = new SourceStage({
    books,
    outlet: link,
    checkpointPath: async name => join(folder, name),
    refuse: async () => {},
    buffer: 1e6,
    waitingFor: () => {},
    count: counter => void counted.push(counter),
    fatal: error => assert.fail(error as Error),
    ...options,
  })
  const stop = new AbortController()
  const { promise, resolve } = Promise.withResolvers<Feed>()
  const running = stage.run(async feed => {
    resolve(feed)
    await new Promise(end => feed.signal.addEventListener('abort', end))
  }, stop.signal)
  return { stage, books, counted, link, feed: await promise, stop, running, folder }
}

test('what it emits is accepted when the outlet says so', async t => {
  const { books, link, feed, stop, running } = await start(t)
  let accepted = false
  const emitted = feed.emit([record('a'), record('b')]).then(() => {
    accepted = true
  })
  await settled()
  assert.deepEqual([link.ids, accepted, books.held], [['a', 'b'], false, 2])
  link.acknowledge(0, { stored: 1, dead: 1 })
  await emitted
  assert.deepEqual(books.toJSON(), { in: 2, stored: 1, dead: 1, held: 0, balanced: true })
  stop.abort()
  await running
})

test('room is that of the outlet', async t => {
  const { link, feed } = await start(t)
  assert.equal(feed.room(), undefined)
  feed.emit([record('a')])
  feed.emit([record('b')])
  const room = feed.room()
  assert.ok(room)
  link.acknowledge()
  await room
})

test('what was not accepted stays in the books, and ends nobody who does not listen', async t => {
  const unhandled = t.mock.fn()
  process.on('unhandledRejection', unhandled)
  t.after(() => process.off('unhandledRejection', unhandled))
  const { books, link, feed } = await start(t)
  const listened = feed.emit([record('a')])
  feed.emit([record('b')])
  link.fail(new Error('closed'))
  link.fail(new Error('closed'))
  await assert.rejects(listened, /closed/)
  await settled()
  assert.equal(unhandled.mock.callCount(), 0)
  assert.deepEqual([books.held, books.balanced], [2, true])
})

test('a checkpoint moves with what was accepted, and is there after the stage was closed', async t => {
  const { stage, link, feed, folder } = await start(t)
  const checkpoint = await feed.checkpoint('offsets')
  assert.equal(checkpoint.position, undefined)
  const first = feed.emit([record('a')], { checkpoint, position: 10 })
  const second = feed.emit([record('b')], { checkpoint, position: 20 })
  link.acknowledge(1)
  await second
  assert.equal(checkpoint.position, undefined)
  link.acknowledge()
  await first
  assert.equal(checkpoint.position, 20)
  feed.emit([record('c')], { checkpoint, position: 30 }).catch(() => {})
  await stage.close()
  assert.equal(await readFile(join(folder, 'offsets'), 'utf8'), '20\n')
})

test('bug: a checkpoint did not move over a stretch without records', async t => {
  const { stage, link, feed } = await start(t)
  const checkpoint = await feed.checkpoint('offsets')
  const first = feed.emit([record('a')], { checkpoint, position: 10 })
  await feed.emit([], { checkpoint, position: 20 })
  assert.equal(checkpoint.position, undefined, 'not before what comes before it')
  link.acknowledge()
  await first
  assert.equal(checkpoint.position, 20)
  await stage.close()
})

test('a refused record is taken, and dead when its letter is durable', async t => {
  const letter = Promise.withResolvers<void>()
  const refuse = t.mock.fn((_record: LogRecord, _reason: string, _detail?: string) => letter.promise)
  const { stage, books } = await start(t, { refuse })
  stage.reject(record('a'), 'too-large', 'why')
  assert.deepEqual(refuse.mock.calls[0]!.arguments, [record('a'), 'too-large', 'why'])
  assert.deepEqual([books.taken, books.held], [1, 1])
  letter.resolve()
  await settled()
  assert.deepEqual(books.toJSON(), { in: 1, dead: 1, held: 0, balanced: true })
})

test('what comes after a refused record is accepted, and its position kept, when the letter is durable', async t => {
  const letter = Promise.withResolvers<void>()
  const { stage, link, feed } = await start(t, { refuse: () => letter.promise })
  const checkpoint = await feed.checkpoint('offsets')
  const accepted: string[] = []
  stage.reject(record('a'), 'oversize')
  feed.emit([record('b')], { checkpoint, position: 20 }).then(() => accepted.push('b'))
  feed.emit([], { checkpoint, position: 30 }).then(() => accepted.push('nothing'))
  link.acknowledge()
  await settled()
  assert.deepEqual([accepted, checkpoint.position], [[], undefined])
  letter.resolve()
  await settled()
  assert.deepEqual([accepted, checkpoint.position], [['b', 'nothing'], 30])
  feed.emit([record('c')]).then(() => accepted.push('c'))
  link.acknowledge()
  await settled()
  assert.equal(accepted.length, 3)
  await stage.close()
})

test('bug: a dead letter that was given up at the end looked like a failure of the process', async t => {
  const fatal = t.mock.fn()
  let error: Error = new DOMException('The operation was aborted', 'AbortError')
  const { stage, books } = await start(t, { fatal, refuse: () => Promise.reject(error) })
  stage.reject(record('a'), 'error')
  await settled()
  assert.equal(fatal.mock.callCount(), 0)
  assert.equal(books.held, 1)
  error = new Fatal('the disk is broken')
  stage.reject(record('b'), 'error')
  await settled()
  assert.equal(fatal.mock.callCount(), 1)
})

test('bug: refused records piled up without bound while dead letters could not be written', async t => {
  const letter = Promise.withResolvers<void>()
  const { stage, feed } = await start(t, { refuse: () => letter.promise, buffer: 10 })
  stage.reject(record('a'), 'too-large')
  const room = feed.room()
  assert.ok(room)
  letter.resolve()
  await room
  assert.equal(feed.room(), undefined)
})

test('bug: a source that waits for the signal never heard of one that came before it ran', async t => {
  const { stage } = await start(t)
  const waits = (feed: Feed) => new Promise<void>(end => feed.signal.addEventListener('abort', () => end()))
  await stage.run(waits, AbortSignal.abort())
})

test('texts whose bytes are kept are counted, refused ones as well', async t => {
  const { stage, counted, feed } = await start(t)
  const broken = { '@meta': { id: 'b', bytes: '/w==' }, message: '\ufffd' }
  feed.emit([record('a'), broken])
  stage.reject(broken, 'oversize')
  assert.deepEqual(counted, ['invalidUtf8', 'invalidUtf8'])
})
