// Files that are renamed, truncated, copied, compressed and deleted while they are followed.
import assert from 'node:assert/strict'
import { appendFileSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Drive } from '../../support/drive.ts'
import { counted, LogFolder, lines, messages, textsOf } from './folder.ts'

/** All of it came, once and in its order. */
async function assertLines(stage: Drive, to: number): Promise<void> {
  assert.deepEqual(messages(await stage.until(to)), textsOf(lines(0, to)))
}

describe('sluice-tail, rotation', { concurrency: true }, () => {
  test('renamed: what is written under the old name still, and under the new one', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    await using stage = await logs.follow('app.log')
    await stage.until(20)
    logs.rename('app.log', 'app.log.1')
    logs.append('app.log.1', lines(20, 25))
    await stage.until(25)
    logs.write('app.log', lines(25, 30))
    await stage.until(30)
    logs.append('app.log.1', lines(30, 31))
    await assertLines(stage, 31)
    assert.ok(stage.out.every(({ file }) => file === logs.at('app.log')))
  })

  test('renamed to a name that matches as well: nothing comes twice', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    await using stage = await logs.follow('app.log*')
    await stage.until(20)
    logs.rename('app.log', 'app.log.1')
    logs.write('app.log', lines(20, 40))
    await stage.until(40)
    logs.rename('app.log.1', 'app.log.2')
    logs.rename('app.log', 'app.log.1')
    logs.write('app.log', lines(40, 60))
    await assertLines(stage, 60)
  })

  test('deleted: it is read to its end, and a line without an end is one when it was quiet for long', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', 'one\n')
    await using stage = await logs.follow('app.log', '--follow-rotated', '50ms')
    await stage.until(1)
    logs.append('app.log', 'two\nhal')
    await stage.until(2)
    rmSync(logs.at('app.log'))
    assert.deepEqual(messages(await stage.until(3)), ['one', 'two', 'hal'])
  })

  test('renamed, and closed to make room for another one: its last line without an end comes all the same', async t => {
    const logs = new LogFolder(t)
    logs.write('a.log', 'one\n')
    logs.write('b.log', 'other\n')
    await using stage = await logs.follow('*.log', '--open-files', '1', '--follow-rotated', '200ms')
    await stage.until(2)
    logs.append('a.log', 'two\nhalf')
    await stage.until(3)
    logs.rename('a.log', 'a.log.1')
    await counted(stage, 'rotated', 1)
    logs.append('b.log', 'another\n')
    assert.deepEqual(messages(await stage.until(5)).slice(3), ['another', 'half'])
  })

  test('truncated to nothing', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    await using stage = await logs.follow('app.log')
    await stage.until(20)
    truncateSync(logs.at('app.log'), 0)
    await counted(stage, 'truncated', 1)
    logs.append('app.log', lines(20, 40))
    await assertLines(stage, 40)
    const origins = new Set(stage.out.map(record => record['@meta'].id.slice(0, 17)))
    assert.equal(origins.size, 2)
  })

  test('truncated, and grown beyond the old position between two looks', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    await using stage = await logs.follow('app.log')
    await stage.until(20)
    // One write over the same bytes: nobody sees it smaller.
    writeFileSync(logs.at('app.log'), lines(20, 60), { flag: 'r+' })
    await assertLines(stage, 60)
    assert.equal(stage.stage.counters.get('truncated'), 1)
  })

  for (const glob of ['app.log', 'app.log*'])
    test(`copytruncate, ${glob}: what was not read yet when it was truncated is read from the copy, once`, async t => {
      const logs = new LogFolder(t)
      logs.write('app.log', lines(0, 20))
      // It looks at the files again only when it is told to: what happens in between is between two looks.
      await using stage = await logs.follow(glob, '--look-every', '300ms', '--scan-every', '300ms')
      await stage.until(20)
      logs.append('app.log', lines(20, 30))
      copyFileSync(logs.at('app.log'), logs.at('app.log.1'))
      truncateSync(logs.at('app.log'), 0)
      logs.append('app.log', lines(30, 35))
      const records = await stage.until(35)
      assert.deepEqual(messages(records).toSorted(), textsOf(lines(0, 35)))
      // The rest has the ids that it would have had in its old place.
      const origins = Object.groupBy(records, record => record['@meta'].id.slice(0, 17))
      assert.deepEqual(
        Object.values(origins)
          .map(group => group!.length)
          .toSorted(),
        [30, 5],
      )
    })

  test('a copy of what is being read waits, and is a file of its own as soon as it differs', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    await using stage = await logs.follow('app.log*')
    await stage.until(20)
    copyFileSync(logs.at('app.log'), logs.at('app.log.1'))
    await counted(stage, 'files', 2)
    logs.append('app.log', lines(20, 21))
    await stage.until(21)
    assert.equal(stage.out.length, 21)
  })

  test('a copy of which all was read is left alone, while the other one goes on', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    await using stage = await logs.follow('app*')
    await stage.until(20)
    copyFileSync(logs.at('app.log'), logs.at('app.log.bak'))
    await counted(stage, 'files', 2)
    logs.append('app.log', lines(20, 40))
    await stage.until(40)
    logs.append('app.log', lines(40, 41))
    await assertLines(stage, 41)
  })

  test('replaced by a longer copy of itself, as rsync does it: only what is new comes', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    await using stage = await logs.follow('app.log')
    await stage.until(20)
    logs.write('.app.log.x', lines(0, 30))
    logs.rename('.app.log.x', 'app.log')
    await assertLines(stage, 30)
    logs.append('app.log', lines(30, 31))
    await assertLines(stage, 31)
    assert.equal(new Set(stage.out.map(record => record['@meta'].id.slice(0, 17))).size, 1)
  })

  test('written anew, to exactly the size that it had', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    await using stage = await logs.follow('app.log')
    await stage.until(20)
    writeFileSync(logs.at('app.log'), lines(20, 40), { flag: 'r+' })
    await assertLines(stage, 40)
  })

  test('two files that begin with the same lines are two files', async t => {
    const logs = new LogFolder(t)
    const banner = lines(0, 20, 'banner')
    await using stage = await logs.follow('*.log')
    logs.write('one.log', `${banner}one\n`)
    logs.write('two.log', `${banner}two\n`)
    logs.write('three.log', banner)
    const records = await stage.until(62)
    assert.deepEqual(
      ['one', 'two', 'three'].map(
        name => records.filter(({ file }) => file === logs.at(`${name}.log`)).length,
      ),
      [21, 21, 20],
    )
  })

  for (const [name, compress] of [
    ['app.log.1.gz', gzipSync],
    ['app.log.1.zst', zstdCompressSync],
  ] as const)
    test(`rotated to ${name}, which matches: what was read is not read again`, async t => {
      const logs = new LogFolder(t)
      logs.write('app.log', lines(0, 20))
      await using stage = await logs.follow('app.log*', '--follow-rotated', '50ms')
      await stage.until(20)
      logs.rename('app.log', 'app.log.1')
      logs.write('app.log', lines(20, 21))
      await stage.until(21)
      // As gzip does it: complete beside the original, which is deleted then.
      logs.write(
        name,
        compress(Buffer.concat([readFileSync(logs.at('app.log.1')), Buffer.from(lines(21, 22))])),
      )
      rmSync(logs.at('app.log.1'))
      await assertLines(stage, 22)
    })

  test('a compressed copy that is still being written is not taken for another file', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 5000))
    await using stage = await logs.follow('app.log*', '--follow-rotated', '50ms')
    await stage.until(5000)
    logs.rename('app.log', 'moved')
    logs.write('app.log', 'new\n')
    const packed = gzipSync(lines(0, 5000))
    logs.write('app.log.1.gz', packed.subarray(0, packed.length / 2))
    await counted(stage, 'files', 3)
    await stage.until(5001)
    appendFileSync(logs.at('app.log.1.gz'), packed.subarray(packed.length / 2))
    logs.write('last.gz', gzipSync('last\n'))
    logs.rename('last.gz', 'app.log.9.gz')
    const records = await stage.until(5002)
    assert.deepEqual(messages(records.slice(5000)).toSorted(), ['last', 'new'])
  })

  test('a compressed file that is still being written is read when it is complete', async t => {
    const logs = new LogFolder(t)
    const packed = gzipSync(lines(0, 5000))
    logs.write('old.log.gz', packed.subarray(0, packed.length / 2))
    await using stage = await logs.follow('*.gz', '--look-every', '20ms')
    await stage.until(1)
    appendFileSync(logs.at('old.log.gz'), packed.subarray(packed.length / 2))
    await assertLines(stage, 5000)
  })

  test('what is compressed in a way that is not read is said, and left alone', async t => {
    const logs = new LogFolder(t)
    logs.write('old.log.xz', Buffer.from('fd377a585a000004e6d6b4460200210116000000742fe5a3', 'hex'))
    logs.write('app.log', 'one\n')
    await using stage = await logs.follow('*.log*')
    await counted(stage, 'unreadable', 1)
    await stage.until(1)
    assert.ok(stage.log.some(({ msg }) => msg.includes('only gzip and zstd are read')))
    assert.equal(stage.out.length, 1)
  })
})
