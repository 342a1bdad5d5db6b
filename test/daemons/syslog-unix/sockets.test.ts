// The files of its sockets: whose they are, what is in their way, what is left of them.
import assert from 'node:assert/strict'
import { existsSync, lstatSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Sluice } from '../../support/process.ts'
import { sendDatagramsTo, socketOf } from '../../support/unix.ts'

const root = process.getuid!() === 0
const NOBODY = 65_534

function start(t: TestContext, ...args: string[]): Sluice {
  return new Sluice(t, 'sluice-syslog-unix', args)
}

describe('the sockets of sluice-syslog-unix', { concurrency: 2 }, () => {
  test('who may write to the socket is as --socket-mode and --socket-owner say', {
    skip: !root && 'takes root',
  }, async t => {
    const run = start(
      t,
      '--datagram',
      'log',
      '--stream',
      'stream',
      '--socket-mode',
      '0620',
      '--socket-owner',
      'nobody:1234',
    )
    for (const n of [0, 1]) {
      const { mode, uid, gid } = statSync(await socketOf(run, n))
      assert.deepEqual([mode & 0o777, uid, gid], [0o620, NOBODY, 1234])
    }
    const open = start(t, '--datagram', 'log')
    assert.equal(statSync(await socketOf(open)).mode & 0o777, 0o666)
    const unknown = start(t, '--datagram', 'log', '--socket-owner', 'nobody-of-this-name')
    assert.equal(await unknown.exited, 70)
    assert.match(unknown.stderr, /there is no nobody-of-this-name in \/etc\/passwd; write its number/)
  })

  test('replaces the socket of one who is gone, and refuses what others use', async t => {
    const first = start(t, '--datagram', 'log', '--stream', 'stream')
    const [log, stream] = [await socketOf(first), await socketOf(first, 1)]
    symlinkSync(log, join(first.folder, 'link'))
    for (const path of [log, stream, join(first.folder, 'link')]) {
      const second = start(t, '--datagram', path)
      assert.equal(await second.exited, 70)
      assert.match(second.stderr, /another program receives there; stop it, or choose another path/)
    }
    await first.stop('SIGKILL')
    assert.ok(lstatSync(log).isSocket())
    const third = start(t, '--datagram', log, '--stream', stream)
    await third.ready()
    await sendDatagramsTo(log, ["b'<13>hello'"])
    await third.records(1)
    assert.equal(await third.stop(), 0)
    assert.ok(!existsSync(log) && !existsSync(stream))
  })

  test('leaves a file of that name alone, and a socket that somebody else has made meanwhile', async t => {
    const run = start(t, '--datagram', 'log')
    const path = await socketOf(run)
    const file = join(run.folder, 'file')
    writeFileSync(file, 'kept')
    const refused = start(t, '--datagram', file)
    assert.equal(await refused.exited, 70)
    assert.match(refused.stderr, /there is a file of that name/)
    unlinkSync(path)
    const other = createServer().listen(path)
    t.after(() => other.close())
    await run.stop()
    assert.ok(existsSync(path))
  })

  test('a path that no socket can have is misuse', async t => {
    const run = start(t, '--stream', `/tmp/${'x'.repeat(103)}`, '--check')
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /--stream: a socket has a path of at most 107 bytes, this one has 108/)
    const longest = start(t, '--stream', `/tmp/${'x'.repeat(102)}`, '--socket-mode', '777', '--check')
    assert.equal(await longest.exited, 0)
    const mode = start(t, '--socket-mode', 'rw', '--check')
    assert.equal(await mode.exited, 64)
    assert.match(mode.stderr, /--socket-mode: "rw" is not a mode; write for example 0660/)
  })
})
