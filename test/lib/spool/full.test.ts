// A disk that is full: nothing more is taken, what is there is delivered, and afterwards it goes on by itself.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { checkSpool } from '../../../src/lib/spool/check.ts'
import { SpoolFile } from '../../../src/lib/spool/spool-file.ts'
import { smallDisk } from '../../support/disk.ts'
import { batch, openSpool, range, settled, work } from '../../support/spool.ts'

const MiB = 2 ** 20
const SIZE = 65_536

/** Appends until it is full. Returns the numbers of what was taken. */
function fill(spool: SpoolFile, perCommit: number): number[] {
  const taken: number[] = []
  for (let n = 0; n < 10_000; n++) {
    const next = spool.about().last + 1
    const { first, full } = spool.commit(
      work({ append: range(next, next + perCommit - 1).map(n => batch(n, SIZE)) }),
    )
    if (full !== undefined) return taken
    taken.push(...range(first!, first! + perCommit - 1))
  }
  assert.fail('it is never full')
}

/** Reads, compares and settles all, a few at a time. */
function drain(spool: SpoolFile, expected: readonly number[]): void {
  const seen: number[] = []
  for (let after = 0; ; ) {
    const some = spool.read(after, 10 * SIZE)
    if (some.length === 0) break
    for (const { seq, bytes } of some) assert.ok(Buffer.from(batch(seq, SIZE).bytes).equals(bytes))
    seen.push(...some.map(({ seq }) => seq))
    spool.commit(work({ settled: some.map(({ seq }) => settled(seq)) }))
    after = some.at(-1)!.seq
  }
  assert.deepEqual(seen, expected)
}

function freeOn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

function fillUp(path: string): void {
  // It ends with an error, and what fits is there.
  spawnSync('dd', ['if=/dev/zero', `of=${path}`, 'bs=4096'], { stdio: 'ignore' })
}

describe('a disk of 96 MiB that the spool fills itself', () => {
  for (const [name, options, perCommit] of [
    ['as far as it may', {}, 4],
    ['wholly, a batch at a time', { minFree: 0, reserve: MiB }, 1],
    ['wholly, many batches at a time', { minFree: 0, reserve: 8 * MiB }, 64],
    ['but for little', { minFree: 4 * MiB, reserve: MiB }, 16],
  ] as const)
    test(name, t => {
      const folder = smallDisk(t, 96)
      if (!folder) return t.skip('needs the right to mount')
      const path = join(folder, 'test.spool')
      const spool = openSpool(t, path, options)
      for (let round = 1; round <= 3; round++) {
        const taken = fill(spool, perCommit)
        assert.ok(taken.length * SIZE > ('minFree' in options ? 40 : 14) * MiB, `${round}: ${taken.length}`)
        drain(spool, taken)
        assert.equal(spool.about().batches, 0)
        const size = statSync(path).size
        assert.ok(size < 20 * MiB, `${round}: ${size} given back`)
        assert.ok(statSync(`${path}.reserve`).size > 0, 'the reserve is there again')
      }
      const { books } = spool.about()
      assert.equal(books.in, books.stored)
      spool.close()
      assert.equal(checkSpool(path).reason, undefined)
    })

  test('takes again as soon as there is room for it, before it is empty', t => {
    const folder = smallDisk(t, 96)
    if (!folder) return t.skip('needs the right to mount')
    const spool = openSpool(t, join(folder, 'test.spool'), {})
    const taken = fill(spool, 4)
    let [removed, added] = [0, 0]
    for (const seq of taken.slice(0, taken.length / 2)) {
      spool.commit(work({ settled: [settled(seq)] }))
      removed++
      const { last } = spool.about()
      if (spool.commit(work({ append: [batch(last + 1, SIZE)] })).first) added++
    }
    assert.ok(added > removed / 3, `${added} of ${removed}`)
  })
})

describe('a disk that something else fills', () => {
  test('twice', t => {
    const folder = smallDisk(t, 96)
    if (!folder) return t.skip('needs the right to mount')
    const path = join(folder, 'test.spool')
    const options = { minFree: 8 * MiB, reserve: 2 * MiB }
    const spool = openSpool(t, path, options)
    for (let round = 1; round <= 2; round++) {
      const next = spool.about().last + 1
      for (let n = next; n < next + 400; n += 8)
        assert.equal(spool.commit(work({ append: range(n, n + 7).map(n => batch(n, SIZE)) })).full, undefined)
      fillUp(join(folder, 'other'))
      const { first, full } = spool.commit(work({ append: [batch(0, SIZE)] }))
      assert.equal(first, undefined)
      assert.match(full!, /^the disk has .* left, and 8MiB have to stay free$/)
      drain(spool, range(next, next + 399))
      assert.ok(freeOn(folder) > 8 * MiB, `${freeOn(folder)} given back`)
      rmSync(join(folder, 'other'))
      assert.equal(spool.commit(work({ append: [batch(next + 400, SIZE)] })).first, next + 400)
      spool.commit(work({ settled: [settled(next + 400)] }))
      assert.equal(statSync(`${path}.reserve`).size, 2 * MiB)
    }
  })

  for (const batches of [4, 60, 150, 240])
    test(`when ${batches} batches were appended at once: what is in the log has room in the file`, t => {
      const folder = smallDisk(t, 96)
      if (!folder) return t.skip('needs the right to mount')
      const path = join(folder, 'test.spool')
      const spool = openSpool(t, path, {})
      spool.commit(work({ append: range(1, batches).map(n => batch(n, SIZE)) }))
      fillUp(join(folder, 'other'))
      drain(spool, range(1, batches))
      assert.equal(spool.about().batches, 0)
      rmSync(join(folder, 'other'))
      assert.equal(spool.commit(work({ append: [batch(batches + 1, SIZE)] })).first, batches + 1)
      assert.equal(statSync(`${path}.reserve`).size, 8 * MiB)
    })

  for (const [count, size, atOnce] of [
    [800, MiB, 800],
    [800, MiB, 64],
    [2000, 300_000, 7],
    [32, 16 * MiB, 32],
  ] as const)
    test(`${count} batches of ${size} bytes, ${atOnce} settled at once`, t => {
      const folder = smallDisk(t, 1500)
      if (!folder) return t.skip('needs the right to mount')
      const path = join(folder, 'test.spool')
      const spool = openSpool(t, path, {})
      for (let n = 1; n <= count; n += 4)
        spool.commit(work({ append: range(n, n + 3).map(n => batch(n, size)) }))
      fillUp(join(folder, 'other'))
      for (let n = 1; n <= count; n += atOnce)
        spool.commit(work({ settled: range(n, Math.min(n + atOnce - 1, count)).map(n => settled(n)) }))
      assert.equal(spool.about().batches, 0)
      // The other file stays: what the spool has taken is enough for it to go on.
      const next = () => spool.commit(work({ append: [batch(count + 1, size)] })).first
      assert.equal(next() ?? next(), count + 1)
    })

  test('when there is no log yet: the reserve is what is written to', t => {
    const folder = smallDisk(t, 96)
    if (!folder) return t.skip('needs the right to mount')
    const path = join(folder, 'test.spool')
    const options = { minFree: 8 * MiB, reserve: 2 * MiB }
    const before = new SpoolFile(path, options)
    before.commit(work({ append: range(1, 300).map(n => batch(n, SIZE)) }))
    before.close()
    fillUp(join(folder, 'other'))
    const spool = openSpool(t, path, options)
    drain(spool, range(1, 300))
    assert.ok(freeOn(folder) > 8 * MiB, `${freeOn(folder)} given back`)
    assert.equal(spool.about().books.stored, 3000)
    assert.equal(statSync(`${path}.reserve`).size, 2 * MiB, 'made again')
  })

  test('before there is even a reserve: what cannot be deleted yet is, later', t => {
    const folder = smallDisk(t, 96)
    if (!folder) return t.skip('needs the right to mount')
    const path = join(folder, 'test.spool')
    const before = new SpoolFile(path, { reserve: 0, minFree: 0 })
    before.commit(work({ append: range(1, 100).map(n => batch(n, SIZE)) }))
    before.close()
    fillUp(join(folder, 'other'))
    const spool = openSpool(t, path, { reserve: MiB, minFree: 0 })
    const rows = spool.read(0, 10 * SIZE)
    spool.commit(work({ settled: rows.map(({ seq }) => settled(seq)), dropped: [50] }))
    assert.equal(spool.about().batches, 100, 'still there')
    assert.deepEqual(
      spool.read(0, 1).map(({ seq }) => seq),
      [11],
      'but not handed out again',
    )
    rmSync(join(folder, 'other'))
    spool.commit(work({}))
    assert.equal(spool.about().batches, 89)
    assert.equal(spool.read(49, 1)[0]!.seq, 51)
    assert.deepEqual(spool.about().books, { in: 1000, stored: 100, 'dropped:buffer-full': 10 })
  })
})
