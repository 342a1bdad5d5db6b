import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  choice,
  duration,
  Fatal,
  filter,
  integer,
  type LogRecord,
  Misuse,
  sink,
  source,
  type Token,
} from '../../src/lib/index.ts'
import { drive } from './drive.ts'

const words = filter({
  summary: 'Cut messages into words',
  options: { letters: choice('Case', ['kept', 'upper'], 'kept'), least: integer('Length', '1') },
  counters: { seen: 'Records' },
  open:
    ({ letters, least }, { count, drop, reject, log }) =>
    record => {
      count('seen')
      const { message } = record
      if (typeof message !== 'string') return reject(record, 'no-message')
      if (message.length < least) return drop(record, 'short')
      log.info('cut')
      if (message === 'bad') throw new Error('a mistake')
      if (message === 'worst') throw new Fatal('the end')
      return message.split(' ').map(word => ({ word: letters === 'upper' ? word.toUpperCase() : word }))
    },
})

test('a filter: records in, records out, and what became of them', async () => {
  await using stage = await drive(words, '--letters', 'upper', '--least', '3')
  assert.deepEqual(await stage.push(['ab cd', { message: 'xyz' }, 'no']), {
    sent: 3,
    made: 1,
    'dropped:short': 1,
  })
  assert.deepEqual(
    stage.out.map(({ word }) => word),
    ['AB', 'CD', 'XYZ'],
  )
  assert.deepEqual(
    stage.out.map(record => record['@meta'].id),
    ['1.0', '1.1', '2'],
  )
  assert.equal(stage.stage.counters.get('seen'), 3)
  assert.deepEqual(
    stage.log.map(({ level, msg }) => [level, msg]),
    [
      ['info', 'cut'],
      ['info', 'cut'],
    ],
  )
  assert.equal(stage.books.taken, 3)
})

test('refused records are dead letters', async () => {
  const stage = await drive(words)
  assert.equal(stage.rejected.length, 0)
  assert.deepEqual(await stage.push([{ other: 1 }, 'bad']), { dead: 2 })
  assert.deepEqual(
    stage.rejected.map(record => [record.message, record['@meta'].dead?.reason]),
    [
      [undefined, 'no-message'],
      ['bad', 'error'],
    ],
  )
  await stage.close()
  await stage.close()
})

test('@meta may be given', async () => {
  await using stage = await drive(words)
  await stage.push([{ '@meta': { id: 'x', received: 5 }, message: 'a' }])
  assert.deepEqual(stage.out, [{ '@meta': { id: 'x', received: 5 }, word: 'a' }])
})

test('what is downstream may be replaced', async () => {
  await using stage = await drive(words)
  stage.answer = ({ count }) => ({ stored: count - 1, duplicate: 1 })
  assert.deepEqual(await stage.push(['a b']), { stored: 1, duplicate: 1, made: 1 })
})

test('misuse is that of the command line', async () => {
  await assert.rejects(drive(words, '--leters', 'upper'), (error: Error) => {
    return error instanceof Misuse && /Did you mean --letters/.test(error.message)
  })
  await assert.rejects(drive(words, '--letters', 'lower'), /--letters: "lower" is not one of kept, upper/)
  await assert.rejects(drive(words, '--help'), /Cut messages into words/)
})

test('Fatal rejects what waits', async () => {
  await using stage = await drive(words)
  await assert.rejects(stage.push(['worst']), Fatal)
  await assert.rejects(stage.until(1), Fatal)
})

test('a filter that holds records back', async () => {
  const pairs = filter({
    summary: 'Join two records',
    hold: { records: 10, timeout: '1h' },
    open: (_options, { hold, join }) => {
      let held: Token[] = []
      const flush = () => {
        const tokens = held
        held = []
        join([{ joined: tokens.length }], tokens)
      }
      const pair = (record: LogRecord) => {
        held.push(hold(record))
        if (held.length === 2) flush()
        return undefined
      }
      return { filter: pair, flush }
    },
  })
  await using stage = await drive(pairs, '--hold-records', '5')
  assert.deepEqual(await stage.push(['a', 'b']), { sent: 1, merged: 1 })
  const pending = stage.push(['c'])
  await stage.flush()
  assert.deepEqual(await pending, { sent: 1 })
  assert.deepEqual(
    stage.out.map(({ joined }) => joined),
    [2, 1],
  )
})

test('a sink: it writes at once, and retries', async t => {
  t.mock.method(Math, 'random', () => -1 / 9)
  const stored: LogRecord[][] = []
  let closed = false
  const store = sink({
    summary: 'Store records',
    options: { wait: duration('Time', '0') },
    batch: { bytes: '1MiB', delay: '1h', concurrency: 1 },
    open: (_options, { defer, log }) => {
      defer(() => {
        closed = true
      })
      return async records => {
        if (stored.push([...records]) === 1) throw new Error('not yet')
        log.info('stored')
        return [
          [0, 'duplicate'],
          [1, { dead: 'mapping' }],
        ]
      }
    },
  })
  const stage = await drive(store)
  assert.deepEqual(await stage.push(['a', 'b', 'c']), { stored: 1, duplicate: 1, dead: 1 })
  assert.deepEqual(stored[0], stored[1])
  assert.deepEqual(
    stage.rejected.map(({ message }) => message),
    ['b'],
  )
  await stage.close()
  assert.ok(closed)
})

test('a sink that never succeeds can be closed', async () => {
  const never = sink({
    summary: 'Never store',
    batch: { bytes: '1MiB', delay: '1h', concurrency: 1 },
    open: () => async () => {
      throw new Error('no connection')
    },
  })
  const stage = await drive(never)
  const pending = stage.push(['a'])
  pending.catch(() => {})
  await stage.close()
  await assert.rejects(pending)
  assert.equal(stage.books.held, 1)
})

const counter = source({
  summary: 'Count',
  options: { upTo: integer('The last one', '3') },
  open: ({ upTo }, { record, listening }) => {
    listening('udp://127.0.0.1:1')
    return async ({ emit, signal, checkpoint }) => {
      const position = await checkpoint('n')
      for (let n = 1; n <= upTo; n++) {
        emit([record({ n })], { checkpoint: position, position: n })
        await wait(0)
      }
      if (upTo < 3 || signal.aborted) return
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
    }
  },
})

test('a source: it runs until it is stopped', async () => {
  await using stage = await drive(counter)
  assert.deepEqual((await stage.until(2)).map(({ n }) => n).slice(0, 2), [1, 2])
  assert.deepEqual(stage.stage.endpoints, ['udp://127.0.0.1:1'])
  await stage.until(3)
  await stage.stop()
  assert.equal(stage.out.length, 3)
})

test('a source that ends by itself', async () => {
  await using stage = await drive(counter, '--up-to', '2')
  await stage.until(2)
  await stage.stop()
})

test('a source that fails rejects who waits for it', async () => {
  const broken = source({
    summary: 'Break',
    open: () => async () => {
      throw new Fatal('broken')
    },
  })
  await using stage = await drive(broken)
  await assert.rejects(stage.until(1), /broken/)
  await assert.rejects(stage.stop(), /broken/)
})

test('books that do not balance fail the test', async () => {
  const stage = await drive(words)
  stage.answer = () => ({})
  await stage.push(['a'])
  await assert.rejects(stage.close(), /the books do not balance/)
})

test('nothing is left on the disk', async () => {
  const stage = await drive(words)
  await stage.push(['bad'])
  const file = fileURLToPath(String(stage.log.find(line => line.deadLetters)?.deadLetters))
  assert.ok(existsSync(file))
  await stage.close()
  assert.ok(!existsSync(file))
})
