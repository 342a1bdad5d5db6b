import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../support/port.ts'
import { Sluice, type Status } from '../support/process.ts'
import { sendDatagramsTo, sendUnix, socketOf } from '../support/unix.ts'

const root = process.getuid!() === 0
const NOBODY = { uid: 65_534, gid: 65_534 }

function start(t: TestContext, ...args: string[]): Sluice {
  return new Sluice(t, 'sluice-syslog-unix', args)
}

const messages = (records: { [key: string]: unknown }[]) => records.map(({ message }) => message)
const metaOf = (record: { [key: string]: unknown } | undefined) =>
  record!['@meta'] as { [key: string]: unknown }
const counter = (run: Sluice, name: string, count: number) =>
  run.untilStatus(`${count} ${name}`, ({ stages }) => stages[0]!.counters[name] === count)

describe('sluice-syslog-unix', { concurrency: 2 }, () => {
  test('makes one record of a datagram: id, time of reception, the text as it came, host, and who sent it', async t => {
    const run = start(t, '--datagram', 'log')
    const before = Date.now()
    const pid = await sendDatagramsTo(await socketOf(run), [String.raw`b'<13>hello\nworld \0 {"a":1}\n'`])
    const [record] = await run.records(1)
    const { '@meta': meta, ...fields } = record as { '@meta': { id: string; received: number } }
    assert.deepEqual(Object.keys(meta), ['id', 'received'])
    assert.match(meta.id, /^[0-9a-z]{20,26}$/)
    assert.ok(meta.received >= before && meta.received <= Date.now())
    assert.deepEqual(fields, {
      message: '<13>hello\nworld \0 {"a":1}\n',
      host: hostname(),
      sender_pid: pid,
      sender_uid: process.getuid!(),
      sender_gid: process.getgid!(),
    })
  })

  test('tells senders apart by what the kernel says of them', { skip: !root && 'takes root' }, async t => {
    const run = start(t, '--datagram', '@sluice-test-senders', '--stream', '@sluice-test-streams')
    await run.ready()
    const sent = [
      await sendDatagramsTo('@sluice-test-senders', ["b'<13>by root'"]),
      await sendDatagramsTo('@sluice-test-senders', ["b'<13>by nobody'"], NOBODY),
      ...(await sendUnix(['stream', '@sluice-test-streams'], { ...NOBODY, stdin: '<13>connected\n' })),
    ]
    const records = await run.records(3)
    assert.deepEqual(
      records.map(({ sender_uid, sender_gid }) => [sender_uid, sender_gid]),
      [[0, 0], ...[NOBODY, NOBODY].map(({ uid, gid }) => [uid, gid])],
    )
    assert.deepEqual(
      records.map(({ sender_pid }) => sender_pid),
      sent,
    )
  })

  test('takes 200 KiB; more than --max-record is cut off, split or refused; an empty one is skipped', async t => {
    const long = `b'<13>' + b'x' * 204795`
    const run = start(t, '--datagram', 'log')
    await sendDatagramsTo(await socketOf(run), ["b''", long, "b''"])
    const [record] = await run.records(1)
    assert.equal(record!.message, `<13>${'x'.repeat(204_795)}`)
    await counter(run, 'empty', 2)

    const cut = start(t, '--datagram', 'log', '--max-record', '2KiB')
    await sendDatagramsTo(await socketOf(cut), [long, "b'next'"])
    const [head, next] = await cut.records(2)
    assert.equal(metaOf(head).truncated, 204_799)
    assert.equal(next!.message, 'next')

    const split = start(t, '--datagram', 'log', '--max-record', '100KiB', '--oversize', 'split')
    await sendDatagramsTo(await socketOf(split), [long])
    const parts = await split.records(3)
    assert.equal(messages(parts).join(''), `<13>${'x'.repeat(204_795)}`)
    assert.equal(metaOf(parts[2]).parts, 3)

    const refused = start(t, '--datagram', 'log', '--max-record', '2KiB', '--oversize', 'reject')
    await sendDatagramsTo(await socketOf(refused), [long, "b'next'"])
    assert.deepEqual(messages(await refused.records(1)), ['next'])
    await refused.untilStatus('a dead letter', ({ stages }) => stages[0]!.books.dead === 1)
  })

  test('keeps the bytes of what is not valid UTF-8', async t => {
    const run = start(t, '--datagram', 'log')
    await sendDatagramsTo(await socketOf(run), [String.raw`b'<13>caf\xe9'`])
    const [record] = await run.records(1)
    assert.equal(record!.message, '<13>caf\ufffd')
    assert.equal(metaOf(record).bytes, Buffer.from('<13>caf\u00e9', 'latin1').toString('base64'))
  })

  test('takes lines, what ends in NUL, and counted frames of a connection', async t => {
    const run = start(t, '--stream', 'log')
    const stdin = '<13>line\n<13>syslog(3)\0<13>crlf\r\n\n\0\n14 <13>two\n lines<13>unfinished'
    const [pid] = await sendUnix(['stream', await socketOf(run)], { stdin })
    const records = await run.records(5)
    const expected = ['<13>line', '<13>syslog(3)', '<13>crlf', '<13>two\n lines', '<13>unfinished']
    assert.deepEqual(messages(records), expected)
    for (const record of records) assert.equal(record.sender_pid, pid)
    await counter(run, 'unfinished', 1)
  })

  test('takes no descriptors that are sent along', async t => {
    const run = start(t, '--datagram', 'log')
    const path = await socketOf(run)
    const open = () => readdirSync(`/proc/${run.child.pid}/fd`).length
    await sendDatagramsTo(path, ["b'<13>first'"])
    await run.records(1)
    const before = open()
    await sendUnix(['descriptors', path, '50'])
    await run.records(51)
    assert.equal(open(), before)
  })

  test('loses none of 10,000 datagrams of four processes at once, and keeps the order of each', async t => {
    const run = start(t, '--datagram', 'log', '--host', '')
    await sendUnix(['burst', await socketOf(run), '2500', '4'])
    const records = await run.records(10_000)
    const next = new Map<unknown, number>()
    for (const { sender_pid, message, host } of records) {
      const expected = next.get(sender_pid) ?? 0
      assert.equal(message, `<13>Oct 11 22:14:15 app[${sender_pid}]: number ${expected}`)
      assert.equal(host, undefined)
      next.set(sender_pid, expected + 1)
    }
    assert.deepEqual([...next.values()], [2500, 2500, 2500, 2500])
  })

  test('gives what was sent before it was stopped, and refuses what comes then', async t => {
    const run = start(t, '--datagram', 'log')
    const path = await socketOf(run)
    run.child.kill('SIGSTOP')
    const [sent = 0] = await sendUnix(['flood', path])
    assert.ok(sent > 5)
    run.child.kill('SIGTERM')
    run.child.kill('SIGCONT')
    assert.equal(await run.exited, 0)
    assert.equal(run.stdout.trim().split('\n').length, sent)
    assert.ok(!existsSync(path))
  })

  test('makes senders wait with --when-full block, and nothing is lost; by default they go on', async t => {
    const bounds = ['--datagram', 'log', '--buffer', '64KiB', '--batch-bytes', '4KiB']
    const held = ({ stages }: Status) => stages[0]!.books.held > 100
    for (const policy of ['block', 'drop-newest']) {
      const link = await freePort()
      const way = ['--push-connect', `ack+tcp://127.0.0.1:${link}`]
      const run = start(t, ...bounds, ...way, ...(policy === 'block' ? ['--when-full', policy] : []))
      const sending = sendUnix(['burst', await socketOf(run), '2500', '2'])
      await run.untilStatus('a full buffer', held)
      if (policy === 'block') {
        const sink = new Sluice(t, 'sluice-relay', ['--pull-bind', `ack+tcp://127.0.0.1:${link}`])
        await sink.records(5000)
      }
      await sending
      const all = ({ stages }: Status) => stages[0]!.books.in === 5000
      const { stages } = await run.untilStatus('all of them', all)
      assert.equal((stages[0]!.books['dropped:buffer-full'] ?? 0) === 0, policy === 'block')
    }
  })

  test('what sluice-syslog-json makes of it keeps host and sender', async t => {
    const chain = ['syslog-unix --datagram log --host web1', 'syslog-json']
    const run = new Sluice(t, 'sluice', ['run', chain.join(' | ')])
    const pid = await sendDatagramsTo(await socketOf(run), [
      "b'<38>Oct 11 22:14:15 sshd[42]: Failed password'",
    ])
    const [record] = await run.records(1)
    const { host, syslog_program, syslog_pid, syslog_facility, sender_pid, message } = record!
    assert.deepEqual(
      { host, syslog_program, syslog_pid, syslog_facility, sender_pid, message },
      {
        host: 'web1',
        syslog_program: 'sshd',
        syslog_pid: '42',
        syslog_facility: 'auth',
        sender_pid: pid,
        message: 'Failed password',
      },
    )
  })
})
