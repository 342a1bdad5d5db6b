import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { TailHub } from '../../../src/daemons/store/tail-hub.ts'
import { openWrite } from '../../../src/daemons/store/write.ts'
import { type Context, Fatal, type LogRecord } from '../../../src/lib/index.ts'
import { smallDisk } from '../../support/disk.ts'

const record: LogRecord = { '@meta': { id: 'a', received: Date.UTC(2026, 9, 1) }, message: 'hello' }

/** A store that is opened on a disk of its own, on which there is no room. */
async function openOnFullDisk(t: TestContext) {
  const disk = smallDisk(t, 64)
  if (!disk) {
    if (process.env.SLUICE_REQUIRE === 'all') assert.fail('cannot mount a file system')
    t.skip('cannot mount a file system')
    return undefined
  }
  const folder = join(disk, 'store')
  const ballast = join(disk, 'ballast')
  mkdirSync(folder)
  assert.throws(() => {
    for (;;) appendFileSync(ballast, Buffer.alloc(2 ** 20))
  }, /ENOSPC/)
  const log: string[] = []
  const closers: ((grace: number) => unknown)[] = []
  const fatal = Promise.withResolvers<unknown>()
  let waitingFor: string | undefined
  const context = {
    log: pino({}, { write: line => void log.push(JSON.parse(line).msg) }),
    count: () => {},
    defer: close => void closers.push(close),
    waitingFor: (_, reason) => {
      waitingFor = reason
    },
    fatal: fatal.resolve,
    signal: new AbortController().signal,
  } satisfies Partial<Context> as unknown as Parameters<typeof openWrite>[2]
  const close = async () => {
    for (let one = closers.pop(); one; one = closers.pop()) await one(0)
  }
  t.after(close)
  const write = await openWrite({ folder, keep: 0, keepBytes: 2 ** 25 }, new TailHub(), context)
  return { folder, ballast, log, fatal: fatal.promise, close, write, waiting: () => waitingFor }
}

describe('a start on a full disk', () => {
  test('waits for room, and says so; what comes meanwhile waits with it', async t => {
    const store = await openOnFullDisk(t)
    if (!store) return
    assert.match(store.log.join(), /cannot open .*store: the disk is full; waiting for room/)
    assert.match(store.waiting()!, /the disk is full/)
    const writing = store.write([record])
    rmSync(store.ballast)
    assert.deepEqual(await writing, [])
    assert.equal(store.waiting(), undefined)
    assert.deepEqual(await store.write([record]), [[0, 'duplicate']])
  })

  test('bug: when it then could not be opened for another reason, it only refused to write, for ever', async t => {
    const store = await openOnFullDisk(t)
    if (!store) return
    // What no database can be opened as.
    for (const file of readdirSync(store.folder)) rmSync(join(store.folder, file))
    mkdirSync(join(store.folder, '00000001.sqlite'))
    const error = await store.fatal
    assert.ok(error instanceof Fatal)
    assert.match(error.message, /^--path .*store: unable to open database file/)
  })

  test('bug: it was said that old records are not being deleted', async t => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const store = await openOnFullDisk(t)
    if (!store) return
    const writing = store.write([record])
    for (let n = 0; n < 3; n++) {
      t.mock.timers.tick(10_000)
      await new Promise(setImmediate)
    }
    rmSync(store.ballast)
    await writing
    assert.deepEqual(
      store.log.filter(line => /deleted/.test(line)),
      [],
    )
  })

  test('is given up when it is closed', async t => {
    const store = await openOnFullDisk(t)
    if (!store) return
    const writing = store.write([record])
    writing.catch(() => {})
    await store.close()
    await assert.rejects(writing, { name: 'AbortError' })
    assert.ok(existsSync(store.folder))
  })
})
