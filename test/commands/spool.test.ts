import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

const COUNT = 20_000
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `number ${from + n}\n`).join('')
const numbersIn = (lines: string) => [...lines.matchAll(/number (\d+)"/g)].map(([, n]) => Number(n))
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

/** A daemon whose sink is not there, killed with all of its records in the spool, and the most of them in its log. */
async function killedWithRecords(t: TestContext) {
  const endpoint = `ack+tcp://127.0.0.1:${await freePort()}`
  const run = new Sluice(t, 'sluice-relay', ['--spool', 'spool', '--push-connect', endpoint], {
    stdin: 'open',
  })
  run.child.stdin!.write(numbered(0, COUNT))
  await run.untilStatus('all in the spool', ({ stages }) => stages[0]?.books.spooled === COUNT)
  await run.stop('SIGKILL')
  const folder = join(run.folder, 'spool')
  const again = (...args: string[]) =>
    new Sluice(t, 'sluice-relay', ['--spool', folder, ...args], { stdin: numbered(COUNT, COUNT + 10) })
  return { folder, file: join(folder, 'relay.spool'), again }
}

function spool(t: TestContext, ...args: string[]) {
  return new Sluice(t, 'sluice', ['spool', ...args])
}

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path)
  bytes[offset]! ^= 0x10
  writeFileSync(path, bytes)
}

describe('sluice spool', { concurrency: 2 }, () => {
  test('check and dump see what a killed daemon left, and change nothing', async t => {
    const { folder, file } = await killedWithRecords(t)
    const before = [file, `${file}-wal`].map(path => readFileSync(path))
    const check = spool(t, 'check', folder)
    assert.equal(await check.exited, 0, check.stdout)
    assert.match(check.stdout, /relay\.spool: sound; 20000 records in \d+ batches/)
    const dump = spool(t, 'dump', file)
    assert.equal(await dump.exited, 0, dump.stderr)
    assert.deepEqual(numbersIn(dump.stdout), upTo(COUNT))
    const some = spool(t, 'dump', file)
    some.child.stdout!.once('data', () => some.child.stdout!.destroy())
    assert.deepEqual([await some.exited, some.stderr], [0, ''], 'whoever reads it has seen enough')
    const wrong = spool(t, 'check', dirname(folder))
    assert.deepEqual([await wrong.exited, /there is no spool in it/.test(wrong.stderr)], [64, true])
    assert.deepEqual(
      [file, `${file}-wal`].map(path => readFileSync(path)),
      before,
    )
  })

  test('root looks with the rights of the owner, or else where nobody can prepare anything', {
    skip: process.getuid?.() !== 0 && 'only root can be somebody else',
  }, async t => {
    const { folder, file } = await killedWithRecords(t)
    // Of a user whom no other test has: none of his processes may be there.
    for (const path of [folder, ...readdirSync(folder).map(name => join(folder, name))])
      chownSync(path, 34567, 34567)
    chmodSync(dirname(folder), 0o755)
    const check = spool(t, 'check', file)
    assert.equal(await check.exited, 0, check.stderr)
    assert.match(check.stdout, /relay\.spool: sound; 20000 records/)
    // What it made belongs to him, as if the daemon had made it.
    rmSync(`${file}.lock`, { force: true })
    assert.equal(await spool(t, 'recover', file).exited, 0)
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).uid, 34567, name)
    // As a service has it, below a folder that only root may enter.
    const above = dirname(folder)
    chmodSync(above, 0o700)
    for (const action of ['check', 'dump', 'recover']) {
      const run = spool(t, action, file)
      assert.equal(await run.exited, 0, `${action}: ${run.stderr}`)
    }
    // He could put something there just then.
    const his = spawn('python3', [
      '-c',
      'import os; os.setuid(34567); print("there", flush=True); os.read(0, 1)',
    ])
    t.after(() => his.kill())
    await once(his.stdout, 'data')
    const busy = spool(t, 'check', file)
    assert.equal(await busy.exited, 70)
    assert.match(busy.stderr, new RegExp(`relay\\.spool: process ${his.pid} could change what lies there`))
    his.kill()
    await once(his, 'exit')
    const journal = `${file}.lock-journal`
    writeFileSync(journal, '')
    chownSync(journal, 34567, 34567)
    const refused = spool(t, 'recover', file)
    assert.equal(await refused.exited, 70)
    assert.match(
      refused.stderr,
      /relay\.spool: beside it is relay\.spool\.lock-journal, which no daemon makes/,
    )
    rmSync(journal)
    // Root's own in somebody's folder.
    for (const path of readdirSync(folder)) chownSync(join(folder, path), 0, 0)
    const own = spool(t, 'check', file)
    assert.equal(await own.exited, 0, own.stderr)
  })

  test('a damaged one is refused with the command to type; what can be read is delivered after it', async t => {
    const { folder, file, again } = await killedWithRecords(t)
    const out = join(folder, 'out.ndjson')
    flip(`${file}-wal`, Math.floor(statSync(`${file}-wal`).size / 2))
    for (let n = 0; n < 2; n++) {
      const refused = again('--push-connect', `file://${out}`)
      assert.equal(await refused.exited, 70)
      assert.match(refused.stderr, new RegExp(`damaged: .*type: sluice spool recover ${file}`))
    }
    const check = spool(t, 'check', folder)
    assert.equal(await check.exited, 1, check.stdout)
    assert.match(check.stdout, /damaged: .*\n {2}type: sluice spool recover/)
    const dump = spool(t, 'dump', file)
    assert.equal(await dump.exited, 1)
    const readable = numbersIn(dump.stdout)
    assert.ok(readable.length > 0 && readable.length < COUNT, String(readable.length))

    const recover = spool(t, 'recover', folder)
    assert.equal(await recover.exited, 0, recover.stderr)
    const [, recovered] = /recovered: (\d+) records/.exec(recover.stdout) ?? []
    assert.match(recover.stdout, /the damaged file is .*relay\.spool\.damaged-/)
    const delivering = again('--push-connect', `file://${out}`)
    assert.equal(await delivering.exited, 0, delivering.stderr)
    const delivered = numbersIn(readFileSync(out, 'utf8'))
    assert.equal(delivered.length, Number(recovered) + 10)
    assert.deepEqual(
      delivered,
      [...new Set(delivered)].sort((a, b) => a - b),
      'in order, and once',
    )
    for (const n of readable) assert.ok(delivered.includes(n), `${n} could be read and was not delivered`)
    const sound = spool(t, 'recover', folder)
    assert.equal(await sound.exited, 0)
    assert.match(sound.stdout, /: sound; 0 records/)
  })

  test('one whose file was deleted is not taken for none', async t => {
    const { folder, file, again } = await killedWithRecords(t)
    rmSync(file)
    const refused = again('--push-connect', '-')
    assert.equal(await refused.exited, 70)
    assert.match(refused.stderr, /type: sluice spool recover/)
    const recover = spool(t, 'recover', folder)
    assert.equal(await recover.exited, 0, recover.stderr)
    assert.match(recover.stdout, /it was damaged/)
    const delivering = again('--push-connect', '-')
    assert.equal(await delivering.exited, 0, delivering.stderr)
  })

  test('one that is in use, one that is not there, and what is no action', async t => {
    const endpoint = `ack+tcp://127.0.0.1:${await freePort()}`
    const run = new Sluice(t, 'sluice-relay', ['--spool', 'spool', '--push-connect', endpoint], {
      stdin: 'open',
    })
    await run.until('the spool', ({ logs }) => logs.length > 0)
    await run.faces()
    await run.untilStatus('an open spool', ({ stages }) => stages.length > 0)
    const folder = join(run.folder, 'spool')
    for (const action of ['check', 'recover', 'dump']) {
      const inUse = spool(t, action, folder)
      assert.equal(await inUse.exited, 70)
      assert.match(inUse.stderr, /in use by a daemon; stop it first/)
    }
    const second = new Sluice(t, 'sluice-relay', [
      '--name',
      'relay',
      '--spool',
      folder,
      '--push-connect',
      endpoint,
    ])
    assert.equal(await second.exited, 64, 'it reads nothing')
    const other = new Sluice(
      t,
      'sluice-relay',
      ['--name', 'relay', '--spool', folder, '--push-connect', endpoint],
      {
        stdin: 'open',
      },
    )
    assert.equal(await other.exited, 70)
    assert.match(
      other.stderr,
      /relay\.spool is in use by another process; stop that one, or give this one a --name/,
    )
    const cases: [string[], number, RegExp][] = [
      [['check', '/nowhere'], 64, /\/nowhere: there is no such file or folder/],
      [['recover', '/nowhere'], 0, /there is no spool yet/],
      [['mend', folder], 64, /there is no "mend"; there are check, dump, recover/],
      [['check'], 64, /missing required argument 'path'/],
    ]
    for (const [args, code, words] of cases) {
      const asked = spool(t, ...args)
      assert.equal(await asked.exited, code, args.join(' '))
      assert.match(asked.stderr, words)
    }
  })
})
