import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { appendFile, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { openPush } from '../../../src/lib/transport/file.ts'
import { after, batchOf, type Call, failing, instead, LINE, part, setUp } from '../../support/file-link.ts'
import { settled } from '../../support/link.ts'

test('a line that a crash cut off does not swallow the next one', async t => {
  const { path, endpoint, context } = await setUp(t)
  await writeFile(path, 'whole\n{"to')
  const link = await openPush(endpoint('push'), context)
  await link.accept(batchOf('a'))
  await link.accept(batchOf('b'))
  await link.close(0)
  assert.equal(await readFile(path, 'utf8'), 'whole\n{"to\na\nb\n')
})

test('bug: what another program wrote and did not end swallowed the next line', async t => {
  const { path, endpoint, context } = await setUp(t)
  const link = await openPush(endpoint('push'), context)
  await link.accept(batchOf('a'))
  await appendFile(path, '{"cut o')
  await link.accept(batchOf('b'))
  await appendFile(path, 'whole\n')
  await link.accept(batchOf('c'))
  await link.close(0)
  assert.equal(await readFile(path, 'utf8'), 'a\n{"cut o\nb\nwhole\nc\n')
})

describe('a write that fails goes on where that happened', () => {
  for (const [name, method, calls] of [
    ['nothing is written', 'write', [failing('ENOSPC')]],
    ['a part of a line is written', 'write', [part(1), failing('ENOSPC')]],
    ['that happens twice', 'write', [part(1), failing('ENOSPC'), part(5), failing('EIO')]],
    ['a line and a part of the next one', 'write', [part(150), failing('ENOSPC')]],
    ['it is not durable', 'datasync', [failing('EIO')]],
    ['nor is it the second time', 'datasync', [failing('EIO'), failing('ENOSPC')]],
  ] as [string, 'write' | 'datasync', Call[]][])
    test(name, async t => {
      const { path, endpoint, context } = await setUp(t)
      const link = await openPush(endpoint('push'), context)
      await link.accept(batchOf('a'))
      await instead(t, path, method, calls)
      assert.deepEqual(await link.accept(batchOf(LINE, 'c', LINE)), { stored: 3 })
      await link.accept(batchOf('d'))
      await link.close(0)
      assert.equal(await readFile(path, 'utf8'), `a\n${LINE}\nc\n${LINE}\nd\n`)
    })

  test('what is not durable is written again, where it is', async t => {
    const { path, endpoint, context } = await setUp(t)
    const link = await openPush(endpoint('push'), context)
    await link.accept(batchOf('a'))
    // As after a failed write-back: the pages are clean, and not what is on the disk.
    const lose: Call = async () => {
      const other = await open(path, 'r+')
      await other.write(Buffer.from('???'), 0, 3, 2)
      await other.close()
      throw Object.assign(new Error('EIO: made up'), { code: 'EIO' })
    }
    await instead(t, path, 'datasync', [lose])
    await link.accept(batchOf('b', 'c'))
    await link.close(0)
    assert.equal(await readFile(path, 'utf8'), 'a\nb\nc\n')
  })

  test('whole lines that found room are done: a file that is taken away then has them', async t => {
    const { path, endpoint, context } = await setUp(t)
    const link = await openPush(endpoint('push'), context)
    await link.accept(batchOf('a'))
    const takeAway: Call = async () => {
      await rename(path, `${path}.1`)
      return failing('ENOSPC')()
    }
    await instead(t, path, 'write', [part(150), failing('ENOSPC'), takeAway])
    assert.deepEqual(await link.accept(batchOf(LINE, LINE, 'c')), { stored: 3 })
    await link.close(0)
    assert.equal(await readFile(`${path}.1`, 'utf8'), `a\n${LINE}\n${'b'.repeat(49)}`)
    assert.equal(await readFile(path, 'utf8'), `${LINE}\nc\n`)
  })

  test('what it gave up does not swallow the next line', async t => {
    const { path, endpoint, context, giveUp, nextWait } = await setUp(t)
    const link = await openPush(endpoint('push'), context)
    await link.accept(batchOf('a'))
    await instead(t, path, 'write', [part(3), failing('ENOSPC')])
    const accepted = link.accept(batchOf(LINE))
    await nextWait()
    giveUp.abort()
    await assert.rejects(accepted, { name: 'AbortError' })
    await link.close(0)
    const next = await openPush(endpoint('push'), { ...context, signal: new AbortController().signal })
    await next.accept(batchOf('c'))
    await next.close(0)
    assert.equal(await readFile(path, 'utf8'), 'a\nbbb\nc\n')
  })
})

describe('another program that appends at the same time', () => {
  const beside = (text: string, path: string) => () => appendFile(path, text)
  const cases: [
    name: string,
    calls: (path: string) => [method: 'write' | 'datasync', Call[]],
    expected: string,
  ][] = [
    [
      'bug: what it had appended before a failed write was cut off',
      path => ['write', [part(0, beside('other\n', path)), failing('EIO')]],
      `a\nother\n${LINE}\nc\n`,
    ],
    [
      'bug: and what it had appended after that as well',
      path => ['write', [part(3, beside('other\n', path)), failing('EIO')]],
      // In the middle of ours, as nothing can prevent; ours is there whole behind it.
      `a\nbbbother\n${LINE}\nc\n`,
    ],
    [
      'bug: a line was lost behind one that was cut off right before it',
      path => ['write', [(file, bytes) => appendFile(path, '{"cut o').then(() => file.write(bytes))]],
      `a\n{"cut o${LINE}\nc\n${LINE}\nc\n`,
    ],
    [
      'bug: a line was lost when the other one came between two parts of it',
      path => ['write', [part(3, beside('other\n', path))]],
      `a\nbbbother\n${LINE.slice(3)}\nc\n${LINE}\nc\n`,
    ],
    [
      'before, and ours stands as it should: it is not written again',
      path => ['write', [(file, bytes) => appendFile(path, 'other\n').then(() => file.write(bytes))]],
      `a\nother\n${LINE}\nc\n`,
    ],
    [
      'behind ours: the same',
      path => ['datasync', [file => appendFile(path, 'other\n').then(() => file.sync())]],
      `a\n${LINE}\nc\nother\n`,
    ],
    [
      'bug: what it appended after a failed fdatasync was cut off',
      path => ['datasync', [() => appendFile(path, 'other\n').then(failing('EIO'))]],
      `a\n${LINE}\nc\nother\n${LINE}\nc\n`,
    ],
  ]
  for (const [name, calls, expected] of cases)
    test(name, async t => {
      const { path, endpoint, context } = await setUp(t)
      const link = await openPush(endpoint('push'), context)
      await link.accept(batchOf('a'))
      const [method, those] = calls(path)
      await instead(t, path, method, those)
      assert.deepEqual(await link.accept(batchOf(LINE, 'c')), { stored: 2 })
      await link.close(0)
      assert.equal(await readFile(path, 'utf8'), expected)
    })

  for (const [when, write] of [
    ['before', (path, file, bytes) => truncate(path).then(() => file.write(bytes))],
    ['after', (path, file, bytes) => file.write(bytes).finally(() => truncate(path))],
  ] as [string, (path: string, ...call: Parameters<Call>) => Promise<unknown>][])
    test(`a file that is cut to nothing right ${when} the write`, async t => {
      const { path, endpoint, context } = await setUp(t)
      const link = await openPush(endpoint('push'), context)
      await link.accept(batchOf('a'))
      await instead(t, path, 'write', [(...call) => write(path, ...call)])
      await link.accept(batchOf('b'))
      await link.close(0)
      assert.equal(await readFile(path, 'utf8'), 'b\n')
    })

  test('two links, each with many batches: every line of both is there', async t => {
    const { path, endpoint, context } = await setUp(t)
    const lines = (who: string, n: number) => Array.from({ length: 20 }, (_, m) => `${who} ${n} ${m} ${LINE}`)
    const send = async (who: string) => {
      const link = await openPush(endpoint('push'), context)
      for (let n = 0; n < 100; n++) await link.accept(batchOf(...lines(who, n)))
      await link.close(0)
    }
    await Promise.all([send('one'), send('two')])
    const there = new Set((await readFile(path, 'utf8')).split('\n'))
    for (const who of ['one', 'two'])
      for (let n = 0; n < 100; n++) for (const line of lines(who, n)) assert.ok(there.has(line), line)
  })
})

describe('a named pipe', () => {
  const setUpPipe = async (t: TestContext) => {
    const all = await setUp(t)
    execFileSync('mkfifo', [all.path])
    return all
  }
  // A pipe holds 64 KiB.
  const MORE = Array.from({ length: 3000 }, (_, n) => `${n} ${LINE}`)

  test('bug: one that nobody reads could not be given up', async t => {
    const { endpoint, context, giveUp, nextWait, waiting } = await setUpPipe(t)
    const link = await openPush(endpoint('push'), context)
    const accepted = link.accept(batchOf(...MORE))
    await nextWait()
    assert.match(waiting()!, /it is full, and nobody reads it/)
    giveUp.abort()
    await assert.rejects(accepted, { name: 'AbortError' })
    await link.close(0)
  })

  test('who reads it late gets each line once', async t => {
    const { path, endpoint, context, nextWait } = await setUpPipe(t)
    const link = await openPush(endpoint('push'), context)
    const accepted = link.accept(batchOf(...MORE))
    await nextWait()
    const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const read = text(reader.stdout)
    assert.deepEqual(await accepted, { stored: MORE.length })
    await link.close(0)
    assert.deepEqual((await read).split('\n').slice(0, -1), MORE)
  })
})

describe('bug: a file that was renamed or deleted under its name took lines that nobody saw', () => {
  for (const [how, move] of [
    ['renamed', (path: string) => rename(path, `${path}.1`)],
    ['deleted', (path: string) => rm(path)],
    // logrotate's `create`
    ['replaced', (path: string) => rename(path, `${path}.1`).then(() => writeFile(path, ''))],
  ] as const)
    test(`${how} between two batches`, async t => {
      const { path, endpoint, context, log } = await setUp(t)
      const link = await openPush(endpoint('push'), context)
      await link.accept(batchOf('a'))
      await move(path)
      await link.accept(batchOf('b'))
      await link.accept(batchOf('c'))
      await link.close(0)
      assert.equal(await readFile(path, 'utf8'), 'b\nc\n')
      if (how !== 'deleted') assert.equal(await readFile(`${path}.1`, 'utf8'), 'a\n')
      assert.deepEqual(log, [], 'it is nothing to worry about')
    })

  for (const method of ['write', 'datasync'] as const)
    test(`renamed after ${method}`, async t => {
      const { path, endpoint, context } = await setUp(t)
      const link = await openPush(endpoint('push'), context)
      await link.accept(batchOf('a'))
      let read = ''
      await after(t, path, method, async () => {
        await rename(path, `${path}.replay`)
        read = await readFile(`${path}.replay`, 'utf8')
      })
      assert.deepEqual(await link.accept(batchOf('b')), { stored: 1 })
      await link.close(0)
      assert.equal(read, 'a\nb\n')
      if (method === 'write') assert.equal(await readFile(path, 'utf8'), 'b\n', 'twice rather than never')
    })

  test('whoever renames and reads again and again misses no line', async t => {
    const { path, endpoint, context } = await setUp(t)
    const link = await openPush(endpoint('push'), context)
    const seen = new Set<string>()
    // It is not there when nothing has come since the last time.
    const isThere = () =>
      rename(path, `${path}.replay`).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error
          return false
        },
      )
    const take = async () => {
      if (!(await isThere())) return
      for (const line of (await readFile(`${path}.replay`, 'utf8')).split('\n')) seen.add(line)
    }
    let taking: Promise<void> = Promise.resolve()
    for (let n = 0; n < 300; n++) {
      const accepted = link.accept(batchOf(`${n}`))
      // At another moment of the write each time.
      for (let turns = n % 7; turns > 0; turns--) await settled()
      if (n > 0) taking = take()
      await Promise.all([accepted, taking])
    }
    await take()
    await link.close(0)
    for (let n = 0; n < 300; n++) assert.ok(seen.has(`${n}`), `${n}`)
  })

  test('the limit is that of the file that has the name', async t => {
    const { path, endpoint, context, nextWait } = await setUp(t)
    const link = await openPush(endpoint('push'), context, 4)
    await link.accept(batchOf('a', 'b'))
    const third = link.accept(batchOf('c'))
    await nextWait()
    await rename(path, `${path}.1`)
    assert.deepEqual(await third, { stored: 1 })
    await link.close(0)
  })
})

test('the name of a file is on the disk before its first line is accepted, and is looked after once', async t => {
  const { folder, path, endpoint, context } = await setUp(t)
  const steps: string[] = []
  for (const method of ['sync', 'write', 'datasync'] as const)
    await after(t, folder, method, () => void steps.push(method), 'always')
  const link = await openPush(endpoint('push'), context)
  await link.accept(batchOf('a'))
  await link.accept(batchOf('b'))
  await rename(path, `${path}.1`)
  await link.accept(batchOf('c'))
  await link.close(0)
  const file = ['write', 'datasync']
  assert.deepEqual(steps, ['sync', ...file, ...file, 'sync', ...file])
})

test('bug: a batch was written in pieces, and what others append came to lie in a line', async t => {
  const { path, endpoint, context } = await setUp(t)
  await writeFile(path, '')
  await after(t, path, 'write', () => appendFile(path, 'other\n'))
  const link = await openPush(endpoint('push'), context)
  const lines = Array.from({ length: 30 }, (_, n) => `${n}`.repeat(20_000))
  await link.accept(batchOf(...lines))
  await link.close(0)
  const read = (await readFile(path, 'utf8')).split('\n')
  assert.equal(read.pop(), '')
  assert.deepEqual(read, [...lines, 'other'])
})

test('what another program appends in between stays', async t => {
  const { path, endpoint, context } = await setUp(t)
  const link = await openPush(endpoint('push'), context)
  await link.accept(batchOf('a'))
  await appendFile(path, 'other\n')
  await link.accept(batchOf('b'))
  await link.close(0)
  assert.equal(await readFile(path, 'utf8'), 'a\nother\nb\n')
})

test('bug: a device, which cannot be synced, was waited for for ever', async t => {
  const { endpoint, context } = await setUp(t)
  const link = await openPush(endpoint('push', '/dev/null'), context)
  assert.deepEqual(await link.accept(batchOf('a')), { stored: 1 })
  await link.close(0)
})
