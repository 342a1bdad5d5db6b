import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { codeOf } from '../../../src/lib/errors.ts'
import { Notifier } from '../../../src/lib/systemd/notifier.ts'
import { unixAddress } from '../../../src/lib/unix/address.ts'
import { linux } from '../../support/handed.ts'
import { NotifySocket } from '../../support/notify.ts'

const skip = linux === undefined && 'not on Linux'

function pathIn(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'notify')
}

/** Writes to it until it has no room. Returns how often. */
function fill(path: string): number {
  const fd = linux.unixSocket('datagram')
  linux.connect(fd, unixAddress(path))
  try {
    for (let n = 0; ; n++) {
      try {
        writeSync(fd, 'full')
      } catch (error) {
        assert.equal(codeOf(error), 'EAGAIN')
        return n
      }
    }
  } finally {
    closeSync(fd)
  }
}

test('what systemd has no room for comes later, in order', { skip }, async t => {
  const path = pathIn(t)
  const socket = await NotifySocket.open(t, path)
  const notifier = await Notifier.open(path)
  t.after(() => notifier.close())
  notifier.send('READY=1', 'STATUS=one')
  await socket.saying('STATUS=one')
  socket.signal('SIGSTOP')
  assert.ok(fill(path) > 0)
  notifier.send('STATUS=two')
  notifier.send('STATUS=three', 'WATCHDOG=1')
  socket.signal('SIGCONT')
  // The notifier is nothing that the event loop lives for.
  const alive = setInterval(() => {}, 1000)
  await socket.saying('STATUS=three')
  clearInterval(alive)
  assert.deepEqual(
    socket.messages.filter(([first]) => first !== undefined && first !== 'full'),
    [['READY=1', 'STATUS=one'], ['STATUS=two'], ['STATUS=three', 'WATCHDOG=1']],
  )
})

test('a socket that was made anew is found again', { skip }, async t => {
  const path = pathIn(t)
  const first = await NotifySocket.open(t, path)
  const notifier = await Notifier.open(path)
  t.after(() => notifier.close())
  notifier.send('READY=1')
  await first.saying('READY=1')
  await first.close()
  notifier.send('STATUS=to nobody')
  rmSync(path)
  const second = await NotifySocket.open(t, path)
  notifier.send('WATCHDOG=1')
  await second.saying('WATCHDOG=1')
})

test('a socket that cannot be is said', { skip }, async () => {
  await assert.rejects(Notifier.open('vsock:2:1234'), /vsock:2:1234 is no socket of this host/)
  await assert.rejects(Notifier.open(`/${'x'.repeat(200)}`), /at most 107 bytes/)
})
