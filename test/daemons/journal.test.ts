import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { type JournalEntry, writeJournal } from '../servers/journal.ts'
import { Sluice } from '../support/process.ts'
import { BOOTS, childOf, type Fields, folderOf, idOf, numbered, numbersIn, upTo } from './journal/support.ts'

/** A folder with these entries, a file each list; undefined where there is no systemd-journal-remote. */
async function journalOf(t: TestContext, ...files: JournalEntry[][]): Promise<string | undefined> {
  const folder = folderOf(t)
  const written = orSkip(t, async () => {
    for (const [n, entries] of files.entries()) await writeJournal(join(folder, `${n}.journal`), entries)
    return folder
  })
  return written
}

function read(t: TestContext, folder: string, ...args: string[]): Sluice {
  return new Sluice(t, 'sluice-journal', ['--directory', folder, ...args])
}

/** All that it makes of a journal. */
async function all(t: TestContext, folder: string, ...args: string[]): Promise<Fields[]> {
  const run = read(t, folder, '--once', ...args)
  assert.equal(await run.exited, 0, run.stderr)
  return run.stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
}

describe('sluice-journal, of files', { concurrency: 2 }, () => {
  test('reads all boots in their order; --unit, --match, --priority and --exclude-unit choose', async t => {
    const own = { _SYSTEMD_UNIT: 'sluice-store.service', _BOOT_ID: BOOTS[1]! }
    const other = { _SYSTEMD_UNIT: 'other.service', _BOOT_ID: BOOTS[1]!, PRIORITY: '3' }
    const folder = await journalOf(t, numbered(0, 3), [...numbered(3, 5, own), ...numbered(5, 8, other)])
    if (!folder) return
    const cases: [args: string[], numbers: number[]][] = [
      [[], [0, 1, 2, 5, 6, 7]],
      [['--exclude-unit', ''], upTo(8)],
      [
        ['--exclude-unit', 'app.*', '--exclude-unit', 'o?her.service'],
        [3, 4],
      ],
      [
        ['--unit', 'app.service'],
        [0, 1, 2],
      ],
      [['--match', '_SYSTEMD_UNIT=other.service', '--match', 'MESSAGE=number 6'], [6]],
      [
        ['--priority', 'err'],
        [5, 6, 7],
      ],
      [['--identifier', 'nobody'], []],
    ]
    for (const [args, numbers] of cases)
      assert.deepEqual(numbersIn(await all(t, folder, ...args)), numbers, String(args))
  })

  test('keeps odd fields whole: bytes, control characters, a megabyte, fields that come twice', async t => {
    const large = 'x'.repeat(100_000)
    const odd = {
      MESSAGE: Buffer.from('\x1b[31mcaf\u00e9\x1b[0m\nsecond line'),
      LATIN1: Buffer.from('caf\u00e9', 'latin1'),
      LARGE: large,
      TWICE: ['one', 'two'],
      EMPTY: '',
    }
    const bytes = { MESSAGE: Buffer.from('caf\u00e9', 'latin1') }
    const folder = await journalOf(t, [
      ...numbered(0, 1, odd),
      ...numbered(1, 2, bytes),
      ...numbered(2, 3, { LARGE: 'x'.repeat(2e6) }),
    ])
    if (!folder) return
    const run = read(t, folder, '--once')
    assert.equal(await run.exited, 0, run.stderr)
    const [first, second, ...none] = run.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual(none, [])
    assert.equal(first.message, '\x1b[31mcaf\u00e9\x1b[0m\nsecond line')
    const { LATIN1, LATIN1_base64, LARGE, TWICE, EMPTY } = first.journal
    assert.deepEqual(
      [LATIN1, LATIN1_base64],
      ['caf\ufffd', Buffer.from('caf\u00e9', 'latin1').toString('base64')],
    )
    assert.ok(LARGE === large)
    assert.deepEqual([TWICE, EMPTY], [['one', 'two'], ''])
    assert.deepEqual(Buffer.from(second['@meta'].bytes, 'base64'), bytes.MESSAGE)
    const [letters] = readdirSync(run.folder).filter(file => file.endsWith('.dead.ndjson'))
    const letter = JSON.parse(readFileSync(join(run.folder, letters!), 'utf8'))
    assert.equal(letter['@meta'].dead.reason, 'oversize')
  })

  test('goes on where it stopped; ids are the same however often an entry is read', async t => {
    const folder = await journalOf(t, numbered(0, 5))
    if (!folder) return
    const env = { STATE_DIRECTORY: folderOf(t) }
    const once = async () => {
      const run = new Sluice(t, 'sluice-journal', ['--directory', folder, '--once'], { env })
      assert.equal(await run.exited, 0, run.stderr)
      return run.stdout
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as Fields)
    }
    const first = await once()
    assert.deepEqual(numbersIn(first), upTo(5))
    assert.deepEqual(await once(), [])
    await writeJournal(join(folder, '0.journal'), numbered(5, 7))
    assert.deepEqual(numbersIn(await once()), [5, 6])
    const again = await all(t, folder)
    assert.deepEqual(again.slice(0, 5), first)
    assert.equal(new Set(again.map(idOf)).size, 7)
  })

  test('an entry that is gone where it stopped is told of, and none behind it is left out', async t => {
    const folder = await journalOf(t, numbered(0, 5), numbered(5, 8, { _BOOT_ID: BOOTS[1]! }))
    if (!folder) return
    const env = { STATE_DIRECTORY: folderOf(t) }
    const run = new Sluice(
      t,
      'sluice-journal',
      ['--directory', folder, '--match', `_BOOT_ID=${BOOTS[0]}`, '--once'],
      { env },
    )
    assert.equal(await run.exited, 0)
    // The clean-up of the journal takes whole files.
    rmSync(join(folder, '0.journal'))
    const next = new Sluice(t, 'sluice-journal', ['--directory', folder], { env })
    assert.deepEqual(numbersIn(await next.records(3)), [5, 6, 7])
    await next.log(/^the entry where it stopped is not there: removed from the journal meanwhile/)
    assert.equal((await next.status()).stages[0]!.counters.lostPlace, 1)
  })

  test('--from end leaves out what is there, also when it is started again', async t => {
    const folder = await journalOf(t, numbered(0, 5))
    if (!folder) return
    const env = { STATE_DIRECTORY: folderOf(t) }
    const run = new Sluice(t, 'sluice-journal', ['--directory', folder, '--from', 'end', '--once'], { env })
    assert.equal(await run.exited, 0)
    assert.equal(run.stdout, '')
    await writeJournal(join(folder, '0.journal'), numbered(5, 7))
    const next = new Sluice(t, 'sluice-journal', ['--directory', folder, '--from', 'end'], { env })
    assert.deepEqual(numbersIn(await next.records(2)), [5, 6])
  })

  test('journalctl that ends is started again, and nothing is lost or comes twice', async t => {
    const folder = await journalOf(t, numbered(0, 5))
    if (!folder) return
    const run = read(t, folder)
    await run.records(5)
    const kill = () => process.kill(childOf(run.child.pid!, 'journalctl'), 'SIGKILL')
    for (let n = 1; n <= 2; n++) {
      kill()
      await writeJournal(join(folder, '0.journal'), numbered(5 * n, 5 * n + 5))
      assert.deepEqual(numbersIn(await run.records(5 * n + 5)), upTo(5 * n + 5))
    }
    await run.log(/^journalctl ended with signal SIGKILL; it is started again$/)
    assert.equal((await run.status()).stages[0]!.counters.restarts, 2)
    assert.equal(await run.stop(), 0)
  })

  test('a journal that cannot be read is waited for, with the words of journalctl', async t => {
    const folder = folderOf(t)
    const run = read(t, join(folder, 'later'))
    await run.log(/^journalctl ended with exit code 1: .*No such file or directory; it is started again$/)
    await run.untilStatus(
      'not ready',
      ({ ready, waiting }) => !ready && waiting.some(why => why.includes('journalctl')),
    )
    assert.equal(await run.stop(), 0)
    const once = read(t, join(folder, 'later'), '--once')
    assert.equal(await once.exited, 70)
  })

  test('a line that is no entry is a dead letter, and the next one is taken', async t => {
    const folder = folderOf(t)
    const program = join(folder, 'journalctl')
    const lines = [
      '-- No entries --',
      'not json',
      '{"MESSAGE":"no cursor"}',
      '{"__CURSOR":"x","MESSAGE":"good"}',
    ]
    writeFileSync(program, `#!/bin/sh\ncat <<'END'\n${lines.join('\n')}\nEND\n`, { mode: 0o755 })
    const run = new Sluice(t, 'sluice-journal', ['--journalctl', program, '--once', '--name', 'odd'])
    assert.equal(await run.exited, 0, run.stderr)
    assert.deepEqual(
      run.stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).message),
      ['good'],
    )
    const letters = readFileSync(join(run.folder, 'odd.dead.ndjson'), 'utf8').trim().split('\n')
    assert.deepEqual(
      letters.map(line => JSON.parse(line).message),
      lines.slice(1, 3),
    )
  })

  test('--from end: a journalctl that does not say where it is ends the daemon in a line, as no bug', async t => {
    const program = join(folderOf(t), 'journalctl')
    for (const said of ['{"MESSAGE": cut', '{"MESSAGE":"no cursor"}']) {
      writeFileSync(program, `#!/bin/sh\necho '${said}'\n`, { mode: 0o755 })
      const run = new Sluice(t, 'sluice-journal', ['--journalctl', program, '--from', 'end'])
      assert.equal(await run.exited, 70)
      assert.ok(
        run.stderr.includes('--from end: journalctl does not say where the last entry is: {'),
        run.stderr,
      )
      assert.ok(!run.stderr.includes('this is a bug'), run.stderr)
    }
  })

  test('what cannot be is misuse', async t => {
    const cases: [args: string[], says: RegExp][] = [
      [['--directory', '/a', '--file', '/b'], /--directory and --file: only one of them/],
      [['--match', '-f'], /--match: "-f" is not FIELD=VALUE; write for example _TRANSPORT=kernel/],
      [['--journalctl', '/nowhere/journalctl'], /\/nowhere\/journalctl: there is no such program/],
    ]
    for (const [args, says] of cases) {
      const run = new Sluice(t, 'sluice-journal', args)
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, says)
    }
  })
})
