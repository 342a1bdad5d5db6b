import assert from 'node:assert/strict'
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../support/port.ts'
import { root, Sluice } from '../support/process.ts'

/** A letter, or what a file has in its place. */
const letter = (n: number, dead: object = {}, meta: object = {}) =>
  JSON.stringify({
    '@meta': {
      id: `id-${n}`,
      received: 1000 + n,
      dead: { reason: 'mapping', stage: 'es', attempts: 1, at: '2026-10-11T00:00:00.000Z', ...dead },
      ...meta,
    },
    message: `number ${n}`,
  })

const lettersOf = (count: number, first = 0) => Array.from({ length: count }, (_, n) => letter(first + n))
const textOf = (lines: readonly string[]) => lines.map(line => `${line}\n`).join('')
const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)
/** Ids of whole lines; somebody may be writing the last one. */
const idsIn = (path: string) =>
  Array.from((read(path) ?? '').matchAll(/^\{"@meta":\{"id":"([^"]+)".*\}\n/gm), ([, id]) => id!)

/** A folder with a file of dead letters, and replays of it. */
function setUp(t: TestContext, lines: readonly string[]) {
  const { folder } = new Sluice(t, 'sluice', ['--version'])
  const file = join(folder, 'es.dead.ndjson')
  writeFileSync(file, textOf(lines))
  const out = join(folder, 'out.ndjson')
  const replay = (...flags: string[]) =>
    new Sluice(t, 'sluice', ['replay', file, ...flags], { env: { STATE_DIRECTORY: folder } })
  const toFile = (...flags: string[]) => replay('--push-connect', `file://${out}`, ...flags)
  return { folder, file, aside: `${file}.replay`, out, replay, toFile }
}

describe('sluice replay', { concurrency: true }, () => {
  test('sends letters as the records that they were, and takes them out of the file', async t => {
    const { file, aside, out, toFile } = setUp(t, [letter(1), letter(2, {}, { replays: 1, peer: 'p' })])
    const run = toFile()
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(
      read(out),
      textOf([
        '{"@meta":{"id":"id-1","received":1001,"replays":1},"message":"number 1"}',
        '{"@meta":{"id":"id-2","received":1002,"replays":2,"peer":"p"},"message":"number 2"}',
      ]),
    )
    assert.deepEqual([existsSync(file), existsSync(aside)], [false, false])
    await run.log(/^sent 2, kept 0$/)
    assert.ok(!run.logs.some(({ level }) => level === 'warn'))
  })

  test('what is not asked for, not readable or refused too often stays, byte for byte', async t => {
    const kept = [
      letter(1, { reason: 'error' }),
      letter(2, { stage: 'other' }),
      '{"@meta":{"id":"cut of',
      'a\u0000b \r',
      letter(3, { attempts: 3 }, { replays: 2 }),
      `{"@meta": {"id": "id-4"}, "message": "no letter"}`,
    ]
    const { file, aside, out, toFile } = setUp(t, [
      letter(10),
      ...kept.flatMap((line, n) => [line, '', letter(20 + n)]),
    ])
    const run = toFile('--reason', 'mapping', '--reason', 'x', '--stage', 'es')
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(read(file), textOf(kept))
    assert.equal(existsSync(aside), false)
    assert.deepEqual(idsIn(out), ['id-10', ...kept.map((_, n) => `id-${20 + n}`)])
    await run.log(/^sent 7, kept 6 \(not asked for 2, not readable 3, refused too often 1\)$/)
  })

  test('replayed by root, the file still belongs to its daemon', async t => {
    if (process.getuid?.() !== 0) return t.skip('takes root')
    const { file, toFile } = setUp(t, [letter(1), 'torn'])
    chownSync(file, 65_534, 65_534)
    const run = toFile()
    assert.equal(await run.exited, 0, run.stderr)
    const { uid, gid, mode } = statSync(file)
    assert.deepEqual([uid, gid, mode & 0o777], [65_534, 65_534, 0o600])
  })

  test('when nothing is to be sent it says so, and leaves the very file', async t => {
    const text = textOf([letter(1), 'torn'])
    const { file, out, toFile } = setUp(t, [letter(1), 'torn'])
    const run = toFile('--reason', 'nothing')
    assert.equal(await run.exited, 0, run.stderr)
    await run.log(/^nothing was sent, kept 2 \(not asked for 1, not readable 1\)$/)
    assert.equal(read(file), text)
    assert.equal(existsSync(out), false)
  })

  test('an empty file is nothing to worry about', async t => {
    const run = setUp(t, []).toFile()
    assert.equal(await run.exited, 0, run.stderr)
    await run.log(/^nothing was sent, kept 0$/)
  })

  test('--keep leaves the file as it is', async t => {
    const lines = [letter(1), 'torn', letter(2)]
    const { file, out, toFile, folder } = setUp(t, lines)
    const run = toFile('--keep')
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(read(file), textOf(lines))
    assert.deepEqual(idsIn(out), ['id-1', 'id-2'])
    assert.deepEqual(readdirSync(folder).sort(), ['es.dead.ndjson', 'out.ndjson'])
  })

  test('through a pipe: it warns that a plain link does not say what became of them', async t => {
    const { file, replay } = setUp(t, lettersOf(100))
    const run = replay()
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal((await run.records(100)).length, 100)
    assert.equal(existsSync(file), false)
    assert.equal(run.logs.filter(({ level }) => level === 'warn').length, 1)
    await run.log(/plain link does not say what became of a record/)
  })

  test('a record that is too large to be sent stays, and says so', async t => {
    const large = letter(1, {}, { own: 'x'.repeat(2000) })
    const { file, toFile } = setUp(t, [large, letter(2)])
    const run = toFile('--max-record', '1KiB')
    assert.equal(await run.exited, 0, run.stderr)
    await run.log(/^sent 1, kept 1 \(too large 1\)$/)
    assert.equal(read(file), textOf([large]))
  })

  test('the file may be named as the log of a daemon names it', async t => {
    const { file, out, folder } = setUp(t, lettersOf(3))
    const run = new Sluice(t, 'sluice', ['replay', `file://${file}`, '--push-connect', `file://${out}`])
    assert.equal(await run.exited, 0, run.stderr)
    assert.deepEqual(readdirSync(folder), ['out.ndjson'])
  })

  test('without FILE it says what there is', async t => {
    const { folder, file } = setUp(t, [
      ...lettersOf(11),
      letter(20, { reason: 'error' }),
      letter(21, { reason: 'evil\u001b[31m' }),
      'torn',
    ])
    writeFileSync(join(folder, 'a.dead.ndjson.replay'), textOf(lettersOf(1)))
    writeFileSync(join(folder, 'a.dead.ndjson.replay.160'), textOf(lettersOf(1)))
    writeFileSync(join(folder, 'a.dead.ndjson.replay.new'), textOf(lettersOf(1)))
    writeFileSync(join(folder, 'b.ndjson'), textOf(lettersOf(2)))
    const run = new Sluice(t, 'sluice', ['replay'], { env: { STATE_DIRECTORY: folder } })
    assert.equal(await run.exited, 0, run.stderr)
    assert.match(
      run.stdout,
      new RegExp(
        `^${folder}/a.dead.ndjson \\([\\d.]+B\\)\n  2  mapping\n\n` +
          `${file} \\([\\d.]+KiB\\)\n  11  mapping\n   1  \\(not readable\\)\n   1  error\n   1  evil\\?\\[31m\n\n` +
          'sluice replay FILE sends them in again; see sluice replay --help\n$',
      ),
    )
    assert.deepEqual(
      run.logs.filter(({ level }) => level !== 'debug'),
      [],
    )
    const nothing = new Sluice(t, 'sluice', ['replay'])
    assert.equal(await nothing.exited, 0)
    assert.match(nothing.stdout, /^there are no dead letters in /)
  })

  for (const [what, flags, message] of [
    [
      'a file that is not there',
      ['/nowhere.dead.ndjson'],
      /there is no such file; sluice replay alone says which/,
    ],
    ['a folder', ['/tmp'], /\/tmp: it is no file/],
    ['no FILE, and what to do with it', ['--reason', 'x'], /--reason: of which FILE\?/],
    ['a policy that drops', ['/dev/null', '--when-full', 'drop-oldest'], /unknown option '--when-full'/],
    [
      'attempts that are no number',
      ['/etc/hosts', '--attempts', 'x'],
      /--attempts: "x" is not a whole number/,
    ],
  ] as const)
    test(`${what} is misuse, in one line`, async t => {
      const run = new Sluice(t, 'sluice', ['replay', ...flags])
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, message)
      assert.equal(run.stderr.split('\n').length, 2)
    })

  test('into the file itself is misuse', async t => {
    const { file, replay } = setUp(t, lettersOf(1))
    const run = replay('--push-connect', `file://${file}`)
    assert.equal(await run.exited, 64)
    assert.equal(read(file), textOf(lettersOf(1)))
  })

  test('its help fits into 80 columns', async t => {
    const run = new Sluice(t, 'sluice', ['replay', '--help'])
    assert.equal(await run.exited, 0)
    assert.deepEqual(
      run.stdout.split('\n').filter(line => line.length > 80),
      [],
    )
    assert.match(run.stdout, /Examples:\n {2}sluice replay\n/)
  })

  test('on a terminal it asks where to, and shows how far it is', async t => {
    const { file, out } = setUp(t, lettersOf(50_000))
    const onTerminal = (...args: string[]) =>
      new Sluice(t, '/usr/bin/env', [
        ...[
          'python3',
          '-c',
          'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))',
        ],
        ...[join(root, 'bin/sluice'), 'replay', file, ...args],
      ])
    const refused = onTerminal()
    assert.equal(await refused.exited, 64, refused.stdout)
    assert.match(
      refused.stdout,
      /letters would be shown here and taken out of the file: .*--push-connect ENDPOINT/,
    )
    assert.equal(idsIn(file).length, 50_000)
    const run = onTerminal('--push-connect', `file://${out}`)
    assert.equal(await run.exited, 0, run.stdout)
    assert.match(run.stdout, /\r\u001b\[K[\d.]+KiB of [\d.]+MiB, \d+ accepted/)
    assert.match(run.stdout, /sent 50000, kept 0/)
    assert.equal(idsIn(out).length, 50_000)
  })
})

describe('a replay that is interrupted', { concurrency: true }, () => {
  /** Written slowly: a few records at a time, each time waiting for the disk. */
  const SLOWLY = ['--batch-bytes', '1KiB', '--batch-delay', '0', '--buffer', '16KiB']

  test('kill -9 in the middle, and again: none is lost', async t => {
    const all = lettersOf(40_000)
    const { file, aside, out, toFile } = setUp(t, [...all, 'torn'])
    const killed = toFile(...SLOWLY)
    await killed.untilStatus('some', ({ stages }) => Number(stages[0]!.books.stored ?? 0) > 200)
    assert.equal(await killed.stop('SIGKILL'), null)
    assert.equal(existsSync(file), false)
    assert.equal(read(aside), textOf([...all, 'torn']))
    assert.ok(new Set(idsIn(out)).size < all.length)
    // A daemon goes on meanwhile.
    writeFileSync(file, textOf([letter(50_000), letter(50_001, { attempts: 5 })]))
    const again = toFile()
    assert.equal(await again.exited, 0, again.stderr)
    assert.equal(new Set(idsIn(out)).size, all.length + 1)
    assert.equal(existsSync(aside), false)
    assert.equal(read(file), textOf(['torn', letter(50_001, { attempts: 5 })]))
    await again.log(/^sent 40001, kept 2 \(not readable 1, refused too often 1\)$/)
  })

  test('killed where the file had got its name back, and the other one not lost it yet', async t => {
    const { file, aside, out, toFile } = setUp(t, lettersOf(10))
    linkSync(file, aside)
    const run = toFile()
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(idsIn(out).length, 10)
    assert.deepEqual([existsSync(file), existsSync(aside)], [false, false])
  })

  test('SIGTERM in the middle: what was accepted is out of the file, the rest is back in it', async t => {
    const { file, aside, out, toFile } = setUp(t, lettersOf(40_000))
    const run = toFile(...SLOWLY)
    await run.untilStatus('some', ({ stages }) => Number(stages[0]!.books.stored ?? 0) > 200)
    writeFileSync(file, `${letter(90_000)}\n`)
    assert.equal(await run.stop(), 0, run.stderr)
    const sent = idsIn(out)
    const left = idsIn(file)
    assert.ok(sent.length < 40_000)
    assert.equal(existsSync(aside), false)
    assert.deepEqual(
      [...sent, ...left].sort(),
      [...lettersOf(40_000), letter(90_000)].map(line => JSON.parse(line)['@meta'].id).sort(),
      'each of them once',
    )
    await run.log(/^sent \d+, kept 0; the rest of the file was not looked at$/)
  })

  test('what nobody takes is back in the file, as it was, and the exit code says so', async t => {
    const lines = [...lettersOf(50), 'torn']
    const { file, aside, replay } = setUp(t, lines)
    const run = replay('--push-connect', `tcp://127.0.0.1:${await freePort()}`, '--grace', '50ms')
    await run.untilStatus('all taken', ({ stages }) => stages[0]!.books.in === 50)
    assert.equal(existsSync(file), false)
    assert.equal(await run.stop(), 75, run.stderr)
    assert.equal(read(file), textOf(lines))
    assert.equal(existsSync(aside), false)
    await run.log(/^nothing was sent, kept 51 \(not readable 1, not accepted 50\)$/)
  })

  test('what cannot be put back stays where it is, and it is said where', async t => {
    const lines = lettersOf(50)
    const { file, aside, replay, toFile, out } = setUp(t, lines)
    const run = replay('--push-connect', `tcp://127.0.0.1:${await freePort()}`, '--grace', '50ms')
    await run.untilStatus('all taken', ({ stages }) => stages[0]!.books.in === 50)
    mkdirSync(file)
    assert.equal(await run.stop(), 70)
    assert.match(run.stderr, /could not be put back into the file \(EISDIR.*; it is in .*\.replay/)
    assert.equal(read(aside), textOf(lines))
    renameSync(file, `${file}.folder`)
    const again = toFile()
    assert.equal(await again.exited, 0, again.stderr)
    assert.equal(idsIn(out).length, 50)
  })

  test('a second one of the same file is refused, and disturbs nothing', async t => {
    const { file, aside, replay, toFile } = setUp(t, lettersOf(50))
    const first = replay('--push-connect', `tcp://127.0.0.1:${await freePort()}`)
    await first.untilStatus('all taken', ({ stages }) => stages[0]!.books.in === 50)
    const second = toFile()
    assert.equal(await second.exited, 70)
    assert.match(second.stderr, /another sluice replay is sending it/)
    assert.deepEqual([existsSync(file), existsSync(aside)], [false, true])
  })
})

/** A filter that refuses whatever comes. */
const REFUSE = `import { filter } from 'sluice'
export default filter({
  summary: 'Refuse',
  open: (_options, { reject }) => record => reject(record, 'on-principle'),
})`

describe('a daemon that refuses records', { concurrency: true }, () => {
  test('may write dead letters while their file is taken away: none is lost', async t => {
    const { folder } = new Sluice(t, 'sluice', ['--version'])
    writeFileSync(join(folder, 'refuse.ts'), REFUSE)
    const env = { STATE_DIRECTORY: folder }
    const daemon = new Sluice(t, 'sluice', ['./refuse.ts', '--name', 'refuse'], {
      stdin: 'open',
      cwd: folder,
      env,
    })
    await daemon.ready()
    const file = join(folder, 'refuse.dead.ndjson')
    const out = join(folder, 'out.ndjson')
    const flags = ['replay', file, '--push-connect', `file://${out}`]
    let fed = 0
    const feed = (count: number) => {
      for (let n = 0; n < count; n++) daemon.child.stdin!.write(`number ${fed++}\n`)
    }
    for (let round = 0; round < 5; round++) {
      feed(300)
      await daemon.until('a letter', () => existsSync(file))
      const replay = new Sluice(t, 'sluice', flags, { env })
      for (let n = 0; n < 20; n++) {
        feed(20)
        await daemon.untilStatus('them', ({ stages }) => stages[0]!.books.dead === fed)
      }
      assert.equal(await replay.exited, 0, replay.stderr)
    }
    daemon.child.stdin!.end()
    assert.equal(await daemon.exited, 0, daemon.stderr)
    if (existsSync(file)) {
      const last = new Sluice(t, 'sluice', flags, { env })
      assert.equal(await last.exited, 0, last.stderr)
    }
    const messages = new Set(
      readFileSync(out, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line).message as string),
    )
    assert.equal(messages.size, fed)
  })

  test('gets a letter back so often, and not more often', async t => {
    const { folder } = new Sluice(t, 'sluice', ['--version'])
    writeFileSync(join(folder, 'refuse.ts'), REFUSE)
    const env = { STATE_DIRECTORY: folder }
    const args = ['./refuse.ts', '--name', 'refuse', '--pull-bind', 'tcp://127.0.0.1:0']
    const daemon = new Sluice(t, 'sluice', args, { cwd: folder, env })
    const port = await daemon.port()
    const file = join(folder, 'refuse.dead.ndjson')
    writeFileSync(file, `${letter(1)}\n`)
    const flags = ['replay', file, '--push-connect', `tcp://127.0.0.1:${port}`]
    for (const attempts of [2, 3]) {
      const replay = new Sluice(t, 'sluice', flags, { env })
      assert.equal(await replay.exited, 0, replay.stderr)
      await replay.log(/^sent 1, kept 0$/)
      const text = await daemon.until(
        'the letter',
        () => existsSync(file) && read(file)!.endsWith('\n') && read(file),
      )
      const { dead, replays } = JSON.parse(text)['@meta']
      assert.deepEqual([dead.reason, dead.attempts, replays], ['on-principle', attempts, attempts - 1])
    }
    const last = new Sluice(t, 'sluice', flags, { env })
    assert.equal(await last.exited, 0)
    await last.log(/^nothing was sent, kept 1 \(refused too often 1\)$/)
    assert.equal(idsIn(file).length, 1)
  })
})
