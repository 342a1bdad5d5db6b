import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { makeCertificate, noCertificates } from '../support/certificates.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

function start(t: TestContext, ...args: string[]): Sluice {
  return new Sluice(t, 'sluice-syslog-tcp', ['--listen', '127.0.0.1:0', ...args])
}

async function connected(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Sends all of it, and ends. */
async function send(t: TestContext, port: number, bytes: string | Buffer): Promise<string> {
  const socket = await connected(t, port)
  const peer = `127.0.0.1:${socket.localPort}`
  socket.end(bytes)
  await once(socket.resume(), 'close')
  return peer
}

const messages = (records: { [key: string]: unknown }[]) => records.map(({ message }) => message)
const counter = (run: Sluice, name: string, count: number) =>
  run.untilStatus(`${count} ${name}`, ({ stages }) => stages[0]!.counters[name] === count)

describe('sluice-syslog-tcp', { concurrency: true }, () => {
  test('makes one record of a frame, counted or a line: id, time of reception, peer, and the text as it came', async t => {
    const run = start(t)
    const before = Date.now()
    const peer = await send(t, await run.port(), '<13>one\n14 <13>two\n <13>3\n<13>four\r\n')
    const records = await run.records(3)
    assert.deepEqual(messages(records), ['<13>one', '<13>two\n <13>3', '<13>four'])
    for (const record of records) {
      const { id, received, ...rest } = record['@meta'] as { id: string; received: number }
      assert.deepEqual(Object.keys(record), ['@meta', 'message'])
      assert.match(id, /^[0-9a-z]{20,26}$/)
      assert.ok(received >= before && received <= Date.now())
      assert.deepEqual(rest, { peer })
    }
  })

  test('keeps the bytes of what is not valid UTF-8', async t => {
    const run = start(t)
    const latin1 = Buffer.from('<13>caf\u00e9', 'latin1')
    await send(t, await run.port(), Buffer.concat([latin1, Buffer.from('\n')]))
    const [record] = await run.records(1)
    assert.equal(record!.message, '<13>caf\ufffd')
    assert.deepEqual(Buffer.from((record!['@meta'] as { bytes: string }).bytes, 'base64'), latin1)
  })

  test('what a connection leaves unfinished is a record, and is counted', async t => {
    const run = start(t)
    await send(t, await run.port(), '<13>one\n<13>tw')
    assert.deepEqual(messages(await run.records(2)), ['<13>one', '<13>tw'])
    await counter(run, 'unfinished', 1)
  })

  test('a message over --max-record is cut off, split or refused, and the next one is whole', async t => {
    const long = 'x'.repeat(3000)
    const cut = start(t, '--max-record', '1KiB')
    await send(t, await cut.port(), `3000 ${long}<13>next\n`.replace('3000 xxxx', '3000 <13>'))
    const records = await cut.records(2)
    assert.equal((records[0]!['@meta'] as { truncated: number }).truncated, 3000)
    assert.equal(records[1]!.message, '<13>next')
    const split = start(t, '--max-record', '1KiB', '--oversize', 'split')
    await send(t, await split.port(), `${long}\nnext\n`)
    const parts = await split.until('the next one', ({ stdout }) => stdout.includes('"next"') && stdout)
    const all = parts.trim().split('\n')
    assert.equal(messages(all.map(line => JSON.parse(line))).join(''), `${long}next`)
    const refused = start(t, '--max-record', '1KiB', '--oversize', 'reject')
    await send(t, await refused.port(), `${long}\nnext\n`)
    assert.deepEqual(messages(await refused.records(1)), ['next'])
    await refused.untilStatus('a dead letter', ({ stages }) => stages[0]!.books.dead === 1)
  })

  test('refuses one more than --max-connections, and takes it when another one has gone', async t => {
    const run = start(t, '--max-connections', '2')
    const port = await run.port()
    const [first, second] = [await connected(t, port), await connected(t, port)]
    for (const known of [first, second]) known!.write('<13>hello\n')
    await run.records(2)
    const third = await connected(t, port)
    await once(third.resume(), 'close')
    await run.log(/^a connection was refused: there are 2 already \(--max-connections\)$/)
    first!.destroy()
    await counter(run, 'connectionsClosed', 1)
    await send(t, port, '<13>third\n')
    assert.equal((await run.records(3))[2]!.message, '<13>third')
    assert.equal((await run.status()).stages[0]!.counters.connectionsRefused, 1)
  })

  test('ends who is silent for --idle-timeout, and gives what it had begun', async t => {
    const run = start(t, '--idle-timeout', '500ms')
    const socket = await connected(t, await run.port())
    socket.write('<13>beg')
    await once(socket.resume(), 'close')
    assert.deepEqual(messages(await run.records(1)), ['<13>beg'])
  })

  test('reads no further than there is room, and nothing is lost', async t => {
    const link = await freePort()
    const run = new Sluice(t, 'sluice-syslog-tcp', [
      ...['--listen', '127.0.0.1:0', '--buffer', '256KiB'],
      ...['--push-connect', `ack+tcp://127.0.0.1:${link}`],
    ])
    const socket = await connected(t, await run.port())
    const lines = Array.from({ length: 60_000 }, (_, n) => `<13>number ${n} ${'x'.repeat(80)}\n`)
    socket.end(lines.join(''))
    const full = ({ stages }: Awaited<ReturnType<Sluice['status']>>) => stages[0]!.books.held > 1000
    const before = (await run.untilStatus('a full buffer', full)).stages[0]!.books.in
    assert.ok(before < 20_000, `${before} were read`)
    const sink = new Sluice(t, 'sluice-relay', ['--pull-bind', `ack+tcp://127.0.0.1:${link}`])
    const records = await sink.records(60_000)
    records.forEach(({ message }, n) => {
      if (!(message as string).startsWith(`<13>number ${n} `)) assert.fail(`${n}: ${message}`)
    })
  })

  test('when it stops, what was sent until then is read', async t => {
    const run = start(t)
    const socket = await connected(t, await run.port())
    await counter(run, 'connections', 1)
    const lines = Array.from({ length: 5000 }, (_, n) => `<13>number ${n}\n`)
    await new Promise(resolve => socket.write(lines.join(''), resolve))
    // It is told that nobody listens any more.
    const told = once(socket.resume(), 'end')
    assert.equal(await run.stop(), 0)
    await told
    assert.equal((await run.records(5000)).length, 5000)
  })

  test('when it stops while there is no room, what was sent until then is read as soon as there is', async t => {
    const link = await freePort()
    const run = new Sluice(t, 'sluice-syslog-tcp', [
      ...['--listen', '127.0.0.1:0', '--buffer', '64KiB'],
      ...['--push-connect', `ack+tcp://127.0.0.1:${link}`],
    ])
    const socket = await connected(t, await run.port())
    const count = 10_000
    const lines = Array.from({ length: count }, (_, n) => `<13>number ${n} ${'x'.repeat(80)}\n`)
    await new Promise(resolve => socket.write(lines.join(''), resolve))
    await run.untilStatus('a full buffer', ({ stages }) => stages[0]!.books.held > 300)
    run.child.kill('SIGTERM')
    await run.log(/^stopping$/)
    const sink = new Sluice(t, 'sluice-relay', ['--pull-bind', `ack+tcp://127.0.0.1:${link}`])
    assert.equal((await sink.records(count)).length, count)
    assert.equal(await run.exited, 0)
  })

  test('a second one on its port is refused clearly', async t => {
    const port = await start(t).port()
    const second = new Sluice(t, 'sluice-syslog-tcp', ['--listen', `127.0.0.1:${port}`])
    assert.equal(await second.exited, 70)
    assert.match(
      second.stderr,
      new RegExp(`--listen 127.0.0.1:${port}: the port is in use by another program`),
    )
  })

  test('noise and connections that break harm nobody', async t => {
    const run = start(t)
    const port = await run.port()
    const good = await connected(t, port)
    good.write('<13>one\n<13>t')
    for (const noise of [
      '\0'.repeat(1000),
      'GET / HTTP/1.1\r\n\r\n',
      '99999999999 x',
      '4294967296 <',
      '\xff\xfe\n\n\n',
    ]) {
      const socket = await connected(t, port)
      socket.write(Buffer.from(noise, 'latin1'), () => socket.resetAndDestroy())
      await once(socket, 'close')
    }
    good.end('wo\n')
    await run.until('both', ({ stdout }) => stdout.includes('"<13>one"') && stdout.includes('"<13>two"'))
    await counter(run, 'connectionsClosed', 6)
  })
})

describe('sluice-syslog-tcp with TLS', { concurrency: true, skip: noCertificates }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  after(() => rmSync(folder, { recursive: true }))
  if (!noCertificates) for (const name of ['host', 'renewed', 'web1', 'web2']) makeCertificate(folder, name)
  if (!noCertificates) makeCertificate(folder, 'foreign', 'another-ca')
  const at = (name: string) => join(folder, name)
  const read = (name: string) => readFileSync(at(name))
  const flags = ['--tls-cert', at('host.pem'), '--tls-key', at('host.key')]

  async function secure(
    t: TestContext,
    port: number,
    client?: string,
    more: ConnectionOptions = {},
  ): Promise<TLSSocket> {
    const own = client === undefined ? {} : { cert: read(`${client}.pem`), key: read(`${client}.key`) }
    const socket = connectTls({ port, host: '127.0.0.1', ca: read('ca.pem'), ...own, ...more })
    t.after(() => socket.destroy())
    // Also of those who are refused: with TLS 1.3 they learn of it afterwards.
    socket.on('error', () => {})
    await new Promise<void>(resolve => socket.once('secureConnect', resolve))
    return socket
  }

  test('receives as it does without', async t => {
    const run = start(t, ...flags)
    const { endpoints } = await run.ready()
    assert.match(endpoints![0]!, /^tls:\/\/127\.0\.0\.1:\d+$/)
    const socket = await secure(t, await run.port())
    socket.end('<13>one\n7 <13>two')
    const records = await run.records(2)
    assert.deepEqual(messages(records), ['<13>one', '<13>two'])
    assert.equal((records[0]!['@meta'] as { sender?: string }).sender, undefined)
  })

  test('with an authority, lets in only who has its certificate, and names the sender', async t => {
    const run = start(t, ...flags, '--tls-client-ca', at('ca.pem'))
    const port = await run.port()
    const stranger = await secure(t, port)
    await new Promise(resolve => stranger.once('close', resolve))
    await counter(run, 'connectionsRefused', 1)
    const foreign = await secure(t, port, 'foreign')
    foreign.write('<13>of another authority\n')
    await new Promise(resolve => foreign.resume().once('close', resolve))
    await counter(run, 'connectionsRefused', 2)
    const socket = await secure(t, port, 'web1')
    socket.end('<13>hello\n')
    const [record] = await run.records(1)
    assert.equal((record!['@meta'] as { sender: string }).sender, 'web1')
  })

  test('with names, lets in only who is called so', async t => {
    const run = start(t, ...flags, '--tls-client-ca', at('ca.pem'), '--tls-client-name', 'web2')
    const port = await run.port()
    const other = await secure(t, port, 'web1')
    await new Promise(resolve => other.resume().once('close', resolve))
    await run.log(/its certificate is of web1, who is not among --tls-client-name/)
    const socket = await secure(t, port, 'web2')
    socket.end('<13>hello\n')
    assert.deepEqual(messages(await run.records(1)), ['<13>hello'])
  })

  test('what does not speak TLS, and who is too slow to, harms nobody', async t => {
    const run = start(t, ...flags)
    const port = await run.port()
    const slow = await connected(t, port)
    slow.write(Buffer.from([0x16, 0x03, 0x01]))
    await send(t, port, '<13>plain text\n'.repeat(100))
    await counter(run, 'connectionsRefused', 1)
    await run.log(/^a connection was refused: it does not speak TLS$/)
    const socket = await secure(t, port)
    socket.end('<13>hello\n')
    assert.deepEqual(messages(await run.records(1)), ['<13>hello'])
  })

  test('SIGHUP renews the certificate, and who is connected stays', async t => {
    const [cert, key] = [at('live.pem'), at('live.key')]
    const install = (name: string) => {
      copyFileSync(at(`${name}.pem`), cert)
      copyFileSync(at(`${name}.key`), key)
    }
    install('host')
    const run = start(t, '--tls-cert', cert, '--tls-key', key)
    const port = await run.port()
    const before = await secure(t, port)
    assert.equal(before.getPeerCertificate().subject.CN, 'host')
    copyFileSync(at('renewed.pem'), cert)
    run.child.kill('SIGHUP')
    await run.log(/what was read before stays: --tls-key: this is not the key/)
    assert.equal((await secure(t, port)).getPeerCertificate().subject.CN, 'host')
    install('renewed')
    run.child.kill('SIGHUP')
    await run.log(/^--tls-cert: certificate and key were read again$/)
    assert.equal((await secure(t, port)).getPeerCertificate().subject.CN, 'renewed')
    before.end('<13>still here\n')
    assert.deepEqual(messages(await run.records(1)), ['<13>still here'])
  })

  test('files that will not do are misuse', async t => {
    const run = start(t, '--tls-cert', at('host.pem'), '--tls-key', at('web1.key'))
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /--tls-key: this is not the key of the certificate of --tls-cert/)
  })
})
