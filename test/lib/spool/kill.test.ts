// A SIGKILL between any two steps: what was reported is there, once, and what was reported as gone stays away.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { accounted } from '../../../src/lib/engine/receipt.ts'
import { checkSpool } from '../../../src/lib/spool/check.ts'
import { FAULT_POINTS, type FaultPoint } from '../../../src/lib/spool/fault.ts'
import { recoverSpool } from '../../../src/lib/spool/recover.ts'
import { SpoolFile } from '../../../src/lib/spool/spool-file.ts'
import { smallDisk } from '../../support/disk.ts'
import {
  batch,
  copySpool,
  flip,
  newSeed,
  range,
  readAll,
  settled,
  spoolPath,
  work,
} from '../../support/spool.ts'

const CHILD = join(import.meta.dirname, '../../support/spool-child.ts')
const RECOVER = `import { recoverSpool } from ${JSON.stringify(new URL('../../../src/lib/spool/recover.ts', import.meta.url))}
  recoverSpool(process.argv[1])`

const recovering = (point: FaultPoint) => point.startsWith('recover')
const reserving = (point: FaultPoint) => point.startsWith('reserve')

/** What the child told of itself. */
class Oracle {
  readonly appended = new Set<number>()
  readonly removed = new Set<number>()
  /** It was about to remove them. */
  readonly removing = new Set<number>()

  hear(output: string): void {
    const sets = { appended: this.appended, removed: this.removed, remove: this.removing }
    for (const line of output.split('\n')) {
      const [word, ...numbers] = line.split(' ')
      for (const n of numbers) sets[word as keyof typeof sets]?.add(Number(n))
    }
  }

  check(path: string, hint: string): void {
    assert.equal(checkSpool(path).reason, undefined, hint)
    const spool = new SpoolFile(path, { reserve: 0 })
    const rows = readAll(spool)
    const { books, records } = spool.about()
    spool.close()
    const there = new Set(rows.map(({ seq }) => seq))
    assert.equal(there.size, rows.length, `${hint}: each once`)
    for (const seq of this.appended)
      if (!there.has(seq)) assert.ok(this.removing.has(seq), `${hint}: ${seq} is there`)
    for (const seq of this.removed) assert.ok(!there.has(seq), `${hint}: ${seq} is gone`)
    for (const { seq, bytes } of rows) {
      assert.ok(Buffer.from(batch(seq, bytes.length).bytes).equals(bytes), `${hint}: ${seq} is as it was`)
      // Committed, but the child had no time to say so.
      this.appended.add(seq)
    }
    const { in: came, ...outcomes } = books
    assert.equal(came, accounted(outcomes) + records, `${hint}: the books balance`)
  }
}

function run(path: string, seed: number, fault: string, options: string[] = []) {
  const { stdout, signal, status, stderr } = spawnSync(
    process.execPath,
    [CHILD, path, String(seed), '60', ...options],
    { encoding: 'utf8', env: { ...process.env, SLUICE_FAULT: fault } },
  )
  assert.ok(signal === 'SIGKILL' || status === 0, stderr)
  return { stdout, wasKilled: signal === 'SIGKILL' }
}

describe('a SIGKILL at', { concurrency: 2 }, () => {
  const seed = newSeed()

  for (const point of FAULT_POINTS.filter(point => !recovering(point) && !reserving(point)))
    test(`${point} (seed ${seed})`, t => {
      const path = spoolPath(t)
      const oracle = new Oracle()
      for (const [n, fault] of [`${point}:1`, `${point}:2`, `${point}:7`, ''].entries()) {
        const { stdout, wasKilled } = run(path, seed + n, fault)
        if (n === 0) assert.ok(wasKilled, 'the point was passed')
        oracle.hear(stdout)
        if (existsSync(path)) oracle.check(path, `${fault}, seed ${seed}`)
      }
      assert.ok(oracle.appended.size > 50)
    })
})

test('a SIGKILL around the reserve', { concurrency: 2 }, async t => {
  for (const point of FAULT_POINTS.filter(reserving))
    await t.test(point, t => {
      const folder = smallDisk(t, 24)
      if (!folder) return t.skip('needs the right to mount')
      const path = join(folder, 'test.spool')
      const spool = new SpoolFile(path, { minFree: 0, reserve: 4 * 2 ** 20 })
      spool.commit(work({ append: range(1, 40).map(n => batch(n, 60_000)) }))
      spool.close()
      fillUp(join(folder, 'other'))
      if (point !== 'reserve-before-give-up' && point !== 'reserve-after-give-up') {
        rmSync(join(folder, 'other'))
        rmSync(`${path}.reserve`)
      }
      const oracle = new Oracle()
      oracle.hear(`appended ${range(1, 40).join(' ')}`)
      const child = run(path, 1, `${point}:1`, ['0', String(4 * 2 ** 20)])
      assert.ok(child.wasKilled, 'the point was passed')
      oracle.hear(child.stdout)
      rmSync(join(folder, 'other'), { force: true })
      oracle.check(path, point)
      oracle.hear(run(path, 2, '', ['0', String(4 * 2 ** 20)]).stdout)
      oracle.check(path, point)
    })
})

function fillUp(path: string): void {
  // It ends with an error, and what fits is there.
  spawnSync('dd', ['if=/dev/zero', `of=${path}`, 'bs=4096'], { stdio: 'ignore' })
}

test('a SIGKILL at any moment', async t => {
  const seed = newSeed()
  const path = spoolPath(t)
  const oracle = new Oracle()
  for (let n = 0; n < 8; n++) {
    const child = spawn(process.execPath, [CHILD, path, String(seed + n), '100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    let output = ''
    const lines = (seed % 7) + n * 23 + 5
    for await (const chunk of child.stdout) {
      output += chunk
      if (output.split('\n').length > lines) child.kill('SIGKILL')
    }
    oracle.hear(output)
    oracle.check(path, `seed ${seed}`)
  }
})

describe('a SIGKILL in a recovery at', () => {
  for (const point of FAULT_POINTS.filter(recovering))
    test(point, t => {
      const { path, live } = damaged(t)
      for (const times of point === 'recover-moved-one' ? [1, 2, 3, 4] : [1]) {
        const copy = copySpool(t, path)
        const child = spawnSync(process.execPath, ['--input-type=module', '-e', RECOVER, copy], {
          env: { ...process.env, SLUICE_FAULT: `${point}:${times}` },
        })
        assert.equal(child.signal, 'SIGKILL', 'the point was passed')
        if (point !== 'recover-done')
          assert.throws(() => new SpoolFile(copy), { code: 'ERR_SPOOL_DAMAGED' }, 'not opened half-way')
        const report = recoverSpool(copy)
        assert.equal(report.wasSound, point === 'recover-done')
        assert.equal(report.batches, live.length)
        const spool = new SpoolFile(copy, { reserve: 0 })
        assert.deepEqual(
          readAll(spool).map(({ seq }) => seq),
          live,
        )
        spool.close()
        keptAside(copy, path)
      }
    })
})

/** A spool that is not even opened, of which one batch is damaged, with a log. */
function damaged(t: TestContext): { path: string; live: number[] } {
  const path = spoolPath(t)
  const spool = new SpoolFile(path, { reserve: 0 })
  spool.commit(work({ append: range(1, 400).map(n => batch(n, 60_000)) }))
  spool.commit(work({ settled: [settled(1)] }))
  spool.commit(work({ append: [batch(401)] }))
  const copy = copySpool(t, path)
  spool.close()
  // The header, and a batch.
  flip(copy, 3)
  flip(copy, readFileSync(copy).indexOf('{"batch":77}\n{"batch":77}'))
  return { path: copy, live: range(2, 401).filter(n => n !== 77) }
}

/** All of the damaged spool is beside it, once. */
function keptAside(path: string, original: string): void {
  const names = readdirSync(dirname(path))
  for (const end of ['', '-wal', '.mark', '.json']) {
    const found = names.filter(name =>
      new RegExp(`\\.damaged-\\d{8}T\\d{9}Z${end.replace('.', '\\.')}$`).test(name),
    )
    assert.equal(found.length, 1, `${end}: ${names}`)
    if (end === '' || end === '-wal') {
      copyFileSync(join(dirname(path), found[0]!), `${original}.compare`)
      assert.equal(spawnSync('cmp', [`${original}.compare`, original + end]).status, 0, `${end} is as it was`)
    }
  }
  assert.deepEqual(
    names.filter(name => /\.(new|recovered)/.test(name)),
    [],
  )
}
