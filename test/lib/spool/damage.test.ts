// Whatever happens to the files: it is noticed or nothing is missing, and a recovery finds what is intact.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { accounted } from '../../../src/lib/engine/receipt.ts'
import { checkSpool, dumpSpool } from '../../../src/lib/spool/check.ts'
import { DamagedSpool } from '../../../src/lib/spool/errors.ts'
import { PAGE } from '../../../src/lib/spool/layout.ts'
import { type RecoverReport, recoverSpool } from '../../../src/lib/spool/recover.ts'
import { SpoolFile } from '../../../src/lib/spool/spool-file.ts'
import { isDamage } from '../../../src/lib/sqlite-errors.ts'
import {
  batch,
  copySpool,
  flip,
  newSeed,
  openSpool,
  randomNumbers,
  readAll,
  settled,
  spoolPath,
  work,
} from '../../support/spool.ts'

const SIZES = [100, 1_000, 20_000, 80_000]
const COUNT = 120

interface Sample {
  path: string
  /** Numbers of the batches that are there. */
  live: number[]
  /** Up to where the log was after each commit, and the last number then. */
  commits: { wal: number; last: number }[]
}

/** As after a SIGKILL: a part is in the file and a part in the log. Every fifth batch was settled. */
function crashed(t: TestContext): Sample {
  const path = spoolPath(t)
  const spool = new SpoolFile(path, { reserve: 0, minFree: 0 })
  for (let n = 1; n <= 60; n += 3) spool.commit(work({ append: [n, n + 1, n + 2].map(sized) }))
  spool.commit(work({ settled: [1, 2, 3, 5, 10, 15, 20, 25, 30].map(n => settled(n)) }))
  spool.close()
  // With the reserve, the log may be so long that all of it stays in one.
  const again = new SpoolFile(path)
  const commits = [{ wal: 0, last: 60 }]
  for (let n = 61; n <= COUNT; n += 3) {
    const gone = [n - 26, n - 25, n - 24].filter(one => one % 5 === 0).map(one => settled(one))
    const { first } = again.commit(work({ append: [n, n + 1, n + 2].map(sized), settled: gone }))
    assert.equal(first, n)
    commits.push({ wal: statSync(`${path}-wal`).size, last: n + 2 })
  }
  const copy = copySpool(t, path)
  const live = readAll(again).map(({ seq }) => seq)
  again.close()
  return { path: copy, live, commits }
}

function closed(t: TestContext): Sample {
  const sample = crashed(t)
  openSpool(t, sample.path).close()
  return sample
}

function sized(n: number) {
  return batch(n, SIZES[n % SIZES.length])
}

function expected(live: readonly number[]) {
  return digested(live.map(seq => ({ seq, ...sized(seq) })))
}

/** What is handed out, or undefined when it is refused, at once or later. */
function handedOut(path: string) {
  try {
    const spool = new SpoolFile(path, { reserve: 0 })
    try {
      return digested(readAll(spool))
    } finally {
      spool.close()
    }
  } catch (error) {
    assert.ok(error instanceof DamagedSpool || isDamage(error), String(error))
    assert.throws(() => new SpoolFile(path), { code: 'ERR_SPOOL_DAMAGED' }, 'it is still refused later')
    return undefined
  }
}

/** Either all is there, or it is refused and recovered but for so many batches at most, of which each is reported. */
function completeOrRecovered({ path, live }: Sample, most: number, hint: string): RecoverReport | undefined {
  const rows = handedOut(path)
  if (rows) {
    assert.deepEqual(rows, expected(live), hint)
    return undefined
  }
  const report = recoverSpool(path)
  const spool = new SpoolFile(path, { reserve: 0 })
  const found = readAll(spool)
  const about = spool.about()
  spool.close()
  const numbers = new Set(found.map(({ seq }) => seq))
  assert.deepEqual(digested(found), expected([...numbers]), `${hint}: in order, and as they were`)
  const lost = live.filter(seq => !numbers.has(seq))
  assert.ok(lost.length <= most, `${hint}: lost ${lost}`)
  for (const seq of lost)
    assert.ok(
      report.missing.some(([from, to]) => seq >= from && seq <= to),
      `${hint}: ${seq} is reported`,
    )
  assert.equal(report.batches, found.length)
  const missing = report.missing.reduce((sum, [from, to]) => sum + 10 * (to - from + 1), 0)
  assert.ok((report.lostAtLeast ?? 0) <= missing, `${hint}: ${report.lostAtLeast} are lost`)
  const { in: came, ...outcomes } = about.books
  assert.equal(came, about.records + accounted(outcomes), `${hint}: the books balance`)
  assert.equal(recoverSpool(path).wasSound, true)
  return report
}

/** The names and digests of all files beside it: to compare whole files takes the memory of the test when they differ. */
function filesIn(path: string) {
  const folder = dirname(path)
  const digest = (name: string) => hash('sha256', readFileSync(join(folder, name)))
  return readdirSync(folder).map(name => [name, digest(name)])
}

/** Rows with a digest instead of their bytes. */
function digested(rows: readonly { seq: number; records: number; bytes: Uint8Array }[]) {
  return rows.map(({ seq, records, bytes }) => [seq, records, bytes.length, hash('sha256', bytes)].join(' '))
}

describe('a spool without damage', () => {
  test('is sound, and neither check nor dump changes a byte', t => {
    for (const sample of [crashed(t), closed(t)]) {
      const before = filesIn(sample.path)
      const report = checkSpool(sample.path)
      assert.equal(report.reason, undefined)
      assert.equal(report.readable.batches, sample.live.length)
      assert.equal(report.totals!.books.in, COUNT * 10)
      assert.deepEqual(digested([...dumpSpool(sample.path)]), expected(sample.live))
      assert.deepEqual(filesIn(sample.path), before)
      assert.deepEqual(handedOut(sample.path), expected(sample.live))
    }
  })

  test('is left alone by a recovery', t => {
    const { path, live } = closed(t)
    const main = readFileSync(path)
    const report = recoverSpool(path)
    assert.equal(report.wasSound, true)
    assert.equal(report.batches, live.length)
    assert.ok(readFileSync(path).equals(main))
  })

  test('is not recovered, checked or dumped while it is in use', t => {
    const path = spoolPath(t)
    openSpool(t, path)
    for (const use of [recoverSpool, checkSpool, (path: string) => [...dumpSpool(path)]])
      assert.throws(() => use(path), { code: 'ERR_SPOOL_IN_USE' })
  })

  test('bug: a daemon could start between the last row of a dump and the word whether it is sound', t => {
    const { path } = closed(t)
    for (const damage of [undefined, 'the checksum of batch 77 is wrong']) {
      if (damage) flip(path, readFileSync(path).indexOf('{"batch":77}\n{"batch":77}') + 4)
      const rows = dumpSpool(path)
      let next = rows.next()
      for (; !next.done; next = rows.next())
        assert.throws(() => new SpoolFile(path), { code: 'ERR_SPOOL_IN_USE' })
      assert.equal(next.value, damage)
    }
  })

  test('that is not there is none', t => {
    for (const use of [recoverSpool, checkSpool, (path: string) => [...dumpSpool(path)]])
      assert.throws(() => use(spoolPath(t)), { code: 'ENOENT' })
  })
})

describe('a flipped bit', () => {
  const seed = newSeed()

  for (const [where, make] of [
    ['in the file', closed],
    ['in the file beside a log', crashed],
    ['in the log', crashed],
  ] as const)
    test(`${where} costs one batch at most (seed ${seed})`, t => {
      const random = randomNumbers(seed)
      const sample = make(t)
      const end = where === 'in the log' ? '-wal' : ''
      const { size } = statSync(sample.path + end)
      let noticed = 0
      for (let n = 0; n < 60; n++) {
        const path = copySpool(t, sample.path)
        // Half of them in the first bytes of a page or a frame, where all that is not text is.
        const step = end ? PAGE + 24 : PAGE
        const near = random(Math.floor(size / step)) * step + random(64)
        const offset = n % 2 === 0 ? near : random(size)
        const bit = random(8)
        flip(path + end, offset, bit)
        const hint = `${where} ${offset} bit ${bit}, seed ${seed}`
        // A log that ends with a torn commit is what a power cut leaves; the mark knows better.
        if (completeOrRecovered({ ...sample, path }, 1, hint)) noticed++
      }
      assert.ok(noticed > 10, `${noticed}`)
    })

  test('in a batch is found when it is read, and the spool stays closed until it is recovered', t => {
    const { path, live } = closed(t)
    const at = readFileSync(path).indexOf('{"batch":77}\n{"batch":77}')
    flip(path, at + 4)
    const spool = new SpoolFile(path, { reserve: 0 })
    assert.throws(() => readAll(spool), {
      code: 'ERR_SPOOL_DAMAGED',
      reason: 'the checksum of batch 77 is wrong',
    })
    spool.close()
    assert.throws(() => new SpoolFile(path), { code: 'ERR_SPOOL_DAMAGED' })
    assert.equal(checkSpool(path).isSound, false)
    const dumped = [...dumpSpool(path)].map(({ seq }) => seq)
    assert.deepEqual(
      dumped,
      live.filter(seq => seq !== 77),
    )
    const report = recoverSpool(path)
    assert.ok(report.missing.some(([from, to]) => from === 77 && to === 77))
    assert.equal(report.lostAtLeast, 10)
    assert.deepEqual(
      readdirSync(dirname(path)).filter(name => name.includes('damaged')).length,
      3,
      'the file, its mark and the report',
    )
    assert.equal(openSpool(t, path).about().books['dropped:spool-damaged'], 10)
  })

  test('in the log does not make later commits disappear', t => {
    const sample = crashed(t)
    flip(`${sample.path}-wal`, sample.commits[3]!.wal - 500)
    assert.throws(() => new SpoolFile(sample.path), { code: 'ERR_SPOOL_DAMAGED' })
    rmSync(`${sample.path}.mark`)
    assert.throws(() => new SpoolFile(sample.path), /commits follow a wrong checksum/)
    assert.ok(completeOrRecovered(sample, 1, ''))
  })

  test('bug: in a salt of the last frame made all of that page disappear', t => {
    const sample = crashed(t)
    const header = sample.commits.at(-1)!.wal - PAGE - 24
    for (const salt of [8, 12]) {
      const path = copySpool(t, sample.path)
      flip(`${path}-wal`, header + salt + 2, 3)
      const report = completeOrRecovered({ ...sample, path }, 0, `salt at ${salt}`)
      assert.equal(report?.batches, sample.live.length)
    }
  })
})

describe('a log that was cut', () => {
  const seed = newSeed()

  test(`anywhere (seed ${seed})`, t => {
    const random = randomNumbers(seed)
    const sample = crashed(t)
    const { size } = statSync(`${sample.path}-wal`)
    for (let n = 0; n < 60; n++) {
      const path = copySpool(t, sample.path)
      const length = random(size)
      truncateSync(`${path}-wal`, length)
      const { last } = sample.commits.findLast(({ wal }) => wal <= length)!
      completeOrRecovered({ ...sample, path }, COUNT - last, `cut to ${length}, seed ${seed}`)
    }
  })

  test('at the end of a commit, where SQLite notices nothing', t => {
    const sample = crashed(t)
    for (const { wal, last } of sample.commits) {
      const path = copySpool(t, sample.path)
      truncateSync(`${path}-wal`, wal)
      const report = completeOrRecovered({ ...sample, path }, COUNT - last, `cut to ${wal}`)
      assert.equal(report === undefined, last === COUNT)
    }
  })

  test('without a mark, as after a power cut, ends where it ends', t => {
    const sample = crashed(t)
    const { wal, last } = sample.commits[5]!
    truncateSync(`${sample.path}-wal`, wal + 3000)
    rmSync(`${sample.path}.mark`)
    assert.equal(Number.parseInt(handedOut(sample.path)!.at(-1)!, 10), last)
  })
})

describe('a file', () => {
  const seed = newSeed()

  test(`that was cut (seed ${seed})`, t => {
    const random = randomNumbers(seed)
    for (const sample of [crashed(t), closed(t)]) {
      const { size } = statSync(sample.path)
      for (let n = 0; n < 30; n++) {
        const path = copySpool(t, sample.path)
        const length = n === 0 ? 0 : n % 2 ? random(size) : random(size / PAGE) * PAGE
        truncateSync(path, length)
        completeOrRecovered({ ...sample, path }, COUNT, `cut to ${length}, seed ${seed}`)
      }
    }
  })

  test('whose header was destroyed costs no batch', t => {
    const { path, live } = closed(t)
    const fs = readFileSync(path)
    writeFileSync(path, fs.fill(0x55, 0, PAGE))
    assert.ok(completeOrRecovered({ path, live, commits: [] }, 0, ''))
  })

  test('that is gone is not replaced by an empty one', t => {
    const sample = crashed(t)
    rmSync(sample.path)
    assert.throws(() => new SpoolFile(sample.path), { code: 'ERR_SPOOL_DAMAGED' })
    const report = completeOrRecovered(sample, COUNT, '')!
    assert.ok(report.batches > 30, 'what is in the log')
  })

  test('of something else is left alone', t => {
    const path = spoolPath(t)
    writeFileSync(path, 'a letter to my aunt')
    for (const use of [(path: string) => new SpoolFile(path), recoverSpool])
      assert.throws(() => use(path), { code: 'ERR_SPOOL_FOREIGN' })
    assert.equal(readFileSync(path, 'utf8'), 'a letter to my aunt')
  })

  test('of a newer version is left alone', t => {
    const { path } = closed(t)
    const bytes = readFileSync(path)
    bytes.writeUInt32BE(2, 60)
    writeFileSync(path, bytes)
    rmSync(`${path}.mark`)
    assert.throws(() => new SpoolFile(path), /newer version \(2\)/)
  })

  test('that is older than its mark is refused', t => {
    const sample = crashed(t)
    const path = copySpool(t, sample.path)
    truncateSync(`${path}-wal`, 0)
    copyFileSync(`${sample.path}.mark`, `${path}.mark`)
    assert.throws(() => new SpoolFile(path), /it ends at batch 60, but 120 was committed/)
  })
})
