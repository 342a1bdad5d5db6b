// Compressed files that are damaged, cut off, or not finished.
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Compressed } from '../../../src/daemons/tail/compressed.ts'
import { CompressedText } from '../../../src/daemons/tail/compressed-text.ts'
import { Hindrances } from '../../../src/daemons/tail/hindrances.ts'
import { Origins } from '../../../src/daemons/tail/origins.ts'
import { printOf } from '../../../src/daemons/tail/print.ts'
import { Siblings } from '../../../src/daemons/tail/siblings.ts'
import { TailedFile } from '../../../src/daemons/tail/tailed-file.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { TextRecords } from '../../../src/lib/text/oversize.ts'
import { LogFolder, lines, messages } from './folder.ts'

/** Text that does not become small, so that damage is somewhere in it. */
const LONG = Buffer.from(
  Array.from({ length: 40_000 }, (_, n) => `number ${n} ${((n * 2654435761) >>> 0).toString(36)}\n`).join(''),
)

function damaged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.fill(0xff, at, at + 40)
  return copy
}

describe('sluice-tail, compressed text', { concurrency: true }, () => {
  const text = Buffer.from(lines(0, 201))
  const two = Buffer.concat([text, text])
  const packed = gzipSync(LONG)
  const half = packed.length >> 1
  const junk = Buffer.from('junk and more')
  const cases: [what: string, bytes: Buffer, expected: Buffer, isWhole: boolean, least?: number][] = [
    ['gzip', gzipSync(text), text, true],
    ['gzip with zeros behind it', Buffer.concat([gzipSync(text), Buffer.alloc(3000)]), text, true],
    ['gzip with something else behind it', Buffer.concat([gzipSync(text), junk]), text, true],
    ['gzip with one byte behind it', Buffer.concat([gzipSync(text), Buffer.from('\n')]), text, false],
    ['two members', Buffer.concat([gzipSync(text), gzipSync(text)]), two, true],
    ['zstd', zstdCompressSync(text), text, true],
    ['two frames of zstd', Buffer.concat([zstdCompressSync(text), zstdCompressSync(text)]), two, true],
    ['zstd with something else behind it', Buffer.concat([zstdCompressSync(text), junk]), text, true],
    ['gzip that is cut off', packed.subarray(0, half), LONG, false, LONG.length * 0.49],
    ['gzip that is damaged', damaged(packed, half), LONG, false, LONG.length * 0.45],
    ['zstd that is damaged', damaged(zstdCompressSync(LONG), half), LONG, false, 128 * 1024],
  ]
  for (const [what, bytes, expected, isWhole, least = expected.length] of cases)
    test(`${what}: all that can be read comes`, async t => {
      const logs = new LogFolder(t)
      logs.write('packed', bytes)
      const packed = new CompressedText(logs.at('packed'))
      t.after(() => packed.close())
      const parts: Buffer[] = []
      const read = async () => {
        for await (const chunk of packed.chunks()) parts.push(chunk)
      }
      if (isWhole) await read()
      else await assert.rejects(read(), { code: /^(Z_|ZSTD_)/ })
      const all = Buffer.concat(parts)
      assert.ok(all.length >= least, `${all.length} bytes of ${expected.length}`)
      // Damage may make other text of the rest.
      const sure = Math.min(all.length, least)
      assert.ok(all.subarray(0, sure).equals(expected.subarray(0, sure)))
    })

  test('looks for all marks in one pass', async t => {
    const logs = new LogFolder(t)
    logs.write('packed', gzipSync(LONG))
    const packed = new CompressedText(logs.at('packed'))
    t.after(() => packed.close())
    const marks = [256, 1000, 200_000, 700_000].map(offset => ({
      offset,
      tail: printOf(LONG, offset - 256, offset),
    }))
    const wrong = { offset: 5000, tail: printOf(LONG, 0, 256) }
    const looked = await packed.look([...marks, wrong], new AbortController().signal)
    assert.deepEqual([...looked.agrees], marks)
    assert.equal(looked.size, LONG.length)
    assert.ok(looked.isWhole && looked.tail.equals(LONG.subarray(-256)))
    await assert.rejects(packed.look(marks, AbortSignal.abort()), { name: 'AbortError' })
  })
})

describe('sluice-tail, compressed files', { concurrency: true }, () => {
  /** What reads them, by a clock that the test sets. */
  function reader(isOver: (quiet: number) => boolean) {
    const records: LogRecord[] = []
    const warnings: string[] = []
    const clock = { now: 0 }
    const log = { info() {}, debug() {}, warn: (_: object, message: string) => void warnings.push(message) }
    const context = { log, count() {}, maxRecord: 1024, id: () => 'x' } as never
    const feed = {
      emit: (list: readonly LogRecord[]) => Promise.resolve(void records.push(...list)) as never,
      room: () => undefined,
      signal: new AbortController().signal,
    }
    const table = { of: () => ({ position: undefined }), keys: () => [], save() {}, forget() {} } as never
    const origins = new Origins(feed, table)
    const compressed = new Compressed({
      ...{ context, feed, origins, isOver, once: false, now: () => clock.now },
      hindrances: new Hindrances(context),
      siblings: new Siblings(),
      createTexts: (_, id) => new TextRecords({ context, oversize: 'truncate', id }),
      take: (origin, list, place) => origins.emit(origin, list, place),
    })
    return { compressed, records, warnings, clock }
  }

  function fileAt(path: string): TailedFile {
    const file = new TailedFile(statSync(path, { bigint: true }), 0)
    file.names.add(path)
    return file
  }

  test('one that was given up is read on when it has grown', async t => {
    const logs = new LogFolder(t)
    const packed = gzipSync(LONG)
    logs.write('app.log.gz', packed.subarray(0, packed.length >> 1))
    const { compressed, records, warnings, clock } = reader(quiet => quiet >= 30_000)
    const file = fileAt(logs.at('app.log.gz'))
    compressed.add(file)
    await compressed.rest()
    const first = records.length
    assert.ok(first > 10_000 && compressed.isWaiting && warnings.length === 0)
    clock.now += 31_000
    compressed.wake(clock.now)
    await compressed.rest()
    assert.ok(!compressed.isWaiting)
    assert.match(
      warnings.join(),
      /app\.log\.gz cannot be read to its end, and is read on when it changes: unexpected end/,
    )
    assert.equal(records.length, first + 1, 'the beginning of a line')
    // It is the same file, and not longer.
    compressed.add(file)
    await compressed.rest()
    assert.equal(records.length, first + 1)
    logs.append('app.log.gz', packed.subarray(packed.length >> 1))
    compressed.add(file)
    await compressed.rest()
    const texts = messages(records)
    assert.equal(
      `${texts.slice(0, first).join('\n')}\n${texts.slice(first, first + 2).join('')}`,
      LONG.toString()
        .split('\n')
        .slice(0, first + 1)
        .join('\n'),
    )
    assert.equal(texts.join('').length, LONG.toString().replaceAll('\n', '').length)
    assert.equal(warnings.length, 1)
  })

  test('what the disk does not give is tried again, however often', async t => {
    const logs = new LogFolder(t)
    logs.write('folder/file', '')
    const { compressed, warnings, clock } = reader(() => true)
    const file = fileAt(logs.at('folder'))
    compressed.add(file)
    for (let n = 0; n < 3; n++) {
      await compressed.rest()
      assert.ok(compressed.isWaiting)
      clock.now += 10_000
      compressed.wake(clock.now)
    }
    await compressed.rest()
    assert.equal(warnings.length, 1)
    assert.match(warnings[0]!, /EISDIR/)
  })
})
