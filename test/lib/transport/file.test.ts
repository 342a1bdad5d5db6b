import assert from 'node:assert/strict'
import {
  appendFile,
  type FileHandle,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { Batch } from '../../../src/lib/batch.ts'
import type { Endpoint } from '../../../src/lib/endpoint.ts'
import type { Target } from '../../../src/lib/engine/target.ts'
import { Fatal } from '../../../src/lib/errors.ts'
import { openPull, openPush } from '../../../src/lib/transport/file.ts'
import type { LinkContext } from '../../../src/lib/transport/link.ts'
import { settled } from '../../support/link.ts'
import { createReader } from '../../support/reader.ts'

const batchOf = (...lines: string[]) =>
  Batch.fromBytes(Buffer.from(lines.map(line => `${line}\n`).join('')), createReader())

/** A folder of its own, and a context whose every step can be looked at. */
async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  t.after(() => rm(folder, { recursive: true }))
  // A retry comes at once.
  t.mock.method(Math, 'random', () => -1 / 9)
  const giveUp = new AbortController()
  const log: { level: number; msg: string }[] = []
  let waitingFor: string | undefined
  let told: (() => void) | undefined
  const context: LinkContext = {
    log: pino({}, { write: line => void log.push(JSON.parse(line)) }),
    reader: createReader(),
    buffer: 2 ** 26,
    refuse: async () => assert.fail('nothing is refused here'),
    maxMessage: 1000,
    host: { stdin: new PassThrough(), stdout: new PassThrough() },
    waitingFor: reason => {
      waitingFor = reason
      told?.()
    },
    signal: giveUp.signal,
    gone: reason => assert.fail(reason),
  }
  const path = join(folder, 'file.ndjson')
  const endpoint = (direction: 'pull' | 'push', address = path): Endpoint => ({
    direction,
    mode: 'connect',
    scheme: 'file',
    address,
    query: {},
  })
  /** Settles when the link next says what it waits for. */
  const nextWait = () => new Promise<void>(resolve => (told = resolve))
  return { folder, path, endpoint, context, giveUp, log, nextWait, waiting: () => waitingFor }
}

test('batches are appended, and accepted as stored', async t => {
  const { path, endpoint, context } = await setUp(t)
  const link = await openPush(endpoint('push'), context)
  assert.deepEqual(await link.accept(batchOf('a', 'b')), { stored: 2 })
  assert.deepEqual(await link.accept(batchOf('c')), { stored: 1 })
  await link.close(0)
  assert.equal(await readFile(path, 'utf8'), 'a\nb\nc\n')
  assert.deepEqual(
    [link.statuses[0]!.batches, link.statuses[0]!.bytes, link.statuses[0]!.endpoint],
    [2, 6, `file://${path}`],
  )
  const again = await openPush(endpoint('push'), context)
  await again.accept(batchOf('d'))
  await again.close(0)
  assert.equal(await readFile(path, 'utf8'), 'a\nb\nc\nd\n')
  assert.equal((await stat(path)).mode & 0o077, 0, 'logs are nobody else’s business')
})

test('it has room when it is not writing', async t => {
  const { endpoint, context } = await setUp(t)
  const link = await openPush(endpoint('push'), context)
  assert.equal(link.room(), undefined)
  const accepted = link.accept(batchOf('a'))
  const room = link.room()
  assert.ok(room)
  await accepted
  await room
  assert.equal(link.room(), undefined)
  await link.close(0)
})

test('nothing is made before the first batch', async t => {
  const { path, endpoint, context } = await setUp(t)
  const link = await openPush(endpoint('push'), context)
  await link.close(0)
  await assert.rejects(stat(path), { code: 'ENOENT' })
})

test('a line that a crash cut off does not swallow the next one', async t => {
  const { path, endpoint, context } = await setUp(t)
  await writeFile(path, 'whole\n{"to')
  const link = await openPush(endpoint('push'), context)
  await link.accept(batchOf('a'))
  await link.accept(batchOf('b'))
  await link.close(0)
  assert.equal(await readFile(path, 'utf8'), 'whole\n{"to\na\nb\n')
})

test('what cannot be written waits, says so once, and goes on when it can', async t => {
  const { path, endpoint, context, log, nextWait, waiting, folder } = await setUp(t)
  const link = await openPush(endpoint('push', join(folder, 'later', 'file')), context)
  const accepted = link.accept(batchOf('a'))
  for (let n = 0; n < 3; n++) await nextWait()
  assert.match(waiting()!, /^cannot write .*later\/file: ENOENT/)
  const { mkdir } = await import('node:fs/promises')
  await mkdir(join(folder, 'later'))
  assert.deepEqual(await accepted, { stored: 1 })
  assert.equal(waiting(), undefined)
  assert.deepEqual(
    log.map(({ msg }) => msg.replace(/: ENOENT.*;/, ';')),
    [`cannot write ${join(folder, 'later', 'file')}; trying again until it succeeds`, 'writing again'],
  )
  await link.close(0)
  await assert.rejects(stat(path), { code: 'ENOENT' })
})

test('over its limit it waits', async t => {
  const { path, endpoint, context, nextWait, waiting } = await setUp(t)
  const link = await openPush(endpoint('push'), context, 4)
  await link.accept(batchOf('a'))
  await link.accept(batchOf('b'))
  const third = link.accept(batchOf('c'))
  await nextWait()
  assert.match(waiting()!, /it has reached its limit of 4B/)
  await writeFile(path, '')
  assert.deepEqual(await third, { stored: 1 })
  assert.equal(await readFile(path, 'utf8'), 'c\n')
  await link.close(0)
})

test('bug: what is larger than the limit never fitted, not even into a new file', async t => {
  const { path, endpoint, context, nextWait } = await setUp(t)
  await writeFile(path, 'full\n')
  const link = await openPush(endpoint('push'), context, 4)
  const accepted = link.accept(batchOf('larger', 'than that'))
  await nextWait()
  await rm(path)
  assert.deepEqual(await accepted, { stored: 2 })
  assert.equal(await readFile(path, 'utf8'), 'larger\nthan that\n')
  await link.close(0)
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

test('retries end when the process gives up, and then nothing more is written', async t => {
  const { path, endpoint, context, giveUp, nextWait } = await setUp(t)
  await writeFile(path, 'full\n')
  const link = await openPush(endpoint('push'), context, 1)
  const accepted = link.accept(batchOf('a'))
  await nextWait()
  giveUp.abort()
  await assert.rejects(accepted, { name: 'AbortError' })
  await link.close(0)
  await assert.rejects(link.accept(batchOf('')), { name: 'AbortError' })
  assert.equal(await readFile(path, 'utf8'), 'full\n')
})

test('bug: a link that had failed promised room for ever', async t => {
  const { path, endpoint, context, giveUp, nextWait } = await setUp(t)
  await writeFile(path, 'full\n')
  const link = await openPush(endpoint('push'), context, 1)
  const accepted = link.accept(batchOf('a'))
  await nextWait()
  giveUp.abort()
  await assert.rejects(accepted)
  assert.equal(link.room(), undefined)
  await link.close(0)
})

/** Calls `then` right after this method of any open file: the first time, or always. */
async function after(
  t: TestContext,
  path: string,
  method: 'write' | 'sync' | 'datasync',
  then: () => unknown,
  when: 'once' | 'always' = 'once',
) {
  const handle = await open(path)
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  const original = prototype[method]
  let calls = 0
  t.mock.method(prototype, method, async function (this: unknown, ...args: unknown[]) {
    const result = await original.apply(this, args)
    if (when === 'always' || ++calls === 1) await then()
    return result
  })
}

type Call = (file: FileHandle, bytes: Buffer) => Promise<unknown>

/** The first calls of this method of any open file do something else. */
async function instead(t: TestContext, path: string, method: 'write' | 'datasync', calls: Call[]) {
  const handle = await open(path)
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  const original = prototype[method]
  t.mock.method(prototype, method, function (this: FileHandle, ...args: unknown[]) {
    const call = calls.shift()
    return call ? call(this, args[0] as Buffer) : original.apply(this, args)
  })
}

describe('a write that fails', () => {
  const LINE = 'b'.repeat(100)
  const full: Call = () =>
    Promise.reject(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }))
  const partly: Call = async (file, bytes) => {
    await file.appendFile(bytes.subarray(0, 1))
    return { bytesWritten: 1 }
  }
  const beside: Call = async file => {
    await file.appendFile('other\n')
    throw new Error('EIO: input or output error')
  }
  for (const [name, method, calls, expected] of [
    ['nothing is written', 'write', [full], `a\n${LINE}\n`],
    ['a part is written', 'write', [partly, full], `a\n${LINE}\n`],
    ['it is not durable', 'datasync', [full], `a\n${LINE}\n`],
    [
      'bug: what another program had appended meanwhile was cut off',
      'write',
      [beside],
      `a\nother\n${LINE}\n`,
    ],
  ] as [string, 'write' | 'datasync', Call[], string][])
    test(name, async t => {
      const { path, endpoint, context } = await setUp(t)
      const link = await openPush(endpoint('push'), context)
      await link.accept(batchOf('a'))
      await instead(t, path, method, calls)
      assert.deepEqual(await link.accept(batchOf(LINE)), { stored: 1 })
      await link.close(0)
      assert.equal(await readFile(path, 'utf8'), expected)
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

/** A target that keeps what it is given, with as much room as it is told. */
function createTarget() {
  const texts: string[] = []
  let room: PromiseWithResolvers<void> | undefined
  const target: Target = {
    accept: async batch => {
      for (const { message } of batch.records) texts.push(String(message))
      return { stored: batch.count }
    },
    room: () => room?.promise,
  }
  return {
    target,
    texts,
    fill: () => (room = Promise.withResolvers()),
    empty() {
      room?.resolve()
      room = undefined
    },
  }
}

test('a file is read to its end', async t => {
  const { path, endpoint, context } = await setUp(t)
  const lines = Array.from({ length: 50_000 }, (_, n) => `line ${n}`)
  await writeFile(path, lines.join('\n'))
  const link = await openPull(endpoint('pull'), context)
  const { target, texts } = createTarget()
  await link.run(target)
  await link.close()
  assert.deepEqual(texts, lines)
  assert.equal(link.statuses[0]!.bytes, lines.join('\n').length + 1, 'the last line was given its end')
})

test('it reads on only when there is room', async t => {
  const { path, endpoint, context } = await setUp(t)
  await writeFile(path, 'a\nb\n')
  const link = await openPull(endpoint('pull'), context)
  const { target, texts, fill, empty } = createTarget()
  fill()
  const running = link.run(target)
  await settled()
  assert.deepEqual(texts, [])
  empty()
  await running
  assert.deepEqual(texts, ['a', 'b'])
  await link.close()
})

test('when it is stopped it hands over what it has read, and reads no more', async t => {
  const { path, endpoint, context } = await setUp(t)
  await writeFile(path, 'a\n'.repeat(1e6))
  const link = await openPull(endpoint('pull'), context)
  const { target, texts } = createTarget()
  const asked = Promise.withResolvers<void>()
  target.room = () => {
    asked.resolve()
    return new Promise(() => {})
  }
  const running = link.run(target)
  await asked.promise
  link.stop()
  await running
  await link.close()
  assert.ok(texts.length > 0 && texts.length < 1e6)
})

test('a file that is not there ends the process', async t => {
  const { endpoint, context } = await setUp(t)
  await assert.rejects(openPull(endpoint('pull'), context), (error: Error) => {
    return error instanceof Fatal && /^cannot read .*file\.ndjson: ENOENT/.test(error.message)
  })
})

test('bug: a folder, which can be opened and not be read, looked like a bug', async t => {
  const { endpoint, context, folder } = await setUp(t)
  const link = await openPull(endpoint('pull', folder), context)
  await assert.rejects(link.run(createTarget().target), (error: Error) => {
    return error instanceof Fatal && /^cannot read .*: EISDIR/.test(error.message)
  })
  await link.close()
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
