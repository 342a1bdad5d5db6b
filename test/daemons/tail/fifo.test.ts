import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { describe, test } from 'node:test'
import tail from '../../../src/daemons/tail.ts'
import { type Drive, drive } from '../../support/drive.ts'
import { LogFolder, lines, messages, QUICK, textsOf } from './folder.ts'

function follow(path: string, ...flags: string[]): Promise<Drive> {
  return drive(tail, '--fifo', path, ...QUICK, ...flags)
}

describe('sluice-tail, named pipes', { concurrency: true }, () => {
  test('is made with its mode, and read whoever comes and goes', async t => {
    const path = new LogFolder(t).at('pipe')
    await using stage = await follow(path, '--fifo-mode', '0622')
    assert.ok(statSync(path).isFIFO())
    assert.equal(statSync(path).mode & 0o777, 0o622)
    writeFileSync(path, 'one\r\ntw')
    await stage.until(1)
    writeFileSync(path, 'o\n')
    const records = await stage.until(2)
    assert.deepEqual(
      records.map(({ '@meta': _, ...record }) => record),
      ['one', 'two'].map(message => ({ message, file: path, host: 'web1' })),
    )
  })

  test('belongs to --fifo-owner', { skip: process.getuid?.() !== 0 && 'to be run by root' }, async t => {
    const path = new LogFolder(t).at('pipe')
    await using _stage = await follow(path, '--fifo-owner', 'nobody:12345')
    assert.deepEqual([statSync(path).uid, statSync(path).gid], [65534, 12345])
  })

  test('one that is there stays as it is; what is no pipe is refused, and says what to type', async t => {
    const logs = new LogFolder(t)
    execFileSync('mkfifo', ['-m', '0600', logs.at('pipe')])
    await using stage = await follow(logs.at('pipe'), '--fifo-mode', '0666')
    assert.equal(statSync(logs.at('pipe')).mode & 0o777, 0o600)
    writeFileSync(logs.at('pipe'), 'one\n')
    await stage.until(1)
    logs.write('file', '')
    await assert.rejects(
      follow(logs.at('file')),
      /this is no named pipe; to read a file, write --file '.*file'/,
    )
    await assert.rejects(follow(logs.at('nowhere/pipe')), /--fifo .*nowhere\/pipe: mkfifo: .*No such file/)
    await assert.rejects(
      follow(logs.at('other'), '--fifo-owner', 'no-such-user'),
      /--fifo .*: chown: invalid user/,
    )
    assert.ok(!existsSync(logs.at('other')), 'at the next start it would be taken as it is')
  })

  test('holds what comes while there is no room downstream', async t => {
    const path = new LogFolder(t).at('pipe')
    await using stage = await follow(path, '--buffer', '16KiB', '--batch-delay', '0')
    const held: (() => void)[] = []
    stage.answer = ({ count }) =>
      new Promise(resolve => {
        held.push(() => resolve({ sent: count }))
      })
    const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    const block = lines(0, 128)
    let written = 0
    // Until neither the pipe nor the daemon takes any more.
    for (let full = 0; full < 20; ) {
      try {
        writeSync(writer, block)
        written += 128
        full = 0
      } catch {
        full++
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    }
    assert.ok(stage.out.length < written / 2, `${stage.out.length} of ${written}`)
    stage.answer = ({ count }) => ({ sent: count })
    for (const go of held) go()
    await stage.until(written)
    closeSync(writer)
    assert.equal(stage.out.length, written)
  })

  test('removed and made again: it is opened again', async t => {
    const path = new LogFolder(t).at('pipe')
    await using stage = await follow(path)
    writeFileSync(path, 'one\nhalf')
    await stage.until(1)
    rmSync(path)
    for (const end = Date.now() + 10_000; !statSync(path, { throwIfNoEntry: false })?.isFIFO(); ) {
      assert.ok(Date.now() < end, 'a new pipe')
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    writeFileSync(path, 'again\n')
    assert.deepEqual(messages(await stage.until(3)), ['one', 'half', 'again'])
  })

  test('at the end what is still in it is read, the last line too', async t => {
    const path = new LogFolder(t).at('pipe')
    await using stage = await follow(path)
    const text = lines(0, 2000)
    writeFileSync(path, `${text}rest`)
    await stage.stop()
    assert.deepEqual(messages(stage.out), [...textsOf(text), 'rest'])
  })
})
