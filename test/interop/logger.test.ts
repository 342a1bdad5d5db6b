// logger(1) of util-linux into our sources: each flag that the installed one has, and the fields that come of it.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, describe, type TestContext, test } from 'node:test'
import { Sluice } from '../support/process.ts'
import { socketOf } from '../support/unix.ts'

type Fields = { [field: string]: unknown }

const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'lines')
writeFileSync(file, 'one\n\ntwo\n')

interface Way {
  source: string
  /** The flags that lead there. */
  to(run: Sluice): Promise<string[]>
  /** How it is written where no flag says so. */
  format: 'local' | 'rfc5424'
  /** Whether it is a stream of frames. */
  framed: boolean
}

const HOST = 'this-host'

const WAYS: { [way: string]: Way } = {
  'unix datagrams': {
    source: `syslog-unix --datagram log --host ${HOST}`,
    to: async run => ['-u', await socketOf(run)],
    format: 'local',
    framed: false,
  },
  'a unix stream': {
    source: `syslog-unix --stream log --host ${HOST}`,
    to: async run => ['-T', '-u', await socketOf(run)],
    format: 'local',
    framed: true,
  },
  UDP: {
    source: 'syslog-udp --listen 127.0.0.1:0',
    to: async run => ['-d', '-n', '127.0.0.1', '-P', String(await run.port())],
    format: 'rfc5424',
    framed: false,
  },
  TCP: {
    source: 'syslog-tcp --listen 127.0.0.1:0',
    to: async run => ['-T', '-n', '127.0.0.1', '-P', String(await run.port())],
    format: 'rfc5424',
    framed: true,
  },
}

interface Case {
  args: string[]
  stdin?: string
  /** The records that come; of each what differs from a plain one. */
  records: Fields[]
  /** What it prints beside that. */
  prints?: RegExp
  only?(way: Way): boolean
}

const plain = (...args: string[]): Case => ({ args: [...args, 'hello'], records: [{}] })
const lines = (...texts: string[]) => texts.map(message => ({ message }))
const SD = ['--sd-id', 'zoo@123', '--sd-param', 'tiger="hungry"', '--sd-param', 'zebra="a b"']
const STRUCTURED = { 'zoo@123': { tiger: 'hungry', zebra: 'a b' } }
const PID = /^\d+$/

/** What each flag does. */
const FLAGS: { [flag: string]: Case | 'a way' | 'no syslog' } = {
  '--tcp': 'a way',
  '--udp': 'a way',
  '--server': 'a way',
  '--port': 'a way',
  '--socket': 'a way',
  // Tested with the journal.
  '--journald': 'no syslog',
  '--help': 'no syslog',
  '--version': 'no syslog',
  '-i': { ...plain('-i'), records: [{ syslog_pid: PID }] },
  '--id': { ...plain('--id=123'), records: [{ syslog_pid: '123' }] },
  '--file': { args: ['-f', file], records: lines('one', '', 'two') },
  '--skip-empty': { args: ['-e', '-f', file], records: lines('one', 'two') },
  '--no-act': { args: ['--no-act', 'hello'], records: [] },
  '--priority': {
    ...plain('-p', 'local3.err'),
    records: [{ syslog_facility: 'local3', syslog_severity: 'err' }],
  },
  '--octet-count': { ...plain('--octet-count'), only: ({ framed }) => framed },
  '--prio-prefix': {
    args: ['--prio-prefix'],
    stdin: '<37>one\ntwo\n<0>three\n',
    records: [
      { syslog_facility: 'auth', syslog_severity: 'notice', message: 'one' },
      { syslog_facility: 'auth', syslog_severity: 'notice', message: 'two' },
      { syslog_severity: 'emerg', message: 'three' },
    ],
  },
  '--stderr': { ...plain('-s'), prints: / hello$/m },
  '--size': {
    args: ['-S', '20'],
    stdin: 'x'.repeat(50),
    records: lines('x'.repeat(20), 'x'.repeat(20), 'x'.repeat(10)),
  },
  '--tag': { ...plain('-t', 'a-tag/b.c'), records: [{ syslog_program: 'a-tag/b.c' }] },
  '--rfc3164': {
    ...plain('--rfc3164'),
    records: [{ host: hostname().split('.')[0], structured_data: undefined }],
  },
  '--rfc5424': { ...plain('--rfc5424=notq'), records: [{ host: hostname(), structured_data: undefined }] },
  '--sd-id': {
    ...plain('--rfc5424=notq', ...SD),
    records: [{ host: hostname(), structured_data: STRUCTURED }],
  },
  '--sd-param': {
    ...plain('--rfc5424=notq,nohost', ...SD),
    records: [{ host: /^this-host$|^undefined$/, structured_data: STRUCTURED }],
  },
  '--msgid': {
    ...plain('--rfc5424=notime', '--msgid', 'TCPIN'),
    records: [{ host: hostname(), syslog_msgid: 'TCPIN', timestamp: undefined }],
  },
  '--socket-errors': plain('--socket-errors=on'),
}

const installed = spawnSync('logger', ['--help'], { encoding: 'utf8' })
const skip = installed.error !== undefined && 'there is no logger'

/** The long names of its flags; the short one of what has no other. */
function flagsOf(help: string): string[] {
  return [...help.matchAll(/^ {1,6}(?:(-\w), )?(-\w|--[\w-]+)\b/gm)].map(([, , flag]) => flag!)
}

test('every flag of the installed logger has a case', { skip }, () => {
  const flags = flagsOf(installed.stdout)
  assert.ok(flags.length >= 20)
  for (const flag of flags) assert.ok(flag in FLAGS, `${flag} is new: what does it do?`)
})

/** Runs logger to its end; what it printed. */
async function logger(args: readonly string[], stdin = ''): Promise<string> {
  const child = spawn('logger', args)
  // Who has its message in the arguments does not read.
  child.stdin.on('error', () => {}).end(stdin)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  assert.equal(child.exitCode, 0, stderr)
  return stdout + stderr
}

/** A field that is as expected: a value, or a pattern of it. */
function check(record: Fields, field: string, expected: unknown, what: string): void {
  if (expected instanceof RegExp) assert.match(String(record[field]), expected, `${what}: ${field}`)
  else assert.deepEqual(record[field], expected, `${what}: ${field}`)
}

async function everyFlag(t: TestContext, way: Way): Promise<void> {
  const known = flagsOf(installed.stdout)
  const run = new Sluice(t, 'sluice', ['run', `${way.source} | syslog-json`])
  const to = await way.to(run)
  const cases = Object.entries(FLAGS).filter(
    (entry): entry is [string, Case] =>
      known.includes(entry[0]) && typeof entry[1] === 'object' && (entry[1].only?.(way) ?? true),
  )
  const count = cases.reduce((sum, [, { records }]) => sum + records.length, 1)
  // By this second, which is all that RFC 3164 says.
  const start = Math.floor(Date.now() / 1000) * 1000
  for (const [flag, { args, stdin, prints = /^$/ }] of cases)
    assert.match(await logger([...to, '-t', `case${flag}`, ...args], stdin), prints, flag)
  await logger([...to, 'who am I'])
  const records = await run.records(count)
  assert.equal(records.length, count)
  for (const [flag, { records: expected }] of cases) {
    const program = expected[0]?.syslog_program ?? `case${flag}`
    const own = records.filter(({ syslog_program }) => syslog_program === program)
    assert.equal(own.length, expected.length, flag)
    for (const [n, differing] of expected.entries()) checkRecord(own[n]!, differing, flag, start, way)
  }
  const last = records.find(({ message }) => message === 'who am I')
  assert.equal(last!.syslog_program, userInfo().username)
}

function checkRecord(record: Fields, differing: Fields, flag: string, start: number, way: Way): void {
  const remote = way.format === 'rfc5424'
  const expected = {
    ...{ syslog_facility: 'user', syslog_severity: 'notice', syslog_pid: undefined, message: 'hello' },
    ...{ host: remote ? hostname() : HOST, parse_error: undefined },
    ...differing,
  }
  for (const [field, value] of Object.entries(expected)) check(record, field, value, flag)
  const time = Date.parse(String(record['@timestamp']))
  assert.ok(time >= start && time <= Date.now(), `${flag}: ${record['@timestamp']}`)
  if (!remote) assert.ok(typeof record.sender_pid === 'number', flag)
}

describe('logger, every flag, by', { skip, concurrency: 2 }, () => {
  for (const [name, way] of Object.entries(WAYS)) test(name, t => everyFlag(t, way))

  test('unix sockets: says that nobody is there, when it is asked to', async () => {
    await assert.rejects(logger(['--socket-errors=on', '-u', join(folder, 'nobody'), 'hello']))
  })
})
