// Python's ways to syslog, and with them the C library's, into our sources.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { run as runCommand } from '../servers/support.ts'
import { Sluice } from '../support/process.ts'
import { socketOf } from '../support/unix.ts'

const SCRIPT = join(import.meta.dirname, 'syslog-handler.py')

const chain = (t: TestContext, source: string) => new Sluice(t, 'sluice', ['run', `${source} | syslog-json`])
const fields = (records: { [key: string]: unknown }[]) =>
  records.map(({ syslog_facility, syslog_severity, message }) => [syslog_facility, syslog_severity, message])
const numbered = ['number 0', 'number 1', 'number 2'].map(message => ['local1', 'warning', message])

describe('SysLogHandler of Python, which ends each message with NUL', { concurrency: 2 }, () => {
  const accented = ['local1', 'warning', 'café\nand more']
  for (const [what, source] of [
    ['datagram', 'syslog-unix --datagram log'],
    ['udp', 'syslog-udp --listen 127.0.0.1:0'],
  ] as const) {
    test(what, async t => {
      const run = chain(t, source)
      const address = what === 'udp' ? `127.0.0.1:${await run.port()}` : await socketOf(run)
      await runCommand('python3', [SCRIPT, what, address])
      assert.deepEqual(fields(await run.records(4)), [...numbered, accented])
    })
  }

  test('stream: a line feed ends a line there, too', async t => {
    const run = chain(t, 'syslog-unix --stream log')
    await runCommand('python3', [SCRIPT, 'stream', await socketOf(run)])
    const records = fields(await run.records(5))
    assert.deepEqual(records.slice(0, 4), [...numbered, ['local1', 'warning', 'café']])
    assert.deepEqual(records[4], [undefined, undefined, 'and more'])
  })
})

describe('syslog(3) at /dev/log', { concurrency: 2 }, () => {
  for (const type of ['datagram', 'stream']) {
    test(type, async t => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
      t.after(() => rmSync(folder, { recursive: true }))
      const run = chain(t, `syslog-unix --${type} log --host web1`)
      // A /dev of its own, with nothing in it but our socket.
      const script =
        'mount -t tmpfs none /dev && mknod /dev/null c 1 3 && ln -s "$1" /dev/log && shift && exec "$@"'
      const command = ['python3', SCRIPT, 'syslog(3)', '']
      const args = ['-m', '/bin/sh', '-c', script, 'sh', await socketOf(run), ...command]
      const sent = await orSkip(t, async () => (await runCommand('unshare', args)) ?? 'sent')
      if (sent === undefined) return
      const records = await run.records(3)
      assert.deepEqual(fields(records), numbered)
      for (const { syslog_program, syslog_pid, host, sender_pid } of records)
        assert.deepEqual([syslog_program, syslog_pid, host], ['app', String(sender_pid), 'web1'])
    })
  }
})
