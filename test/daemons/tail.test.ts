import assert from 'node:assert/strict'
import { mkdirSync, rmdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import tail from '../../src/daemons/tail.ts'
import { drive } from '../support/drive.ts'
import { counted, LogFolder, lines, messages, textsOf } from './tail/folder.ts'

describe('sluice-tail', { concurrency: true }, () => {
  test('makes one record of a line: id, time of reception, the text, where it was', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', 'one\r\n\ntwo 2\n')
    await using stage = await logs.follow('app.log')
    const before = Date.now()
    const [one, two] = await stage.until(2)
    const { id, received, ...rest } = one!['@meta']
    assert.deepEqual(rest, {})
    assert.ok(received! <= Date.now() && received! >= before - 60_000)
    assert.match(id, /^[0-9a-z]{17}000000000$/)
    assert.deepEqual(Object.entries(one!).slice(1), [
      ['message', 'one'],
      ['file', logs.at('app.log')],
      ['host', 'web1'],
    ])
    // The same file, at its byte 6.
    assert.deepEqual([two!.message, two!['@meta'].id], ['two 2', `${id.slice(0, 17)}000000006`])
  })

  test('a line goes on when it has its end', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', 'one\ntw')
    await using stage = await logs.follow('app.log')
    await stage.until(1)
    logs.append('app.log', 'o\nthr')
    await stage.until(2)
    logs.append('app.log', 'ee\n')
    assert.deepEqual(messages(await stage.until(3)), ['one', 'two', 'three'])
  })

  test('finds files that come later, in folders that come later', async t => {
    const logs = new LogFolder(t)
    await using stage = await logs.follow('**/*.log', '--exclude', 'debug*')
    logs.write('a/b/app.log', 'deep\n')
    logs.write('a/b/debug.log', 'excluded\n')
    logs.write('a/.hidden/app.log', 'hidden\n')
    logs.write('a/b/.app.log', 'hidden\n')
    await stage.until(1)
    logs.write('top.log', 'top\n')
    assert.deepEqual(messages(await stage.until(2)), ['deep', 'top'])
  })

  test('a name that leads to a file, to a folder, and to a file again', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', 'first\n')
    await using stage = await logs.follow('app.log')
    await stage.until(1)
    rmSync(logs.at('app.log'))
    mkdirSync(logs.at('app.log'))
    await counted(stage, 'rotated', 1)
    rmdirSync(logs.at('app.log'))
    logs.write('app.log', 'second\n')
    assert.deepEqual(messages(await stage.until(2)), ['first', 'second'])
  })

  test('links are followed, loops are not, and a file of two names is read once', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', 'one\n')
    symlinkSync(logs.at('app.log'), logs.at('link.log'))
    symlinkSync(logs.at('loop.log'), logs.at('loop.log'))
    symlinkSync('.', logs.at('again'))
    await using stage = await logs.follow('**/*.log')
    await stage.until(1)
    logs.append('app.log', 'two\n')
    await stage.until(2)
    logs.write('last.log', 'last\n')
    assert.deepEqual(messages(await stage.until(3)), ['one', 'two', 'last'])
  })

  test('bytes that are not UTF-8 are kept; NULs in front of a line and a byte order mark are not', async t => {
    const logs = new LogFolder(t)
    const latin1 = Buffer.from('caf\u00e9', 'latin1')
    logs.write(
      'app.log',
      Buffer.concat([Buffer.from('\ufeffone\n'), latin1, Buffer.from('\n\0\0\0a\0b\n\0\0\n')]),
    )
    await using stage = await logs.follow('app.log')
    const records = await stage.until(3)
    assert.deepEqual(messages(records), ['one', 'caf\ufffd', 'a\0b'])
    assert.equal(records[1]!['@meta'].bytes, latin1.toString('base64'))
    assert.equal(records[2]!['@meta'].id.slice(-1), 'f', 'where the text begins, behind the NULs: byte 15')
  })

  test('a hole of NULs, as a writer leaves it that does not append after its file was truncated', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    await using stage = await logs.follow('app.log')
    await stage.until(20)
    const at = logs.size('app.log')
    truncateSync(logs.at('app.log'), 0)
    logs.write('app.log', Buffer.concat([Buffer.alloc(at + 3_000_000), Buffer.from('after\n')]))
    assert.equal((await stage.until(21)).at(-1)!.message, 'after')
  })

  test('--oversize split: the parts of a line have ids of where it is', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', `short\n${'x'.repeat(3000)}\nnext\n`)
    await using stage = await logs.follow('app.log', '--max-record', '1KiB', '--oversize', 'split')
    const records = await stage.until(3)
    const long = records.slice(1, -1)
    assert.equal(long.map(({ message }) => message).join(''), 'x'.repeat(3000))
    assert.deepEqual(
      long.map(record => record['@meta'].id.slice(17)),
      long.map((_, n) => `000000006.${n}`),
    )
    assert.equal(records.at(-1)!.message, 'next')
  })

  test('--oversize reject: a dead letter', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', `${'x'.repeat(3000)}\nnext\n`)
    await using stage = await logs.follow('app.log', '--max-record', '1KiB', '--oversize', 'reject')
    assert.deepEqual(messages(await stage.until(1)), ['next'])
    await stage.close()
    assert.equal(stage.stage.counters.get('oversize'), 1)
  })

  test('--from end: what is there at the first start is passed over, all but a line without an end', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', 'old\nold\nhal')
    logs.write('other.log', 'old')
    logs.write('packed.log.gz', gzipSync('old\n'))
    await using stage = await logs.follow('*.log*', '--from', 'end')
    await counted(stage, 'files', 3)
    logs.append('app.log', 'f\nnew\n')
    await stage.until(2)
    logs.write('later.log', 'all of it\n')
    assert.deepEqual(messages(await stage.until(3)), ['half', 'new', 'all of it'])
  })

  test('--once reads everything, the compressed and the last line too, and ends', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', 'four\nfive')
    logs.write('app.log.1', 'three\n')
    logs.write('app.log.2.gz', gzipSync('one\ntwo\n'))
    logs.write('empty.log', '')
    await using stage = await logs.follow('*.log*', '--once')
    await stage.ended
    assert.deepEqual(messages(stage.out).toSorted(), ['five', 'four', 'one', 'three', 'two'])
  })

  test('many more files than may be open: each is read, whole, and in its order', async t => {
    const logs = new LogFolder(t)
    const names = Array.from({ length: 30 }, (_, n) => `app-${n}.log`)
    for (const name of names) logs.write(name, lines(0, 10, name))
    await using stage = await logs.follow('*.log', '--open-files', '4')
    await stage.until(300)
    for (const name of names) logs.append(name, lines(10, 20, name))
    const records = await stage.until(600)
    for (const name of names) {
      const own = records.filter(({ file }) => file === logs.at(name))
      assert.deepEqual(messages(own), textsOf(lines(0, 20, name)))
    }
  })

  test('stops reading while there is no room downstream', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 100_000))
    const held: (() => void)[] = []
    await using stage = await drive(
      tail,
      '--file',
      logs.at('app.log'),
      '--buffer',
      '64KiB',
      '--batch-delay',
      '0',
    )
    stage.answer = ({ count }) =>
      new Promise(resolve => {
        held.push(() => resolve({ sent: count }))
      })
    await stage.until(1)
    // Time enough for all of it, if nothing held it back.
    for (let n = 0; n < 200; n++) await new Promise(resolve => setImmediate(resolve))
    assert.ok(stage.out.length < 50_000, `${stage.out.length} records`)
    stage.answer = ({ count }) => ({ sent: count })
    for (const go of held) go()
    assert.equal((await stage.until(100_000)).length, 100_000)
  })

  for (const [flags, message] of [
    [[], /nothing to read: give --file GLOB or --fifo PATH/],
    [['--fifo', '/tmp/x', '--once'], /--once: a named pipe has no end/],
    [['--file', '/var/{log/a,b}.log'], /braces with a slash in them; write --file twice/],
    [['--fifo', '/tmp/x', '--fifo-mode', 'rw'], /--fifo-mode: "rw" is not a mode; write for example 0620/],
    [['--file', 'x', '--look-every', '0'], /--look-every: at least 10ms/],
  ] as const)
    test(`${flags.join(' ') || 'no flag'} is misuse`, async () => {
      await assert.rejects(drive(tail, ...flags), message)
    })
})
