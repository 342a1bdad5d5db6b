// --once: all that is there, whatever is in the way, and then an end.
import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { isRoot, LogFolder, lines, messages, textsOf } from './folder.ts'

describe('sluice-tail --once', { concurrency: true }, () => {
  test('more files than may be open: a last line without an end is read of each', async t => {
    const logs = new LogFolder(t)
    for (let n = 0; n < 10; n++) logs.write(`app-${n}.log`, `first ${n}\nlast ${n}`)
    await using stage = await logs.follow('*.log', '--once', '--open-files', '1')
    await stage.ended
    const expected = Array.from({ length: 10 }, (_, n) => [`first ${n}`, `last ${n}`]).flat()
    assert.deepEqual(messages(stage.out).toSorted(), expected.toSorted())
  })

  test('a compressed file beside what it was made of is read, and the same text only once', async t => {
    const logs = new LogFolder(t)
    logs.write('same.log', lines(0, 20, 'same'))
    logs.write('same.log.gz', gzipSync(lines(0, 20, 'same')))
    logs.write('other.log', lines(0, 20, 'other'))
    logs.write('other.log.gz', gzipSync(lines(20, 40, 'other')))
    await using stage = await logs.follow('*', '--once')
    await stage.ended
    const expected = [lines(0, 20, 'same'), lines(0, 40, 'other')].flatMap(textsOf)
    assert.deepEqual(messages(stage.out).toSorted(), expected.toSorted())
    assert.ok(
      stage.log.some(({ msg }) => msg.endsWith(`waits as long as ${logs.at('same.log')} is there as well`)),
    )
  })

  test('a copy is not read again', async t => {
    const logs = new LogFolder(t)
    logs.write('x.log', lines(0, 201))
    copyFileSync(logs.at('x.log'), logs.at('x.log.bak'))
    await using stage = await logs.follow('x*', '--once')
    await stage.ended
    assert.deepEqual(messages(stage.out), textsOf(lines(0, 201)))
  })

  test('a compressed file that is cut off is read as far as it goes, and the end is no success', async t => {
    const logs = new LogFolder(t)
    const packed = gzipSync(lines(0, 5000))
    logs.write('app.log.gz', packed.subarray(0, packed.length - 40))
    await using stage = await logs.follow('*', '--once')
    await assert.rejects(stage.ended, /--once: not all could be read: 1; the log has which/)
    await stage.until(4800)
    const texts = messages(stage.out)
    assert.deepEqual(texts.slice(0, -1), textsOf(lines(0, 5000)).slice(0, texts.length - 1))
    assert.ok(
      textsOf(lines(0, 5000))
        .at(texts.length - 1)!
        .startsWith(String(texts.at(-1))),
    )
  })

  test('what is not there, and a folder, are said, and the end is no success', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', 'one\n')
    mkdirSync(logs.at('folder'))
    const more = ['tpyo.log', 'folder'].flatMap(name => ['--file', logs.at(name)])
    await using stage = await logs.follow('app.log', '--once', ...more)
    await assert.rejects(stage.ended, /--once: not all could be read: 2/)
    await stage.until(1)
    const said = stage.log.map(({ msg }) => msg)
    assert.ok(
      said.some(msg => /tpyo\.log cannot be read.*: there is no such file/.test(msg)),
      String(said),
    )
    assert.ok(
      said.some(msg => /it is a folder; for the files in it, write --file '.*\/folder\/\*'/.test(msg)),
    )
  })

  test('a file that may not be read is tried once', { skip: !isRoot && 'root only' }, async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', 'one\n')
    logs.write('secret.log', 'two\n')
    chmodSync(logs.at('secret.log'), 0o600)
    const run = logs.followAsNobody(t, '*.log', '--once')
    assert.equal(await run.exited, 70)
    assert.deepEqual(
      (await run.records(1)).map(({ message }) => message),
      ['one'],
    )
    assert.ok(run.logs.some(({ msg }) => msg.includes('secret.log cannot be read')))
  })
})
