import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import type { Status } from '../../support/process.ts'
import {
  counted,
  fromTo,
  messagesOf,
  OFFERS,
  RelpClient,
  relpFrame,
  startAlone,
  startRelp,
} from '../../support/relp.ts'

describe('sluice-relp and clients that misbehave', { concurrency: 4 }, () => {
  test('clients that come again and again while there is no room do not use up the connections', async t => {
    const { run, join } = await startAlone(t, '--buffer', '64KiB')
    const first = await RelpClient.open(t, await run.port())
    for (const n of fromTo(1, 3000)) first.send('syslog', `number ${n} ${'x'.repeat(80)}`)
    await run.untilStatus('a full buffer', ({ stages }) => stages[0]!.books.held > 300)
    for (const _ of fromTo(1, 5)) {
      const again = await RelpClient.connect(t, await run.port())
      again.send('open', OFFERS)
      again.send('syslog', 'sent again')
      again.socket.destroySoon()
    }
    await counted(run, 'connectionsClosed', 5)
    const sink = join()
    await first.until(({ safe }) => safe.length === 3000)
    assert.deepEqual(
      messagesOf(await sink.records(3000)).filter(message => message === 'sent again'),
      [],
      'what nobody had read comes again with the client',
    )
  })

  test('who does not read the answers is not read either', async t => {
    const run = startRelp(t, '--push-connect', 'file:///dev/null')
    const client = await RelpClient.open(t, await run.port())
    client.socket.pause()
    const count = 1_000_000
    client.socket.write(Buffer.from('2 syslog 0\n'.repeat(count)))
    let before = -1
    const stands = ({ stages }: Status) => {
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
    await counted(run, 'empty', count)
    while (answers < count) await once(client.socket, 'data')
    assert.equal(answers, count)
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
    await counted(run, 'connectionsClosed', 1)
    assert.deepEqual(messagesOf(await join().records(1)), ['one'])
    await counted(run, 'answered', 0)
  })

  test('a client that has said all it has to say is answered before it is let go', async t => {
    const { run, join } = await startAlone(t)
    const client = await RelpClient.open(t, await run.port())
    client.socket.end(relpFrame(2, 'syslog', 'one'))
    await run.untilStatus('one that is held', ({ stages }) => stages[0]!.books.held === 1)
    join()
    assert.match(await client.closed(), /\n2 rsp 6 200 OK\n$/)
    await counted(run, 'answered', 1)
  })

  test('who sends commands without end behind a message that is not accepted is not read, and all are answered', async t => {
    const { run, join } = await startAlone(t)
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog', 'one')
    await run.untilStatus('one that is held', ({ stages }) => stages[0]!.books.held === 1)
    const count = 1_000_000
    client.socket.write(Buffer.from('3 syslog 0\n'.repeat(count)))
    let before = -1
    const stands = ({ stages }: Status) => {
      const { empty } = stages[0]!.counters
      const same = empty === before && empty > 0
      before = empty!
      return same
    }
    await run.untilStatus('no more to be read', stands)
    assert.ok(before < 100_000, `${before} were read`)
    join()
    await counted(run, 'answered', count + 1)
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
      const run = startRelp(t)
      const client = await RelpClient.connect(t, await run.port())
      client.socket.write(sent)
      const all = await client.closed()
      assert.match(all.replace(/0 serverclose 0\n$/, ''), told)
      const { msg } = await run.log(/^a connection was ended: this is no RELP: /)
      assert.match(msg, why)
      await counted(run, 'broken', 1)
      // And others are served.
      const other = await RelpClient.open(t, await run.port())
      other.send('syslog', 'hello')
      await other.until(({ safe }) => safe.length === 1)
    })
  }

  test('bug of librelp until 1.3: a client that repeats its unanswered open was sent away for ever', async t => {
    const run = startRelp(t)
    const client = await RelpClient.open(t, await run.port())
    client.send('syslog', 'one')
    client.send('open', OFFERS)
    client.send('syslog', 'two')
    await client.until(({ safe }) => safe.length === 2)
    assert.match(client.told, /\n3 rsp \d+ 200 OK\nrelp_version=0\n/)
  })
})
