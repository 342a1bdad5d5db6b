import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { OFFERS, RelpClient, relpFrame } from '../support/relp.ts'

function start(t: TestContext, ...args: string[]): Sluice {
  return new Sluice(t, 'sluice-relp', ['--listen', '127.0.0.1:0', ...args])
}

/** What it is joined to by `ack+tcp` comes later. */
async function startAlone(t: TestContext, ...args: string[]) {
  const link = `ack+tcp://127.0.0.1:${await freePort()}`
  const run = start(t, '--push-connect', link, ...args)
  return { run, join: () => new Sluice(t, 'sluice-relay', ['--pull-bind', link]) }
}

const messages = (records: { [key: string]: unknown }[]) => records.map(({ message }) => message)
const counter = (run: Sluice, name: string, count: number) =>
  run.untilStatus(`${count} ${name}`, ({ stages }) => stages[0]!.counters[name] === count)
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe('sluice-relp', { concurrency: 4 }, () => {
  test('makes one record of a message, octet by octet what was sent, and answers each command', async t => {
    const run = start(t)
    const client = await RelpClient.open(t, await run.port())
    assert.match(
      client.told,
      /^1 rsp \d+ 200 OK\nrelp_version=0\nrelp_software=sluice,\S+\ncommands=syslog\n$/,
    )
    const latin1 = Buffer.from('<13>caf\u00e9', 'latin1')
    const texts = ['<13>one', ' \n2 syslog 1 x\n', 'N\0L', latin1]
    for (const text of texts) client.send('syslog', text)
    const number = client.send('close')
    const told = await client.closed()
    assert.deepEqual(client.safe, [2, 3, 4, 5, number])
    assert.match(told, new RegExp(`\n${number} rsp 6 200 OK\n$`), 'the answer to close is the last word')
    const records = await run.records(texts.length)
    assert.deepEqual(messages(records), [...texts.slice(0, 3), '<13>caf\ufffd'])
    const { id, received, peer, ...rest } = records[0]!['@meta'] as Record<string, unknown>
    assert.match(id as string, /^[0-9a-z]{20,26}$/)
    assert.ok(Math.abs((received as number) - Date.now()) < 60_000)
    assert.match(peer as string, /^127\.0\.0\.1:\d+$/)
    assert.deepEqual(rest, {})
    assert.deepEqual(Buffer.from((records[3]!['@meta'] as { bytes: string }).bytes, 'base64'), latin1)
    assert.equal((await counter(run, 'answered', 4)).stages[0]!.books.in, 4)
    // What is handed to a pipe is not safe yet.
    await run.log(/^- does not acknowledge/)
  })

  test('answers a message when what comes after this daemon has accepted it, and no sooner', async t => {
    const { run, join } = await startAlone(t)
    const client = await RelpClient.open(t, await run.port())
    for (const n of upTo(1, 3)) client.send('syslog', `number ${n}`)
    await run.untilStatus('three that are held', ({ stages }) => stages[0]!.books.held === 3)
    assert.deepEqual(client.safe, [])
    const sink = join()
    await client.until(({ safe }) => safe.length === 3)
    assert.equal((await sink.records(3)).length, 3)
  })

  test('answers by the spool, with nobody behind it', async t => {
    const { run } = await startAlone(t, '--spool', '.')
    const client = await RelpClient.open(t, await run.port())
    for (const n of upTo(1, 300)) client.send('syslog', `number ${n}`)
    await client.until(({ safe }) => safe.length === 300)
    assert.deepEqual(client.safe, upTo(2, 301))
    assert.equal(await run.stop(), 75)
  })

  test('reads no further than there is room, refuses nothing, and nothing is lost', async t => {
    const { run, join } = await startAlone(t, '--buffer', '256KiB')
    const client = await RelpClient.open(t, await run.port())
    const count = 40_000
    for (let n = 0; n < count; n++) client.send('syslog', `number ${n} ${'x'.repeat(80)}`)
    const full = await run.untilStatus('a full buffer', ({ stages }) => stages[0]!.books.held > 1000)
    assert.ok(full.stages[0]!.books.in < 20_000, `${full.stages[0]!.books.in} were read`)
    const late = await RelpClient.connect(t, await run.port())
    late.send('open', OFFERS)
    late.send('syslog', 'who comes meanwhile waits as well')
    assert.deepEqual(client.safe, [])
    const sink = join()
    await client.until(({ safe }) => safe.length === count)
    await late.until(({ safe }) => safe.length === 1)
    assert.deepEqual(client.safe, upTo(2, count + 1))
    assert.equal((await sink.records(count + 1)).length, count + 1)
    assert.doesNotMatch(client.told, /rsp \d+ 500/)
  })

  test('clients that come again and again while there is no room do not use up the connections', async t => {
    const { run, join } = await startAlone(t, '--buffer', '64KiB')
    const first = await RelpClient.open(t, await run.port())
    for (const n of upTo(1, 3000)) first.send('syslog', `number ${n} ${'x'.repeat(80)}`)
    await run.untilStatus('a full buffer', ({ stages }) => stages[0]!.books.held > 300)
    for (const _ of upTo(1, 5)) {
      const again = await RelpClient.connect(t, await run.port())
      again.send('open', OFFERS)
      again.send('syslog', 'sent again')
      again.socket.destroySoon()
    }
    await counter(run, 'connectionsClosed', 5)
    const sink = join()
    await first.until(({ safe }) => safe.length === 3000)
    assert.deepEqual(
      messages(await sink.records(3000)).filter(message => message === 'sent again'),
      [],
      'what nobody had read comes again with the client',
    )
  })

  test('who does not read the answers is not read either', async t => {
    const run = start(t, '--push-connect', 'file:///dev/null')
    const client = await RelpClient.open(t, await run.port())
    client.socket.pause()
    const count = 1_000_000
    client.socket.write(Buffer.from('2 syslog 0\n'.repeat(count)))
    let before = -1
    const stands = ({ stages }: Awaited<ReturnType<Sluice['status']>>) => {
      const { empty } = stages[0]!.counters
      const same = empty === before && empty > 0
      before = empty!
      return same
    }
    await run.untilStatus('no more to be read', stands)
    assert.ok(before < count, `${before} were read`)
    let answers = 0
    client.socket.removeAllListeners('data').on('data', text => {
      answers += String(text).split('\n').length - 1
    })
    client.socket.resume()
    await counter(run, 'empty', count)
    while (answers < count) await once(client.socket, 'data')
    assert.equal(answers, count)
  })

  test('a message without a byte in it is answered, counted and skipped', async t => {
    const run = start(t)
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog')
    client.send('syslog', 'x')
    client.send('syslog')
    await client.until(({ safe }) => safe.length === 3)
    assert.deepEqual(messages(await run.records(1)), ['x'])
    await counter(run, 'empty', 2)
  })

  test('what is refused is answered as soon as it is a dead letter', async t => {
    const run = start(t, '--max-record', '1KiB', '--oversize', 'reject')
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog', 'x'.repeat(300_000))
    await client.until(({ safe }) => safe.length === 1)
    const letters = readFileSync(join(run.folder, `relp-${run.child.pid}.dead.ndjson`), 'utf8')
    assert.equal(JSON.parse(letters)['@meta'].dead.reason, 'oversize')
  })

  test('what is too long is cut off, or split, and is answered', async t => {
    const long = 'x'.repeat(3000)
    const cut = start(t, '--max-record', '1KiB')
    const split = start(t, '--max-record', '1KiB', '--oversize', 'split')
    for (const run of [cut, split]) {
      const client = await RelpClient.open(t, await run.port())
      client.send('syslog', long)
      client.send('syslog', 'next')
      await client.until(({ safe }) => safe.length === 2)
    }
    const records = await cut.records(2)
    assert.equal((records[0]!['@meta'] as { truncated: number }).truncated, 3000)
    const parts = await split.until('the next one', ({ stdout }) => stdout.includes('"next"') && stdout)
    const all = parts.trim().split('\n')
    assert.equal(messages(all.map(line => JSON.parse(line))).join(''), `${long}next`)
  })

  const mistakes: [name: string, sent: string | Buffer, why: RegExp, told: RegExp][] = [
    ['no RELP', 'GET / HTTP/1.1\r\n', /"G" in place of a transaction number/, /^$/],
    ['a message in front of open', relpFrame(1, 'syslog', 'x'), /a message in front of open/, /^$/],
    [
      'offers that will not do',
      relpFrame(1, 'open', 'relp_version=0'),
      /the command syslog is not offered/,
      /^1 rsp 37 500 the command syslog is not offered\n$/,
    ],
    [
      'a message as a hint',
      Buffer.concat([relpFrame(1, 'open', OFFERS), relpFrame(0, 'syslog', 'x')]),
      /a message as a hint/,
      /^1 rsp \d+ 200 OK[\s\S]*syslog\n$/,
    ],
    [
      'a frame that does not end where it should',
      Buffer.concat([
        relpFrame(1, 'open', OFFERS),
        relpFrame(2, 'syslog', 'good'),
        Buffer.from('3 syslog 1 xy\n'),
      ]),
      /"y" in place of the LF behind the data/,
      /syslog\n2 rsp 6 200 OK\n$/,
    ],
    ['offers without end', `1 open 900000000 ${'x'.repeat(2_000_000)}`, /bytes and more behind open/, /^$/],
  ]

  for (const [name, sent, why, told] of mistakes) {
    test(`${name}: what came before is answered, and the connection ended, with the reason in the log`, async t => {
      const run = start(t)
      const client = await RelpClient.connect(t, await run.port())
      client.socket.write(sent)
      const all = await client.closed()
      assert.match(all.replace(/0 serverclose 0\n$/, ''), told)
      const { msg } = await run.log(/^a connection was ended: this is no RELP: /)
      assert.match(msg, why)
      await counter(run, 'broken', 1)
      // And others are served.
      const other = await RelpClient.open(t, await run.port())
      other.send('syslog', 'hello')
      await other.until(({ safe }) => safe.length === 1)
    })
  }

  test('bug of librelp until 1.3: a client that repeats its unanswered open was sent away for ever', async t => {
    const run = start(t)
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog', 'one')
    client.send('open', OFFERS)
    client.send('syslog', 'two')
    await client.until(({ safe }) => safe.length === 2)
    assert.match(client.told, /\n3 rsp \d+ 200 OK\nrelp_version=0\n/)
  })

  test('an unknown command is an error, an unknown hint is nothing', async t => {
    const run = start(t)
    const client = await RelpClient.open(t, await run.port())
    client.socket.write(relpFrame(0, 'unheard', 'of'))
    client.send('eventlog', 'x')
    client.send('syslog', 'x')
    await client.until(({ safe }) => safe.length === 1)
    assert.match(client.told, /\n2 rsp 37 500 the command eventlog is not known\n3 rsp 6 200 OK\n$/)
  })

  test('ends who is silent for --idle-timeout, but not who waits for an answer', async t => {
    const { run, join } = await startAlone(t, '--idle-timeout', '300ms')
    const [silent, waiting] = [
      await RelpClient.open(t, await run.port()),
      await RelpClient.open(t, await run.port()),
    ]
    waiting.send('syslog', 'x')
    assert.match(await silent.closed(), /\n0 serverclose 0\n$/)
    assert.equal(waiting.socket.closed, false)
    join()
    await waiting.until(({ safe }) => safe.length === 1)
    assert.match(await waiting.closed(), /\n2 rsp 6 200 OK\n0 serverclose 0\n$/)
  })

  test('a client that goes away without its answers harms nobody, and what it sent goes on', async t => {
    const { run, join } = await startAlone(t)
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog', 'one')
    client.socket.write('3 syslog 100 cut off')
    await run.untilStatus('one that is held', ({ stages }) => stages[0]!.books.held === 1)
    client.socket.resetAndDestroy()
    await counter(run, 'connectionsClosed', 1)
    assert.deepEqual(messages(await join().records(1)), ['one'])
    await counter(run, 'answered', 0)
  })

  test('when it stops, it answers what is accepted by then, and says that it closes', async t => {
    const { run, join } = await startAlone(t)
    const client = await RelpClient.open(t, await run.port())
    for (const n of upTo(1, 100)) client.send('syslog', `number ${n}`)
    await run.untilStatus('all of them', ({ stages }) => stages[0]!.books.held === 100)
    run.child.kill('SIGTERM')
    await run.log(/^stopping$/)
    client.send('syslog', 'too late: this is for whoever comes next')
    const sink = join()
    const told = await client.closed()
    assert.deepEqual(client.safe, upTo(2, 101))
    assert.match(told, /\n0 serverclose 0\n$/)
    assert.equal(await run.exited, 0)
    assert.equal((await sink.records(100)).length, 100)
    await sink.stop()
    assert.doesNotMatch(sink.stdout, /too late/)
  })

  test('when nobody accepts it until --grace is over, it is not answered', async t => {
    const { run } = await startAlone(t, '--grace', '300ms')
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog', 'one')
    await run.untilStatus('one that is held', ({ stages }) => stages[0]!.books.held === 1)
    assert.equal(await run.stop(), 75)
    await client.closed()
    assert.deepEqual(client.safe, [])
  })
})
