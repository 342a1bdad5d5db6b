import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { describe, type TestContext, test } from 'node:test'
import { parseRows } from '../../src/lib/udp/own-socket.ts'
import { Sluice } from '../support/process.ts'
import { sendDatagrams } from '../support/udp.ts'

const hasIPv6 = Object.values(networkInterfaces()).some(list =>
  list?.some(({ address }) => address === '::1'),
)

function start(t: TestContext, ...args: string[]): Sluice {
  return new Sluice(t, 'sluice-syslog-udp', args)
}

describe('sluice-syslog-udp', { concurrency: true }, () => {
  test('makes one record of a datagram: id, time of reception, peer, and the text as it came', async t => {
    const run = start(t, '--listen', '127.0.0.1:0')
    const before = Date.now()
    const [from] = await sendDatagrams(await run.port(), ['<13>hello\nworld \0 {"a":1}\n'])
    const [record] = await run.records(1)
    const { id, received, peer } = record!['@meta'] as { id: string; received: number; peer: string }
    assert.deepEqual(Object.keys(record!), ['@meta', 'message'])
    assert.equal(record!.message, '<13>hello\nworld \0 {"a":1}\n')
    assert.match(id, /^[0-9a-z]{20,26}$/)
    assert.ok(received >= before && received <= Date.now())
    assert.equal(peer, `127.0.0.1:${from}`)
  })

  test('takes the largest datagram, skips and counts an empty one', async t => {
    const run = start(t, '--listen', '127.0.0.1:0')
    const largest = 'x'.repeat(65_507)
    await sendDatagrams(await run.port(), ['', largest, ''])
    const [record] = await run.records(1)
    assert.equal(record!.message, largest)
    const status = await run.untilStatus(
      'two empty datagrams',
      ({ stages }) => stages[0]!.counters.empty === 2,
    )
    assert.equal(status.stages[0]!.books.in, 1)
  })

  test('keeps the bytes of what is not valid UTF-8', async t => {
    const run = start(t, '--listen', '127.0.0.1:0')
    const latin1 = Buffer.from('<13>caf\u00e9', 'latin1')
    await sendDatagrams(await run.port(), [latin1])
    const [record] = await run.records(1)
    assert.equal(record!.message, '<13>caf\ufffd')
    assert.deepEqual(Buffer.from((record!['@meta'] as { bytes: string }).bytes, 'base64'), latin1)
  })

  test('listens on several addresses, and on all of them with one dual-stack socket', async t => {
    const run = start(t, '--listen', '127.0.0.1:0', '--listen', ':0')
    const first = await run.port(0)
    const all = await run.port(1)
    await sendDatagrams(first, ['first'])
    await sendDatagrams(all, ['by IPv4'])
    if (hasIPv6) await sendDatagrams(all, ['by IPv6'], '::1')
    const records = await run.records(hasIPv6 ? 3 : 2)
    const peers = records.map(record => (record['@meta'] as { peer: string }).peer)
    // A mapped IPv4 address is unwrapped.
    assert.equal(peers.filter(peer => peer.startsWith('127.0.0.1:')).length, 2)
    if (hasIPv6) assert.equal(peers.filter(peer => peer.startsWith('[::1]:')).length, 1)
  })

  test('a port in use is one line that says which flag changes it', async t => {
    const other = createSocket('udp4').bind(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address()
    const run = start(t, '--listen', `127.0.0.1:${port}`)
    assert.equal(await run.exited, 70)
    assert.match(run.stderr, new RegExp(`--listen 127.0.0.1:${port}: the port is in use by another program`))
    other.close()
  })

  test('--reuse-port lets several instances share a port, and none of the datagrams is lost', async t => {
    const first = start(t, '--listen', '127.0.0.1:0', '--reuse-port')
    const port = await first.port()
    const second = start(t, '--listen', `127.0.0.1:${port}`, '--reuse-port')
    await second.ready()
    // Each sending socket has a port of its own, by which the kernel chooses.
    for (let n = 0; n < 64; n++) await sendDatagrams(port, [`message ${n}`])
    const counts = async () =>
      Promise.all([first, second].map(async run => (await run.status()).stages[0]!.books.in))
    let [one = 0, two = 0] = await counts()
    while (one + two < 64) [one = 0, two = 0] = await counts()
    assert.equal(one + two, 64)
    assert.ok(one > 0 && two > 0, `${one} and ${two}`)
  })

  test('says what the kernel granted when that is less than what was asked for', async t => {
    // Another test may raise the limit meanwhile.
    const limit = () => Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'))
    const before = limit()
    const run = start(t, '--listen', '127.0.0.1:0', '--receive-buffer', '1GiB')
    const { msg, granted } = await run.log(/receive buffer/)
    assert.ok(granted === before || granted === limit(), `${granted}`)
    assert.match(msg, /sysctl -w net.core.rmem_max=1073741824/)
  })

  test('counts what the kernel dropped on its socket, and says what to do about it', async t => {
    const run = start(t, '--listen', '127.0.0.1:0', '--receive-buffer', '4KiB')
    const port = await run.port()
    // While it is stopped, nothing empties the buffer.
    run.child.kill('SIGSTOP')
    const datagrams = Array.from({ length: 200 }, (_, n) => `message ${n} ${'x'.repeat(200)}`)
    await sendDatagrams(port, datagrams)
    run.child.kill('SIGCONT')
    const { msg, dropped } = await run.log(/kernel dropped/)
    assert.match(msg, /raise --receive-buffer/)
    const status = await run.untilStatus('the count', ({ stages }) => stages[0]!.counters.kernelDropped! > 0)
    const { books, counters } = status.stages[0]!
    assert.equal(counters.kernelDropped, dropped)
    assert.equal(books.in + (dropped as number), 200)
  })

  test('refuses --when-full block: a sender of UDP cannot be made to wait', async t => {
    const run = start(t, '--listen', '127.0.0.1:0', '--when-full', 'block')
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /--when-full: "block" is not one of drop-newest, drop-oldest/)
  })

  test('drops and counts what comes when its buffer is full, and balances its books', async t => {
    const flags = [
      '--push-connect',
      'tcp://127.0.0.1:1',
      '--buffer',
      '1KiB',
      '--batch-delay',
      '0',
      '--grace',
      '0',
    ]
    const run = start(t, '--listen', '127.0.0.1:0', ...flags)
    await sendDatagrams(
      await run.port(),
      Array.from({ length: 100 }, (_, n) => `message ${n}`),
    )
    const { stages } = await run.untilStatus('100 records', status => status.stages[0]!.books.in === 100)
    const { held, balanced, ...books } = stages[0]!.books
    assert.equal(balanced, true)
    assert.ok(held > 0 && held < 100)
    assert.equal(books['dropped:buffer-full'], 100 - held)
    // What is left is left: the exit code says so.
    assert.equal(await run.stop(), 75)
  })

  test('parseRows reads the table of the kernel', () => {
    const table = [
      '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
      '  412: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51234 2 000000007 17',
      ' 1412: 00000000000000000000000001000000:0202 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 6 2 0 3',
    ].join('\n')
    assert.deepEqual(parseRows(table), [
      { port: 5514, inode: '51234', drops: 17 },
      { port: 514, inode: '6', drops: 3 },
    ])
  })
})
