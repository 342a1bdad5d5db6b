import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type RunOptions, root, Sluice } from '../support/process.ts'

/** Runs the daemon as a Unix filter over `input`, to its end. */
async function pipe(t: TestContext, input: string | Buffer, args: string[] = [], options: RunOptions = {}) {
  const run = new Sluice(t, 'sluice-syslog-json', args, { stdin: input, ...options })
  assert.equal(await run.exited, 0, run.stderr)
  return run.stdout
    .split('\n')
    .filter(Boolean)
    .map(
      line => JSON.parse(line) as { '@meta': { id: string; [key: string]: unknown }; [key: string]: unknown },
    )
}

interface Ecs {
  log: { syslog: { priority: number; severity: { name: string } } }
  host: { hostname: string }
  process: { name: string }
  message: string
}

function withoutMeta({ '@meta': _, ...fields }: { [key: string]: unknown }): object {
  return fields
}

describe('sluice-syslog-json', { concurrency: true }, () => {
  test('is a Unix filter: syslog in, JSON out, nothing else said', async t => {
    const run = new Sluice(t, 'sluice-syslog-json', ['--timezone', 'UTC'], {
      stdin: '<34>Oct 11 22:14:15 web1 sshd[42]: Failed password',
      env: { SLUICE_LOG_LEVEL: 'info' },
    })
    assert.equal(await run.exited, 0)
    assert.equal(run.stderr, '')
    const { '@timestamp': time, ...record } = JSON.parse(run.stdout)
    assert.match(time, /^\d{4}-10-11T22:14:15.000Z$/)
    assert.deepEqual(withoutMeta(record), {
      timestamp: 'Oct 11 22:14:15',
      syslog_priority: 34,
      syslog_facility: 'auth',
      syslog_severity: 'crit',
      host: 'web1',
      syslog_program: 'sshd',
      syslog_pid: '42',
      message: 'Failed password',
    })
  })

  test('keeps the id, the time of reception and the peer of a record from upstream', async t => {
    const meta = { id: 'abc-1', received: Date.UTC(2026, 0, 1), peer: '192.0.2.1:514' }
    const [record] = await pipe(
      t,
      `${JSON.stringify({ '@meta': meta, message: '<13>Dec 31 23:59:59 web1 x: y' })}\n`,
      ['--timezone', 'UTC'],
    )
    assert.deepEqual(record!['@meta'], meta)
    // The year is the one nearest to reception, not that of the clock.
    assert.equal(record!['@timestamp'], '2025-12-31T23:59:59.000Z')
  })

  test('two records without an id get two', async t => {
    const records = await pipe(t, 'one\ntwo\n')
    assert.notEqual(records[0]!['@meta'].id, records[1]!['@meta'].id)
  })

  test('--schema ecs names the fields by the Elastic Common Schema', async t => {
    const [record] = await pipe(t, '<165>1 2026-10-11T22:14:15.003Z web1 app 7 ID47 - done', [
      '--schema',
      'ecs',
    ])
    const { log, host, process, message } = record as unknown as Ecs
    assert.equal(log.syslog.priority, 165)
    assert.equal(log.syslog.severity.name, 'notice')
    assert.equal(host.hostname, 'web1')
    assert.equal(process.name, 'app')
    assert.equal(message, 'done')
  })

  test('garbage comes out whole, with the reason; nothing is dropped', async t => {
    const garbage = ['<999>x', '<', '{"message":', 'no header at all', '[1,2]', '"text"', '<13>\0\0', '\t ']
    const records = await pipe(t, `${garbage.join('\n')}\n`)
    assert.equal(records.length, garbage.length)
    for (const record of records) assert.equal(typeof record.message, 'string')
    assert.equal(records[0]!.message, '<999>x')
    assert.equal(typeof records[0]!.parse_error, 'string')
  })

  test('a record without a text in it passes as it is', async t => {
    const [record] = await pipe(t, '{"event":"login","user":7}\n')
    assert.deepEqual(withoutMeta(record!), { event: 'login', user: 7, parse_error: 'no-message' })
  })

  test('numbers that a double cannot hold survive', async t => {
    const run = new Sluice(t, 'sluice-syslog-json', [], {
      stdin: '{"message":"<13>x","big":12345678901234567890,"huge":1e400,"tiny":0.1}\n',
    })
    assert.equal(await run.exited, 0)
    assert.match(run.stdout, /"big":12345678901234567890,"huge":1e400,"tiny":0.1[,}]/)
  })

  test('bytes that are not UTF-8 are kept', async t => {
    const latin1 = Buffer.from('<13>Oct 11 22:14:15 web1 menu: cr\u00e8me', 'latin1')
    const [record] = await pipe(t, Buffer.concat([latin1, Buffer.from('\n<13>plain\n')]))
    assert.equal(record!.message, 'cr\ufffdme')
    assert.deepEqual(Buffer.from(record!['@meta'].bytes as string, 'base64'), latin1)
  })

  test("a stranger's @meta is renamed and counted, a sound one is honoured", async t => {
    const [bad, good] = await pipe(
      t,
      '{"@meta":{"id":"no spaces please"},"message":"a"}\n{"@meta":{"id":"fine"},"message":"b"}\n',
    )
    assert.deepEqual(bad!._meta, { id: 'no spaces please' })
    assert.notEqual(bad!['@meta'].id, 'no spaces please')
    assert.equal(good!['@meta'].id, 'fine')
  })

  test('a line of 1 MB is a record; one over --max-record is a dead letter, and nothing of it is lost', async t => {
    const fits = 'a'.repeat(1_000_000)
    const over = 'b'.repeat(1_100_000)
    const run = new Sluice(t, 'sluice-syslog-json', ['--name', 'big'], { stdin: `${fits}\n${over}\n` })
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(JSON.parse(run.stdout).message, fits)
    const dead = JSON.parse(readFileSync(join(run.folder, 'big.dead.ndjson'), 'utf8'))
    assert.equal(dead.message, over)
    assert.equal(dead['@meta'].dead.reason, 'oversize')
    assert.match(dead['@meta'].dead.detail, /1100000 bytes, --max-record is 1048576/)
  })

  test('dead letters go only where they are durable', async t => {
    const run = new Sluice(t, 'sluice-syslog-json', ['--dead-letters', 'tcp://127.0.0.1:7009'], {
      stdin: 'open',
    })
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /--dead-letters tcp:.*only what is durable will do; write file:/)
  })

  test('JSON that is nested too deep to be written again is taken as text', async t => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    const [record] = await pipe(t, `${deep}\n`)
    assert.equal(record!.message, deep)
  })

  test('a field of the name of a property of all objects stays a field', async t => {
    const run = new Sluice(t, 'sluice-syslog-json', [], {
      stdin: '{"__proto__":{"admin":1},"constructor":2,"message":"m"}\n',
    })
    assert.equal(await run.exited, 0)
    assert.match(run.stdout, /"__proto__":\{"admin":1\},"constructor":2/)
  })

  test('whose output is not read stops within its grace, and says how much is left', async t => {
    const run = new Sluice(t, 'sluice-syslog-json', ['--grace', '200ms', '--name', 'stalled'], {
      stdin: 'open',
    })
    run.child.stdout!.pause()
    run.child.stdin!.write('<13>hello\n'.repeat(100_000))
    await run.untilStatus(
      'records held',
      ({ stages }) => stages[0]!.books.held > 10_000 && stages[0]!.books.in > 90_000,
    )
    run.child.kill('SIGTERM')
    const { records } = await run.log(/not accepted downstream/)
    assert.ok(Number(records) > 0)
    run.child.stdout!.resume()
    assert.equal(await run.exited, 75)
  })

  test('whose output is closed by its reader stops at once, and says how much is left', async t => {
    const run = new Sluice(
      t,
      '/bin/sh',
      ['-c', '"$0" | head -n 1; wait', join(root, 'bin/sluice-syslog-json')],
      {
        stdin: '<13>hello\n'.repeat(200_000),
      },
    )
    await run.exited
    assert.equal(run.stdout.split('\n').length, 2)
    const { records, waiting } = await run.log(/not accepted downstream/)
    assert.deepEqual(waiting, ['standard output was closed by its reader'])
    assert.ok(Number(records) > 0)
  })

  test('--timezone-of is the zone of a sender, by the peer that upstream has seen', async t => {
    const line = (peer: string) =>
      JSON.stringify({
        '@meta': { received: Date.UTC(2026, 9, 11), peer },
        message: '<13>Oct 11 12:00:00 web1 x: y',
      })
    const records = await pipe(
      t,
      `${['192.0.2.7:514', '192.0.2.8:514', '[2001:db8::7]:514', '198.51.100.7:514'].map(line).join('\n')}\n`,
      [
        ...['--timezone', 'UTC', '--timezone-of', '192.0.2.0/24=Europe/Berlin'],
        ...['--timezone-of', '192.0.2.7=+09:00', '--timezone-of', '2001:db8::/32=-05:00'],
      ],
    )
    assert.deepEqual(
      records.map(record => record['@timestamp']),
      ['03', '10', '17', '12'].map(hour => `2026-10-11T${hour}:00:00.000Z`),
    )
  })

  test('--payload opens what messages hold; a stranger’s @meta in there is renamed, and counted', async t => {
    const run = new Sluice(
      t,
      'sluice-syslog-json',
      ['--payload', 'json', '--payload', 'cef', '--name', 'opens'],
      {
        stdin: 'open',
      },
    )
    run.child.stdin!.write('<13>app: {"a":1,"@meta":{"id":"x"}}\n<13>CEF:0|a|b|c|d|e|5|f=g h\n<13>a=1 b=2\n')
    await run.untilStatus('three records read', ({ stages }) => stages[0]!.books.in === 3)
    await run.untilStatus('a stranger counted', ({ stages }) => stages[0]!.counters.strangersMeta === 1)
    run.child.stdin!.end()
    assert.equal(await run.exited, 0)
    const [json, cef, pairs] = run.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual(json.json, { a: 1, _meta: { id: 'x' } })
    assert.equal(json.message, '{"a":1,"@meta":{"id":"x"}}')
    assert.equal(cef.cef.f, 'g h')
    assert.equal(pairs.kv, undefined)
  })

  test('a network without a zone, or none at all, is misuse', async t => {
    for (const [written, said] of [
      ['192.0.2.0/24', /--timezone-of: "192.0.2.0\/24" is not NETWORK=ZONE; write for example/],
      ['192.0.2.0/24=Mars/Olympus', /--timezone-of: "Mars\/Olympus" is not a time zone/],
    ] as const) {
      const run = new Sluice(t, 'sluice-syslog-json', ['--timezone-of', written], { stdin: '' })
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, said)
    }
  })

  test('an unknown time zone is misuse', async t => {
    const run = new Sluice(t, 'sluice-syslog-json', ['--timezone', 'Mars/Olympus'], { stdin: '' })
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /--timezone: "Mars\/Olympus" is not a time zone/)
  })
})
