// sluice-journal with a journald that writes what it reads.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../../servers/available.ts'
import { type Journald, startJournald } from '../../servers/journal.ts'
import { until } from '../../servers/support.ts'
import { root, Sluice } from '../../support/process.ts'
import { sendUnix } from '../../support/unix.ts'
import { childOf, type Fields, folderOf, idOf, numbersIn, upTo } from './support.ts'

/** Runs a command beside a journald, and resolves when it has ended. */
async function beside({ inside }: Journald, command: string[], stdin = ''): Promise<string> {
  const [program = '', ...args] = [...inside, ...command]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {}).end(stdin)
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  assert.equal(code, 0, command.join(' '))
  return printed
}

async function journaldFor(t: TestContext): Promise<Journald | undefined> {
  const journald = await orSkip(t, startJournald)
  t.after(() => journald?.stop())
  return journald
}

/** sluice-journal, or what has these words in front of it, beside a journald. */
function start(
  t: TestContext,
  { inside }: Journald,
  args: string[],
  env = {},
  before: string[] = [],
): Sluice {
  const words = [...inside, ...before, join(root, 'bin/sluice-journal'), ...args]
  return new Sluice(t, '/usr/bin/env', words, { env })
}

describe('sluice-journal, of a journald that runs', { concurrency: 2 }, () => {
  test('takes what comes by each of its ways: syslog, standard output, its own protocol', async t => {
    const journald = await journaldFor(t)
    if (!journald) return
    const run = start(t, journald, ['--from', 'end'])
    await run.ready()
    // It has no entry of its own behind which to begin before the first one of these comes.
    await beside(journald, [
      'logger',
      '-u',
      '/run/systemd/journal/dev-log',
      '-p',
      'auth.err',
      '-t',
      'app',
      '--id=7',
      'by syslog',
    ])
    await beside(journald, ['systemd-cat', '-t', 'app', '-p', 'warning', 'echo', 'by standard output'])
    await beside(
      journald,
      ['logger', '--journald'],
      'MESSAGE=by its own protocol\nPRIORITY=2\nORDER=1\nORDER=2\n',
    )
    const records = await run.until('all three', ({ stdout }) => {
      const found = stdout
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as Fields)
      const ours = found.filter(({ message }) => String(message).startsWith('by '))
      return ours.length === 3 && ours
    })
    const [syslog, output, native] = records as [Fields, Fields, Fields]
    const journal = (record: Fields) => record.journal as Fields
    assert.deepEqual(
      [syslog.syslog_facility, syslog.syslog_severity, syslog.syslog_program, syslog.syslog_pid],
      ['auth', 'err', 'app', '7'],
    )
    assert.deepEqual([output.syslog_severity, journal(output)._TRANSPORT], ['warning', 'stdout'])
    assert.deepEqual([native.syslog_severity, journal(native).ORDER], ['crit', ['1', '2']])
    assert.ok(records.every(record => typeof record.host === 'string'))
  })

  test('kill -9 and a new start: each entry is there, under one id', async t => {
    const journald = await journaldFor(t)
    if (!journald) return
    const env = { STATE_DIRECTORY: folderOf(t) }
    const sending = sendUnix(['burst', journald.socket, '5000', '1'])
    const ours = (run: Sluice) => {
      const lines = run.stdout.split('\n').slice(0, -1)
      return lines
        .map(line => JSON.parse(line) as Fields)
        .filter(({ syslog_program }) => syslog_program === 'app')
    }
    const records: Fields[] = []
    for (let life = 0; life < 3; life++) {
      const run = start(t, journald, [], env)
      await run.until('some', ({ stdout }) => stdout.length > 500_000)
      await run.stop('SIGKILL')
      records.push(...ours(run))
    }
    await sending
    const last = start(t, journald, [], env)
    await last.until('the last one', ({ stdout }) => stdout.includes('number 4999"'))
    records.push(...ours(last))
    assert.deepEqual(
      [...new Set(numbersIn(records))].sort((a, b) => a - b),
      upTo(5000),
    )
    assert.equal(new Set(records.map(idOf)).size, 5000)
  })

  test('rotation while it reads loses nothing', async t => {
    const journald = await journaldFor(t)
    if (!journald) return
    const run = start(t, journald, ['--match', 'SYSLOG_IDENTIFIER=app'])
    const sending = sendUnix(['burst', journald.socket, '2000', '1'])
    for (let count = 300; count < 2000; count += 500) {
      await run.records(count)
      // systemd-journald(8): rotate now.
      process.kill(journald.pid, 'SIGUSR2')
    }
    await sending
    assert.deepEqual(numbersIn(await run.records(2000)), upTo(2000))
  })

  test('what it logs itself does not come in again', async t => {
    const journald = await journaldFor(t)
    if (!journald) return
    const out = join(folderOf(t), 'out')
    const read = () => readFile(out, 'utf8').catch(() => '')
    // All of its log goes to the journal that it reads.
    const log = ['systemd-cat', '-t', 'own']
    const run = start(t, journald, ['--push-connect', `file://${out}`], { SLUICE_LOG_LEVEL: 'trace' }, log)
    const has = async (what: string) => {
      await beside(journald, ['logger', '-u', '/run/systemd/journal/dev-log', what])
      await until(async () => (await read()).includes(what), { timeout: 30_000, what })
    }
    await has('the first')
    process.kill(childOf(run.child.pid!, 'journalctl'), 'SIGKILL')
    await has('the last')
    assert.doesNotMatch(await read(), /"own"/)
    const own = await beside(journald, ['journalctl', '-o', 'cat', 'SYSLOG_IDENTIFIER=own'])
    for (const line of ['ready', 'journalctl ended with signal SIGKILL; it is started again'])
      assert.ok(own.includes(line), line)
    assert.equal(await run.stop(), 0)
  })
})
