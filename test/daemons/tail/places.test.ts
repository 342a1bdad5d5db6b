// Where files were read up to: over restarts, without rights, without a disk to write it on.
import assert from 'node:assert/strict'
import { chmodSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { Service } from '../../faults/service.ts'
import { until } from '../../faults/wait.ts'
import { smallDisk } from '../../support/disk.ts'
import { Sluice } from '../../support/process.ts'
import { isRoot, LogFolder, lines, QUICK, textsOf } from './folder.ts'

function start(t: TestContext, glob: string, ...flags: string[]): Service {
  return new Service(t, 'sluice-tail', ['--file', glob, ...QUICK, '--push-connect', '-', ...flags])
}

/** All but the mark that there was a start. */
function placesIn(folder: string): number {
  const db = new DatabaseSync(join(folder, 'tail.files'), { readOnly: true })
  const [{ rows }] = db.prepare('SELECT count(*) - 1 AS rows FROM checkpoint').all() as [{ rows: number }]
  db.close()
  return rows
}

async function messagesOf(run: Sluice, count: number): Promise<unknown[]> {
  return (await run.records(count)).map(({ message }) => message)
}

describe('sluice-tail, places', { concurrency: true }, () => {
  test('goes on where it stopped, in files that grew, were renamed, truncated or made meanwhile', async t => {
    const logs = new LogFolder(t)
    for (const name of ['grown', 'renamed', 'truncated', 'short'])
      logs.write(`${name}.log`, lines(0, 20, name))
    logs.write('short.log', 'a\n')
    const service = start(t, logs.at('*.log'))
    await service.run.records(61)
    assert.equal(await service.stop(), 0)
    logs.append('grown.log', lines(20, 21, 'grown'))
    logs.append('renamed.log', lines(20, 21, 'renamed'))
    logs.rename('renamed.log', 'renamed.log.1')
    logs.write('renamed.log', lines(21, 22, 'renamed'))
    truncateSync(logs.at('truncated.log'), 0)
    logs.append('truncated.log', lines(20, 60, 'truncated'))
    logs.append('short.log', 'b\n')
    logs.write('made.log', lines(0, 1, 'made'))
    service.restart()
    const expected = [
      ...textsOf(lines(20, 21, 'grown')),
      ...textsOf(lines(20, 22, 'renamed')),
      ...textsOf(lines(20, 60, 'truncated')),
      ...textsOf(lines(0, 1, 'made')),
      'b',
    ]
    assert.deepEqual((await messagesOf(service.run, expected.length)).toSorted(), expected.toSorted())
    assert.equal(await service.stop(), 0)
    // And nothing, when nothing has changed.
    service.restart()
    await service.run.ready()
    logs.append('grown.log', lines(21, 22, 'grown'))
    assert.deepEqual(await messagesOf(service.run, 1), textsOf(lines(21, 22, 'grown')))
  })

  test('what no --file names any more is left alone, and goes on when it is named again', async t => {
    const logs = new LogFolder(t)
    for (const name of ['private.log', 'public.log']) logs.write(name, lines(0, 20, name))
    const all = start(t, logs.at('{private,public}.log'))
    await all.run.records(40)
    assert.equal(await all.stop(), 0)
    for (const name of ['private.log', 'public.log']) logs.append(name, lines(20, 21, name))
    for (const narrow of [
      ['--file', logs.at('public.log')],
      ['--file', logs.at('*.log'), '--exclude', 'private*'],
    ]) {
      const places = { RUNTIME_DIRECTORY: all.folder, STATE_DIRECTORY: all.folder }
      const run = new Sluice(t, 'sluice-tail', [...narrow, ...QUICK, '--push-connect', '-'], { env: places })
      await run.records(1)
      logs.append('private.log', 'not now\n')
      logs.append('public.log', 'now\n')
      const texts = await messagesOf(run, 2)
      assert.ok(
        texts.every(text => /^(public|now)/.test(String(text))),
        String(texts),
      )
      assert.equal(await run.stop(), 0)
      if (narrow.length === 2)
        assert.match(run.stderr, /private\.log: read before, and named by no --file any more/)
      logs.append('public.log', 'now again\n')
    }
    all.restart()
    const texts = await messagesOf(all.run, 4)
    const expected = [...textsOf(lines(20, 21, 'private.log')), 'not now', 'not now', 'now again']
    assert.deepEqual(texts.toSorted(), expected.toSorted())
  })

  test('what is gone for long is forgotten: under the same name and with the same text it is new', async t => {
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    const flags = ['--forget-after', '0s', '--follow-rotated', '0s']
    const service = start(t, logs.at('app.log'), ...flags)
    await service.run.records(20)
    rmSync(logs.at('app.log'))
    await until('an empty table', () => placesIn(service.folder) === 0)
    assert.equal(await service.stop(), 0)
    service.restart()
    await service.run.ready()
    logs.write('app.log', lines(0, 20))
    assert.equal((await messagesOf(service.run, 20)).length, 20)
  })

  test('what may not be read is said once, and read as soon as it may be', {
    skip: !isRoot && 'root only',
  }, async t => {
    const logs = new LogFolder(t)
    logs.write('secret.log', 'one\n')
    chmodSync(logs.at('secret.log'), 0o600)
    const run = logs.followAsNobody(t, '*.log')
    await run.log(/secret\.log cannot be read, and is tried again: EACCES/)
    chmodSync(logs.at('secret.log'), 0o644)
    assert.deepEqual(await messagesOf(run, 1), ['one'])
    assert.equal(run.logs.filter(({ msg }) => msg.includes('cannot be read')).length, 1)
  })

  test('a path behind a folder that may not be entered is said', {
    skip: !isRoot && 'root only',
  }, async t => {
    const logs = new LogFolder(t)
    logs.write('locked/app.log', 'one\n')
    chmodSync(logs.at('locked'), 0o700)
    const run = logs.followAsNobody(t, 'locked/app.log')
    await run.log(/locked\/app\.log cannot be read, and is tried again: EACCES/)
    chmodSync(logs.at('locked'), 0o755)
    assert.deepEqual(await messagesOf(run, 1), ['one'])
    await run.log(/locked\/app\.log can be read now/)
  })

  test('--from end and a file that may not be read at first: what was in it is never read, also after a restart', {
    skip: !isRoot && 'root only',
  }, async t => {
    const logs = new LogFolder(t)
    logs.write('secret.log', 'old\nold\n')
    logs.write('other.log', 'old\n')
    chmodSync(logs.at('secret.log'), 0o600)
    const flags = ['--from', 'end']
    const first = logs.followAsNobody(t, '*.log', ...flags)
    await first.log(/secret\.log cannot be read, and is tried again: EACCES/)
    assert.equal(await first.stop(), 0)
    logs.append('secret.log', 'new\n')
    chmodSync(logs.at('secret.log'), 0o644)
    const second = logs.followAsNobody(t, '*.log', ...flags)
    await second.records(1)
    logs.append('other.log', 'new as well\n')
    assert.deepEqual(await messagesOf(second, 2), ['new', 'new as well'])
  })

  test('a full disk of the places: it goes on, says so, and keeps them later', async t => {
    const disk = smallDisk(t, 2)
    if (!disk) return t.skip('one may not mount here')
    const logs = new LogFolder(t)
    logs.write('app.log', lines(0, 20))
    const run = new Sluice(t, 'sluice-tail', ['--file', logs.at('app.log'), ...QUICK], {
      env: { STATE_DIRECTORY: disk },
    })
    await run.records(20)
    assert.throws(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(4 << 20)), /ENOSPC/)
    logs.append('app.log', lines(20, 40))
    const { waiting } = await run.untilStatus('the reason', ({ waiting }) => waiting.length > 0)
    assert.match(String(waiting), /checkpoints .*tail.files: .*full/)
    logs.append('app.log', lines(40, 60))
    await run.records(60)
    rmSync(join(disk, 'filler'))
    await run.untilStatus('ready', ({ waiting, ready }) => ready && waiting.length === 0)
    assert.equal(await run.stop(), 0)
    const again = new Sluice(t, 'sluice-tail', ['--file', logs.at('app.log'), ...QUICK], {
      env: { STATE_DIRECTORY: disk },
    })
    await again.ready()
    logs.append('app.log', lines(60, 61))
    assert.deepEqual(await messagesOf(again, 1), textsOf(lines(60, 61)))
  })
})
