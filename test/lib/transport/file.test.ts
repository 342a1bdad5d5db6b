import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Target } from '../../../src/lib/engine/target.ts'
import { Fatal } from '../../../src/lib/errors.ts'
import { openPull, openPush } from '../../../src/lib/transport/file.ts'
import { batchOf, setUp } from '../../support/file-link.ts'
import { settled } from '../../support/link.ts'

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

test('bug: a named pipe could not be read, and kept the process from ending', async t => {
  const { endpoint, context, folder } = await setUp(t)
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  await assert.rejects(openPull(endpoint('pull', path), context), (error: Error) => {
    return error instanceof Fatal && /it has no end; write --pull-connect - and </.test(error.message)
  })
})
