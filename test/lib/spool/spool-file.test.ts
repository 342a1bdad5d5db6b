import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { SpoolInUse } from '../../../src/lib/spool/errors.ts'
import { SpoolFile } from '../../../src/lib/spool/spool-file.ts'
import type { SpoolCalls } from '../../../src/lib/spool/spool-worker.ts'
import { WorkerThread } from '../../../src/lib/worker.ts'
import { batch, openSpool, range, readAll, settled, spoolPath, work } from '../../support/spool.ts'

describe('a spool', () => {
  test('is empty at first', t => {
    const spool = openSpool(t, spoolPath(t))
    assert.deepEqual(spool.about(), {
      batches: 0,
      records: 0,
      bytes: 0,
      oldest: undefined,
      last: 0,
      books: { in: 0 },
    })
    assert.deepEqual(spool.read(0, 1000), [])
    assert.deepEqual(spool.commit(work({})), { first: undefined, full: undefined })
  })

  test('hands out in order what was appended', t => {
    const spool = openSpool(t, spoolPath(t))
    const before = Date.now()
    assert.deepEqual(spool.commit(work({ append: [batch(1), batch(2, 70_000)] })), {
      first: 1,
      full: undefined,
    })
    assert.deepEqual(spool.commit(work({ append: [batch(3, 0)] })), { first: 3, full: undefined })
    assert.deepEqual(spool.read(0, 1e6), [
      { seq: 1, ...batch(1) },
      { seq: 2, ...batch(2, 70_000) },
      { seq: 3, ...batch(3, 0) },
    ])
    assert.deepEqual(
      spool.read(1, 1).map(({ seq }) => seq),
      [2],
    )
    assert.deepEqual(spool.read(3, 1e6), [])
    const { oldest, ...about } = spool.about()
    assert.ok(oldest! >= before && oldest! <= Date.now())
    assert.deepEqual(about, { batches: 3, records: 30, bytes: 71_000, last: 3, books: { in: 30 } })
  })

  test('is not damaged when the first batches were never read because they were still in memory', t => {
    const spool = openSpool(t, spoolPath(t))
    spool.commit(work({ append: range(1, 6).map(n => batch(n)) }))
    // The sender had 1 to 3 from memory when it began to read.
    assert.equal(spool.read(3, 1000).length, 1)
    spool.commit(work({ settled: range(1, 3).map(n => settled(n)) }))
    assert.deepEqual(
      spool.read(4, 1e6).map(({ seq }) => seq),
      [5, 6],
    )
    assert.deepEqual(spool.read(6, 1e6), [])
    // And again, with what came meanwhile and went without being read.
    spool.commit(work({ append: range(7, 10).map(n => batch(n)), settled: [settled(4), settled(5)] }))
    spool.commit(work({ settled: [settled(7)] }))
    assert.deepEqual(
      spool.read(8, 1e6).map(({ seq }) => seq),
      [9, 10],
    )
    spool.commit(work({ settled: [settled(8), settled(6)] }))
    assert.deepEqual(spool.read(10, 1e6), [])
  })

  test('lets go of what was settled or dropped, and keeps the books', t => {
    const spool = openSpool(t, spoolPath(t))
    spool.commit(work({ append: range(1, 6).map(n => batch(n)) }))
    spool.commit(work({ settled: [settled(2, { stored: 7, duplicate: 3 })], dropped: [4, 6] }))
    spool.commit(work({ settled: [settled(1, { stored: 8, 'dropped:sampled': 3, made: 1 })] }))
    assert.deepEqual(
      readAll(spool).map(({ seq }) => seq),
      [3, 5],
    )
    const { books, batches, records, bytes } = spool.about()
    assert.deepEqual({ batches, records, bytes }, { batches: 2, records: 20, bytes: 2000 })
    assert.deepEqual(books, {
      in: 60,
      stored: 15,
      duplicate: 3,
      made: 1,
      'dropped:sampled': 3,
      'dropped:buffer-full': 20,
    })
  })

  test('counts a receipt once, however often it comes', t => {
    const spool = openSpool(t, spoolPath(t))
    spool.commit(work({ append: [batch(1)] }))
    spool.commit(work({ settled: [settled(1), settled(1)] }))
    spool.commit(work({ settled: [settled(1), settled(9)] }))
    assert.deepEqual(spool.about().books, { in: 10, stored: 10 })
    assert.equal(spool.about().batches, 0)
  })

  test('is the same when opened again, and no number comes twice', t => {
    const path = spoolPath(t)
    const first = new SpoolFile(path, { reserve: 0 })
    first.commit(work({ append: range(1, 5).map(n => batch(n, 50_000)) }))
    first.commit(work({ settled: [settled(1), settled(3)] }))
    const about = first.about()
    first.close()
    first.close()
    const second = openSpool(t, path)
    assert.deepEqual(second.about(), about)
    assert.deepEqual(
      readAll(second),
      [2, 4, 5].map(seq => ({ seq, ...batch(seq, 50_000) })),
    )
    second.commit(work({ settled: [2, 4, 5].map(seq => settled(seq)) }))
    second.close()
    const third = openSpool(t, path)
    assert.deepEqual(third.about().books, { in: 50, stored: 50 })
    assert.equal(third.about().oldest, undefined)
    assert.equal(third.commit(work({ append: [batch(6)] })).first, 6)
  })

  test('has no files but its own', t => {
    const path = spoolPath(t)
    const spool = openSpool(t, path, { reserve: 3_000_000 })
    spool.commit(work({ append: [batch(1)] }))
    assert.deepEqual(readdirSync(dirname(path)).sort(), [
      'test.spool',
      'test.spool-wal',
      'test.spool.lock',
      'test.spool.mark',
      'test.spool.reserve',
    ])
    const { size, blocks } = statSync(`${path}.reserve`)
    assert.equal(size, 3_000_000)
    assert.ok(blocks * 512 >= size, 'it holds room')
    spool.close()
    assert.equal(existsSync(`${path}-wal`), false)
  })

  test('commits in one transaction: deleted and appended at once', t => {
    const spool = openSpool(t, spoolPath(t))
    spool.commit(work({ append: [batch(1), batch(2)] }))
    const { first } = spool.commit(work({ append: [batch(3)], settled: [settled(1)], dropped: [2] }))
    assert.equal(first, 3)
    assert.deepEqual(readAll(spool), [{ seq: 3, ...batch(3) }])
  })

  test('gives its pages back to the file system', t => {
    const path = spoolPath(t)
    const spool = openSpool(t, path)
    for (let seq = 1; seq <= 1600; seq += 16)
      spool.commit(work({ append: range(seq, seq + 15).map(n => batch(n, 65_536)) }))
    const large = statSync(path).size
    for (let seq = 1; seq < 1600; seq++) spool.commit(work({ settled: [settled(seq)] }))
    const small = statSync(path).size
    assert.ok(large > 80 * 2 ** 20 && small < 80 * 2 ** 20, `${large} ${small}`)
    assert.deepEqual(readAll(spool), [{ seq: 1600, ...batch(1600, 65_536) }])
  })
})

describe('the lock of a spool', () => {
  test('keeps others out, in this process', t => {
    const path = spoolPath(t)
    const spool = openSpool(t, path)
    assert.throws(() => new SpoolFile(path), SpoolInUse)
    spool.commit(work({ append: [batch(1)] }))
    spool.close()
    assert.equal(openSpool(t, path).about().batches, 1)
  })

  test('keeps another process out, until this one is killed', async t => {
    const path = spoolPath(t)
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { SpoolFile } from ${JSON.stringify(new URL('../../../src/lib/spool/spool-file.ts', import.meta.url))}
        const spool = new SpoolFile(${JSON.stringify(path)}, { reserve: 0 })
        spool.commit({ append: [{ records: 1, bytes: new Uint8Array(10) }], settled: [], dropped: [] })
        console.log('open')
        setInterval(() => spool, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    t.after(() => holder.kill('SIGKILL'))
    await once(holder.stdout, 'data')
    assert.throws(() => new SpoolFile(path), { code: 'ERR_SPOOL_IN_USE' })
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    assert.equal(openSpool(t, path).about().batches, 1)
  })

  test('keeps tools out as well', t => {
    const path = spoolPath(t)
    openSpool(t, path).commit(work({ append: [batch(1)] }))
    const script = `const { DatabaseSync } = require('node:sqlite')
      try { new DatabaseSync(process.argv[1]).prepare('SELECT * FROM batches').get() } catch (error) { console.log(error.errcode) }`
    assert.equal(execFileSync(process.execPath, ['-e', script, path], { encoding: 'utf8' }), '5\n')
  })

  test('gives way to a tool that has it open', t => {
    const path = spoolPath(t)
    openSpool(t, path).close()
    const tool = new DatabaseSync(path)
    t.after(() => tool.close())
    tool.exec('BEGIN IMMEDIATE')
    assert.throws(() => new SpoolFile(path), SpoolInUse)
    tool.exec('ROLLBACK')
  })
})

test('a spool in a thread', async t => {
  const path = spoolPath(t)
  const start = () =>
    new WorkerThread<SpoolCalls>('lib/spool/spool-worker', { path, reserve: 0 }, () => assert.fail())
  const thread = start()
  t.after(() => thread.close())
  assert.equal((await thread.call('open')).batches, 0)
  assert.equal((await thread.call('commit', work({ append: [batch(1)] }))).first, 1)
  assert.deepEqual(await thread.call('read', { after: 0, maxBytes: 1 }), [{ seq: 1, ...batch(1) }])
  const second = start()
  t.after(() => second.close())
  await assert.rejects(second.call('open'), { code: 'ERR_SPOOL_IN_USE' })
  await thread.call('close')
  assert.equal((await second.call('open')).batches, 1)
  await second.call('close')
})
