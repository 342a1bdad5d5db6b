import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import doDaemon from '../../src/daemons/do.ts'
import type { Fields } from '../../src/lib/record.ts'
import { isAlive } from '../support/alive.ts'
import { type Drive, drive } from '../support/drive.ts'
import { Sluice } from '../support/process.ts'

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-do-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The daemon with a script of the shell; it gets the folder as $1, and what is given here behind it. */
const script = (folder: string, text: string, args: string[] = [], flags: string[] = []) =>
  drive(doDaemon, ...flags, '--', 'sh', '-c', text, 'sh', folder, ...args)

const lines = (folder: string, file = 'out') =>
  readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1)

const deadOf = (stage: Drive) =>
  stage.rejected.map(({ message, '@meta': { dead } }) => [message, dead!.reason, dead!.detail])

describe('sluice-do', { concurrency: true }, () => {
  test('runs the command once for each record: fields as arguments, the record on standard input', async t => {
    const folder = folderOf(t)
    await using stage = await script(
      folder,
      'cat >> $1/in; echo "$2|$3" >> $1/out',
      ['{host}', '{a.b:-none}'],
      ['--parallel', '1'],
    )
    const records: Fields[] = [{ host: 'web 1', a: { b: '$(id) "' } }, { host: '' }]
    assert.deepEqual(await stage.push(records), { stored: 2 })
    assert.deepEqual(lines(folder), ['web 1|$(id) "', '|none'])
    const given = lines(folder, 'in').map(line => JSON.parse(line))
    assert.deepEqual(
      given.map(({ '@meta': { id }, ...fields }) => [id, fields]),
      records.map((fields, n) => [String(n + 1), fields]),
    )
    assert.equal(stage.stage.counters.get('runs'), 2)
  })

  test('a command need not read its input', async () => {
    await using stage = await drive(doDaemon, '--', 'true')
    assert.deepEqual(await stage.push(['x'.repeat(900_000), 'two']), { stored: 2 })
  })

  test('a failure is a dead letter, with how it ended and its last words', async t => {
    const text =
      'echo "first $2" >&2; echo "why $2" >&2; case $2 in three) exit 3;; kill) kill -KILL $$;; none) exit 127;; esac'
    await using stage = await script(folderOf(t), text, ['{message}'])
    assert.deepEqual(await stage.push(['one', 'three', 'kill', 'none', 'two']), { stored: 2, dead: 3 })
    assert.deepEqual(deadOf(stage).sort(), [
      ['kill', 'signal', 'signal SIGKILL: first kill\nwhy kill'],
      ['none', 'exit-code', 'exit code 127: first none\nwhy none'],
      ['three', 'exit-code', 'exit code 3: first three\nwhy three'],
    ])
    const said = stage.log.filter(({ msg }) => msg === 'the command says')
    assert.equal(said.length, 10)
    assert.ok(said.every(({ id }) => typeof id === 'string'))
  })

  test('75, or a signal that ends services, is tried again; others do not wait for it', async t => {
    const folder = folderOf(t)
    const text =
      'case $2 in again*) if [ -e "$1/$2" ]; then :; else touch "$1/$2"; [ $2 = again-75 ] && exit 75; kill -TERM $$; fi;; esac; echo $2 >> $1/out'
    await using stage = await script(folder, text, ['{message}'], ['--parallel', '1'])
    const receipt = await stage.push(['again-75', 'again-term', 'one', 'two'])
    assert.deepEqual(receipt, { stored: 4 })
    assert.deepEqual(lines(folder).slice(0, 2), ['one', 'two'])
    assert.deepEqual(lines(folder).slice(2).sort(), ['again-75', 'again-term'])
    assert.equal(stage.stage.counters.get('again'), 2)
  })

  test('when all batches wait for records that are run again, it says so', async t => {
    const folder = folderOf(t)
    await using stage = await script(folder, '[ -e $1/go ] || exit 75')
    // Each of them is a batch.
    const pushed = Array.from({ length: 257 }, (_, n) => stage.push([`${n} `.padEnd(1_100)]))
    const { waiting, counters } = stage.stage
    while (!waiting.has('command')) await new Promise(resolve => setTimeout(resolve, 5))
    assert.equal(waiting.get('command'), '256 batches wait for records that are to be run again')
    assert.ok(counters.get('again')! >= 256)
    writeFileSync(join(folder, 'go'), '')
    const receipts = await Promise.all(pushed)
    assert.ok(receipts.every(({ stored }) => stored === 1))
    assert.equal(waiting.size, 0)
  })

  test('one that takes too long is ended, with what it started, and is a dead letter', async t => {
    const folder = folderOf(t)
    const text = 'sleep 1000 & echo $! > $1/pid; wait'
    await using stage = await script(folder, text, [], ['--timeout', '300ms'])
    assert.deepEqual(await stage.push(['slow']), { dead: 1 })
    assert.deepEqual(deadOf(stage), [['slow', 'timeout', 'it took longer than 300 ms']])
    assert.equal(isAlive(Number(lines(folder, 'pid')[0])), false)
  })

  test('as many at once as --parallel says, and no more', async t => {
    const folder = folderOf(t)
    // Each waits until three run, and says how many there are.
    const text =
      'touch $1/run.$2; while [ ! -e $1/go ]; do set -- $1 $2 $1/run.*; [ $# -ge 5 ] && touch $1/go; done; set -- $1 $2 $1/run.*; echo $(($# - 2)) >> $1/out; rm $1/run.$2'
    await using stage = await script(folder, text, ['{n}'], ['--parallel', '3'])
    const records = Array.from({ length: 9 }, (_, n) => ({ n }))
    assert.deepEqual(await stage.push(records), { stored: 9 })
    const most = Math.max(...lines(folder).map(Number))
    assert.equal(most, 3)
  })

  test('what does not fit into the command is a dead letter, and nothing is run for it', async () => {
    await using stage = await drive(doDaemon, '--', 'true', '{host}')
    const receipt = await stage.push([
      { message: 'missing' },
      { message: 'dash', host: '--help' },
      { message: 'nul', host: 'a\0' },
      { message: 'long', host: 'x'.repeat(200_000) },
      { message: 'fine', host: 'x' },
    ])
    assert.deepEqual(receipt, { stored: 1, dead: 4 })
    assert.deepEqual(
      deadOf(stage).map(([message, reason]) => [message, reason]),
      [
        ['missing', 'missing-field'],
        ['dash', 'leading-dash'],
        ['nul', 'nul-byte'],
        ['long', 'too-large'],
      ],
    )
    assert.equal(stage.stage.counters.get('runs'), 1)
  })

  test('a program that is gone is waited for', async t => {
    const folder = folderOf(t)
    const [program, aside] = [join(folder, 'program'), join(folder, 'aside')]
    writeFileSync(program, '#!/bin/sh\nexit 0\n')
    chmodSync(program, 0o755)
    await using stage = await drive(doDaemon, '--', program)
    renameSync(program, aside)
    const pushed = stage.push(['one'])
    while (!stage.log.some(({ why }) => /program is not there any more/.test(String(why))))
      await new Promise(resolve => setTimeout(resolve, 5))
    renameSync(aside, program)
    assert.deepEqual(await pushed, { stored: 1 })
  })

  test('its variables are few: what a program needs, what --env names, and SLUICE_ID', async t => {
    const folder = folderOf(t)
    const run = new Sluice(
      t,
      'sluice-do',
      ['--env', 'TOKEN', '--env', 'ABSENT', '--', 'sh', '-c', 'env > $1/out', 'sh', folder],
      {
        stdin: '{"@meta":{"id":"x7"}}\n',
        env: { TOKEN: 'a', OTHER: 'b', SLUICE_LOG_LEVEL: 'info', TZ: 'UTC', LC_ALL: 'C' },
      },
    )
    assert.equal(await run.exited, 0, run.stderr)
    const variables = lines(folder)
    for (const line of ['SLUICE_ID=x7', 'TOKEN=a', 'TZ=UTC', 'LC_ALL=C'])
      assert.ok(variables.includes(line), line)
    // The shell makes PWD, SHLVL, _ and OLDPWD itself.
    const allowed = /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|TOKEN|SLUICE_ID|PWD|OLDPWD|SHLVL|_)=/
    assert.deepEqual(
      variables.filter(line => !allowed.test(line)),
      [],
    )
  })

  test('misuse: no command, one that is not there, one that a record would choose', async t => {
    await assert.rejects(drive(doDaemon), /which command\?/)
    await assert.rejects(drive(doDaemon, '--', 'no-such-program'), /there is no such program/)
    await assert.rejects(drive(doDaemon, '--', '{host}'), /^Misuse: --: \{host\}: a record must not choose/)
    const run = new Sluice(t, 'sluice-do', ['--', 'sh', '-c', 'echo {message}'], { stdin: 'x\n' })
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /^sluice-do: --: echo \{message\}: sh would run what is in the field; write -c/)
  })

  test('a stop waits for what runs; what runs when the grace ends is ended, and not acknowledged', async t => {
    const folder = folderOf(t)
    const text = 'touch $1/$2; while [ ! -e $1/go ]; do sleep 0.02; done; echo $2 >> $1/out'
    const start = (...flags: string[]) =>
      new Sluice(t, 'sluice-do', [...flags, '--', 'sh', '-c', text, 'sh', folder, '{message}'], {
        stdin: 'open',
      })
    const started = async (run: Sluice, name: string) => {
      run.child.stdin!.write(`${name}\n`)
      await run.until(name, () => existsSync(join(folder, name)))
      run.child.kill('SIGTERM')
      await run.log(/^stopping$/)
    }
    const impatient = start('--grace', '100ms')
    await started(impatient, 'one')
    assert.equal(await impatient.exited, 75)
    const patient = start()
    await started(patient, 'two')
    writeFileSync(join(folder, 'go'), '')
    assert.equal(await patient.exited, 0)
    assert.deepEqual(lines(folder), ['two'])
  })
})
