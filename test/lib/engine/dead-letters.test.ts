import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeadLetters } from '../../../src/lib/engine/dead-letters.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { ManualLink, settled } from '../../support/link.ts'

const record = (id: string, fields = {}): LogRecord => ({ '@meta': { id }, ...fields })
const written = (link: ManualLink) =>
  link.pending.flatMap(({ batch }) =>
    batch.bytes
      .toString()
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)),
  )

test('a letter is the record, unchanged, with the reason in its @meta', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 9, 11) })
  const link = new ManualLink()
  const letters = new DeadLetters(async () => link)
  const original = record('a', { message: 'x' })
  letters.write(original, 'stage', 'mapping', 'no such field')
  letters.write(record('b'), 'stage', 'oversize')
  const at = '2026-10-11T00:00:00.000Z'
  await settled()
  assert.deepEqual(written(link), [
    {
      '@meta': {
        id: 'a',
        dead: { reason: 'mapping', detail: 'no such field', stage: 'stage', attempts: 1, at },
      },
      message: 'x',
    },
  ])
  link.acknowledge()
  await settled()
  assert.deepEqual(written(link), [
    { '@meta': { id: 'b', dead: { reason: 'oversize', stage: 'stage', attempts: 1, at } } },
  ])
  assert.deepEqual(original, record('a', { message: 'x' }))
})

test('of a record that was sent in again it says how often it was refused', async () => {
  const cycle = record('c')
  Object.assign(cycle, { '@meta': { id: 'c', replays: 1 }, cycle })
  for (const [one, attempts, replays] of [
    [{ '@meta': { id: 'a' } }, 1, undefined],
    [{ '@meta': { id: 'a', replays: 2 } }, 3, 2],
    [{ '@meta': { id: 'a', replays: 'x' } } as unknown as LogRecord, 1, 'x'],
    [cycle, 2, 1],
  ] as const) {
    const link = new ManualLink()
    const writing = new DeadLetters(async () => link).write(one, 'stage', 'error')
    await settled()
    const meta = written(link)[0]['@meta']
    assert.deepEqual([meta.dead.attempts, meta.replays], [attempts, replays])
    link.acknowledge()
    await writing
  }
})

test('nothing is opened before the first one, and then once', async t => {
  const link = new ManualLink('bytes', 10)
  const open = t.mock.fn(async () => link)
  const letters = new DeadLetters(open)
  assert.equal(open.mock.callCount(), 0)
  for (const id of ['a', 'b']) {
    letters.write(record(id), 'stage', 'error')
    await settled()
    link.acknowledge()
    await settled()
  }
  assert.equal(open.mock.callCount(), 1)
  assert.deepEqual(link.ids, ['a', 'b'])
})

test('nobody is told before it is durable', async () => {
  const link = new ManualLink()
  const letters = new DeadLetters(async () => link)
  let told = false
  const writing = letters.write(record('a'), 'stage', 'error').then(() => {
    told = true
  })
  await settled()
  assert.equal(link.pending.length, 1)
  assert.equal(told, false)
  link.acknowledge()
  await writing
})

test('one write at a time: what is refused meanwhile goes together', async () => {
  const link = new ManualLink('bytes', 10)
  const letters = new DeadLetters(async () => link)
  const all = ['a', 'b', 'c'].map(id => letters.write(record(id), 'stage', 'error'))
  await settled()
  assert.deepEqual(
    link.pending.map(({ batch }) => batch.count),
    [1],
  )
  link.acknowledge()
  await settled()
  assert.deepEqual(
    link.pending.map(({ batch }) => batch.count),
    [2],
  )
  link.acknowledge()
  await Promise.all(all)
})

test('bug: what had piled up was one write, which fitted into no file any more; it is written in portions', async () => {
  const link = new ManualLink()
  const letters = new DeadLetters(async () => link)
  const put = (id: string, kibibytes: number) =>
    letters.write(record(id, { message: 'x'.repeat(kibibytes * 1024) }), 'stage', 'error')
  const all = [put('first', 1)]
  await settled()
  for (const [n, kibibytes] of [400, 400, 400, 3000, 1, 1].entries()) all.push(put(`${n}`, kibibytes))
  const portions: string[][] = []
  while (link.pending.length > 0) {
    portions.push(link.pending[0]!.batch.records.map(one => one['@meta'].id))
    link.acknowledge()
    await settled()
  }
  assert.deepEqual(portions, [['first'], ['0', '1'], ['2'], ['3'], ['4', '5']])
  await Promise.all(all)
})

test('a letter that did not fit elsewhere is kept as it is; what is none becomes one', async () => {
  const link = new ManualLink('bytes', 10)
  const letters = new DeadLetters(async () => link)
  const dead = {
    reason: 'mapping',
    detail: 'why',
    stage: 'first',
    attempts: 2,
    at: '2026-10-11T00:00:00.000Z',
  }
  const letter: LogRecord = { '@meta': { id: 'a', dead, replays: 1 }, message: 'x' }
  const writing = letters.keep(letter, 'stage', 'oversize', 'too many bytes')
  await settled()
  assert.deepEqual(written(link), [letter])
  link.acknowledge()
  await writing
  letters.keep(record('b'), 'stage', 'oversize', 'too many bytes')
  await settled()
  assert.equal(written(link)[0]['@meta'].dead.reason, 'oversize')
})

test('when writing ends with the process, everybody who waits is told', async () => {
  const link = new ManualLink()
  const letters = new DeadLetters(async () => link)
  const waiting = ['a', 'b'].map(id => letters.write(record(id), 'stage', 'error'))
  const told = Promise.allSettled(waiting)
  await settled()
  link.fail(new Error('closed'))
  await settled()
  link.fail(new Error('closed'))
  assert.deepEqual(
    (await told).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
})

test('bug: once the letters could not be opened, none was ever written, and those of before came too', async () => {
  const link = new ManualLink()
  let working = false
  const letters = new DeadLetters(async () => {
    if (!working) throw new Error('no folder')
    return link
  })
  await assert.rejects(letters.write(record('a'), 'stage', 'error'), /no folder/)
  working = true
  const writing = letters.write(record('b'), 'stage', 'error')
  await settled()
  link.acknowledge()
  await writing
  assert.deepEqual(link.ids, ['b'])
})

test('with patience they are opened until it succeeds, and what is waited for is told', async t => {
  t.mock.method(Math, 'random', () => -1 / 9)
  const link = new ManualLink()
  const giveUp = new AbortController()
  const told: (string | undefined)[] = []
  let attempts = 0
  const open = async () => {
    if (attempts++ < 3) throw new Error('no folder')
    return link
  }
  const letters = new DeadLetters(open, { waitingFor: reason => told.push(reason), signal: giveUp.signal })
  const writing = letters.write(record('a'), 'stage', 'error')
  while (link.pending.length === 0) await settled()
  link.acknowledge()
  await writing
  assert.deepEqual(told, [...Array(3).fill('cannot open the dead letters: no folder'), undefined])
})

test('patience ends when the process gives up', async () => {
  const giveUp = new AbortController()
  const open = async () => {
    throw new Error('no folder')
  }
  const letters = new DeadLetters(open, { waitingFor: () => {}, signal: giveUp.signal })
  const writing = letters.write(record('a'), 'stage', 'error')
  await settled()
  giveUp.abort()
  await assert.rejects(writing, { name: 'AbortError' })
})

test('bug: what would not be read again, for it is nested too deep, was forgotten; its JSON is kept', async () => {
  const deep = (levels: number): unknown => (levels === 0 ? 'the bottom' : [deep(levels - 1)])
  const link = new ManualLink()
  const writing = new DeadLetters(async () => link).write(
    record('deep', { deep: deep(500) }),
    'stage',
    'unwritable',
  )
  await settled()
  const [letter] = written(link)
  assert.equal(letter['@meta'].id, 'deep')
  assert.match(letter.unwritable, /nested deeper than 500/)
  assert.deepEqual(JSON.parse(letter.message).deep, deep(500))
  link.acknowledge()
  await writing
})

test('bug: what cannot be written as JSON was forgotten; it is kept as a description of itself', async () => {
  const cycle = record('cycle', { host: 'web1' })
  cycle.self = cycle
  const inMeta = record('in-meta')
  inMeta['@meta'].self = inMeta
  const silent = record('silent', { toJSON: () => undefined })
  const getter = record('getter', {})
  Object.defineProperty(getter, 'n', {
    enumerable: true,
    get() {
      throw new Error('not to be read')
    },
  })
  const bare = { message: 1n } as unknown as LogRecord
  const nothing = undefined as unknown as LogRecord
  const table: [LogRecord, string | undefined, RegExp, RegExp][] = [
    [cycle, 'cycle', /host: 'web1'/, /circular/],
    [inMeta, 'in-meta', /self/, /circular/],
    [record('big', { n: 10n }), 'big', /n: 10n/, /BigInt/],
    [silent, 'silent', /toJSON/, /no JSON/],
    [getter, 'getter', /Getter/, /not to be read/],
    [bare, undefined, /1n/, /BigInt/],
  ]
  for (const [one, id, message, unwritable] of table) {
    const link = new ManualLink()
    const writing = new DeadLetters(async () => link).write(one, 'stage', 'unwritable')
    await settled()
    const [letter] = written(link)
    assert.equal(letter['@meta'].id, id)
    assert.equal(letter['@meta'].dead.reason, 'unwritable')
    assert.match(letter.message, message)
    assert.match(letter.unwritable, unwritable)
    link.acknowledge()
    await writing
  }
  const link = new ManualLink()
  new DeadLetters(async () => link).write(nothing, 'stage', 'error')
  await settled()
  assert.equal(written(link)[0]['@meta'].dead.reason, 'error')
})
