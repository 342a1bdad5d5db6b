// Daemons joined by ZeroMQ, as operators join them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Dealer, Pull, Push, Router } from 'zeromq'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

function json(t: TestContext, args: string[], stdin?: string): Sluice {
  return new Sluice(t, 'sluice-syslog-json', args, { stdin: stdin ?? 'ignore' })
}

function lines(from: number, to: number): string {
  return Array.from(
    { length: to - from },
    (_, n) => `<13>Oct 11 22:14:15 web1 app: number ${from + n}\n`,
  ).join('')
}

function numbers(records: readonly { [key: string]: unknown }[]): number[] {
  return records.map(({ message }) => Number(/number (\d+)$/.exec(String(message))?.[1]))
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

describe('ZeroMQ links', { concurrency: 4 }, () => {
  for (const scheme of ['tcp', 'ipc'] as const) {
    for (const binder of ['push', 'pull'] as const) {
      test(`${scheme}: the ${binder} side binds; 5,000 records arrive, in order`, async t => {
        const feeder = await freePort()
        const address = async (run?: Sluice) =>
          scheme === 'tcp'
            ? `tcp://127.0.0.1:${await freePort()}`
            : `ipc://${join(run?.folder ?? '/tmp', `l${await freePort()}`)}`
        const link = await address()
        const sink = json(t, [`--pull-${binder === 'pull' ? 'bind' : 'connect'}`, link])
        const source = json(t, [
          '--pull-bind',
          `tcp://127.0.0.1:${feeder}`,
          `--push-${binder === 'push' ? 'bind' : 'connect'}`,
          link,
        ])
        await Promise.all([sink.ready(), source.ready()])
        const push = new Push({ linger: 1000 })
        push.connect(`tcp://127.0.0.1:${feeder}`)
        for (let n = 0; n < 5000; n += 500) await push.send(lines(n, n + 500))
        assert.deepEqual(numbers(await sink.records(5000)), upTo(5000))
        push.close()
        assert.equal(await source.stop(), 0)
        assert.equal(await sink.stop(), 0)
      })
    }
  }

  test('end of input: what was sent leaves before the process ends', async t => {
    const port = await freePort()
    const sink = json(t, ['--pull-bind', `tcp://127.0.0.1:${port}`])
    await sink.ready()
    const source = json(t, ['--push-connect', `tcp://127.0.0.1:${port}`], lines(0, 20_000))
    assert.equal(await source.exited, 0, source.stderr)
    assert.deepEqual(numbers(await sink.records(20_000)), upTo(20_000))
  })

  test('nobody is there yet: the sender waits, and everything arrives when somebody comes', async t => {
    const port = await freePort()
    const source = json(t, ['--push-connect', `tcp://127.0.0.1:${port}`], lines(0, 1000))
    await source.untilStatus('1,000 records held', ({ stages }) => stages[0]!.books.held === 1000)
    const { status, body } = await source.admin('/readyz')
    assert.deepEqual([status, body], [503, `tcp://127.0.0.1:${port}: nobody is connected\n`])
    await source.log(/^tcp:.*: nobody is connected yet$/)
    const sink = json(t, ['--pull-bind', `tcp://127.0.0.1:${port}`])
    assert.deepEqual(numbers(await sink.records(1000)), upTo(1000))
    assert.equal(await source.exited, 0)
  })

  test('stopped before anybody came: exit code 75, and the log says how much is left', async t => {
    const source = json(
      t,
      ['--push-connect', `tcp://127.0.0.1:${await freePort()}`, '--grace', '100ms'],
      lines(0, 10),
    )
    await source.untilStatus('10 records held', ({ stages }) => stages[0]!.books.held === 10)
    assert.equal(await source.stop(), 75)
    assert.equal(source.logs.find(({ msg }) => /not accepted downstream/.test(msg))?.records, 10)
  })

  test('a second signal ends the waiting', async t => {
    const source = json(t, ['--push-connect', `tcp://127.0.0.1:${await freePort()}`], lines(0, 10))
    await source.untilStatus('10 records held', ({ stages }) => stages[0]!.books.held === 10)
    source.child.kill('SIGTERM')
    await source.log(/^stopping$/)
    assert.equal(await source.stop('SIGTERM'), 75)
  })

  test('several push endpoints share the batches; none is lost', async t => {
    const [one, two] = [await freePort(), await freePort()]
    const sinks = [one, two].map(port => json(t, ['--pull-bind', `tcp://127.0.0.1:${port}`]))
    await Promise.all(sinks.map(sink => sink.ready()))
    const flags = [one, two].flatMap(port => ['--push-connect', `tcp://127.0.0.1:${port}`])
    const args = ['--pull-connect', '-', ...flags, '--batch-bytes', '1KiB']
    const source = new Sluice(t, 'sluice-syslog-json', args, { stdin: 'open' })
    await source.untilStatus(
      'both to be connected',
      ({ stages }) => stages[0]!.links.filter(link => link.peers === 1).length === 2,
    )
    source.child.stdin!.end(lines(0, 5000))
    assert.equal(await source.exited, 0)
    const count = (sink: Sluice) => sink.stdout.split('\n').length - 1
    await sinks[0]!.until('all', () => count(sinks[0]!) + count(sinks[1]!) === 5000)
    const all = sinks.flatMap(sink =>
      numbers(
        sink.stdout
          .split('\n')
          .filter(Boolean)
          .map(line => JSON.parse(line)),
      ),
    )
    assert.deepEqual(
      all.sort((a, b) => a - b),
      upTo(5000),
    )
    for (const sink of sinks) assert.ok(count(sink) > 0)
  })

  test('a TCP address in use: one line that names the flag', async t => {
    const port = await freePort()
    const server = createServer().listen(port, '127.0.0.1')
    t.after(() => server.close())
    const run = json(t, ['--pull-bind', `tcp://127.0.0.1:${port}`, '--push-connect', 'tcp://127.0.0.1:1'])
    assert.equal(await run.exited, 70)
    assert.match(run.stderr, new RegExp(`--pull-bind tcp://127.0.0.1:${port}: the address is in use`))
  })

  test('an ipc path in use is refused and its owner keeps working; a stale one is taken over', async t => {
    const first = json(t, ['--pull-bind', 'ipc://shared.ipc'])
    await first.ready()
    const second = new Sluice(t, 'sluice-syslog-json', ['--pull-bind', 'ipc://shared.ipc'], {
      cwd: first.folder,
    })
    assert.equal(await second.exited, 70)
    assert.match(second.stderr, /another process listens on this path/)
    const push = new Push({ linger: 1000 })
    push.connect(`ipc://${join(first.folder, 'shared.ipc')}`)
    await push.send('still here')
    assert.equal((await first.records(1))[0]!.message, 'still here')
    push.close()
    first.child.kill('SIGKILL')
    await first.exited
    assert.ok(existsSync(join(first.folder, 'shared.ipc')))
    const third = new Sluice(t, 'sluice-syslog-json', ['--pull-bind', 'ipc://shared.ipc'], {
      cwd: first.folder,
    })
    await third.ready()
  })

  test('a file that is not a socket is not overwritten by an ipc bind', async t => {
    const run = json(t, [], '')
    await run.exited
    const path = join(run.folder, 'precious.txt')
    writeFileSync(path, 'precious')
    const bind = json(t, ['--pull-bind', `ipc://${path}`])
    assert.equal(await bind.exited, 70)
    assert.match(bind.stderr, /it is not a socket/)
    assert.equal(readFileSync(path, 'utf8'), 'precious')
  })

  test('original bytes that a stranger made up are not sent in the place of the message', async t => {
    const texts = new Pull()
    await texts.bind('tcp://127.0.0.1:*')
    const input = ['', 'A', 'c3Vic3RpdHV0ZWQ='].map(
      (bytes, n) => `${JSON.stringify({ '@meta': { id: `a${n}`, bytes }, message: `real ${n}` })}\n`,
    )
    const run = json(t, ['--push-connect', `${texts.lastEndpoint}?framing=text`], input.join(''))
    for (let n = 0; n < 3; n++) assert.equal(String((await texts.receive())[0]), `real ${n}`)
    assert.equal(await run.exited, 0)
    texts.close()
  })

  test('a wrong peer is named, and dialled again until the right one is there', async t => {
    const port = await freePort()
    const wrong = new Router()
    await wrong.bind(`tcp://127.0.0.1:${port}`)
    const source = json(t, ['--push-connect', `tcp://127.0.0.1:${port}`], lines(0, 100))
    const { msg } = await source.log(/not a plain ZeroMQ PULL socket/)
    assert.match(msg, new RegExp(`tcp://127.0.0.1:${port}`))
    wrong.close()
    const right = json(t, ['--pull-bind', `tcp://127.0.0.1:${port}`])
    assert.deepEqual(numbers(await right.records(100)), upTo(100))
    assert.equal(await source.exited, 0)
  })

  test('a wrong peer that connects to us is named by our endpoint, and disturbs nobody', async t => {
    const sink = json(t, ['--pull-bind', 'tcp://127.0.0.1:*'])
    const port = await sink.port()
    const wrong = new Dealer({ linger: 0 })
    wrong.connect(`tcp://127.0.0.1:${port}`)
    const { msg } = await sink.log(/not a plain ZeroMQ PUSH socket/)
    assert.match(msg, new RegExp(`tcp://127.0.0.1:${port}: a peer that connected`))
    wrong.close()
    const source = json(t, ['--push-connect', `tcp://127.0.0.1:${port}`], lines(0, 10))
    await sink.records(10)
    assert.equal(await source.exited, 0)
    const { stages } = await sink.untilStatus('no peers', status => status.stages[0]!.links[0]!.peers === 0)
    assert.equal(stages[0]!.links[0]!.endpoint, `tcp://127.0.0.1:${port}`)
  })

  test('a connection that says nothing is not taken for the peer that left', async t => {
    const source = json(t, ['--pull-connect', 'tcp://127.0.0.1:1', '--push-bind', 'tcp://127.0.0.1:*'])
    const port = await source.port(1)
    const peers = (count: number) =>
      source.untilStatus(`${count} peers`, ({ stages }) => stages[0]!.links[1]!.peers === count)
    const probe = connect(port, '127.0.0.1')
    t.after(() => probe.destroy())
    await once(probe, 'connect')
    const sink = json(t, ['--pull-connect', `tcp://127.0.0.1:${port}`])
    await peers(1)
    // The handshake of a peer takes milliseconds; this lets the probe be older than that.
    const older = Date.now() + 1_100
    while (Date.now() < older) await source.status()
    sink.child.kill('SIGKILL')
    await peers(0)
    assert.equal(
      source.logs.some(({ msg }) => /not a plain ZeroMQ/.test(msg)),
      false,
    )
  })

  test('framing=record: one JSON record a message; framing=text: one bare text, with its original bytes', async t => {
    const [records, texts] = [new Pull(), new Pull()]
    await records.bind('tcp://127.0.0.1:*')
    await texts.bind('tcp://127.0.0.1:*')
    const latin1 = Buffer.from('caf\u00e9', 'latin1')
    const input = Buffer.concat([Buffer.from('one\n'), latin1, Buffer.from('\n')])
    const record = new Sluice(
      t,
      'sluice-syslog-json',
      ['--push-connect', `${records.lastEndpoint}?framing=record`],
      { stdin: input },
    )
    const [[first], [second]] = [await records.receive(), await records.receive()]
    assert.equal(JSON.parse(String(first)).message, 'one')
    assert.ok(!String(second).includes('\n'))
    const text = new Sluice(
      t,
      'sluice-syslog-json',
      ['--push-connect', `${texts.lastEndpoint}?framing=text`],
      { stdin: input },
    )
    assert.equal(String((await texts.receive())[0]), 'one')
    assert.deepEqual((await texts.receive())[0], latin1)
    assert.equal(await record.exited, 0)
    assert.equal(await text.exited, 0)
    records.close()
    texts.close()
  })

  test('pull framing=text: a frame is one message, line feeds and all; an empty frame is nothing', async t => {
    const sink = json(t, ['--pull-bind', 'tcp://127.0.0.1:*?framing=text'])
    const push = new Push({ linger: 1000 })
    push.connect(`tcp://127.0.0.1:${await sink.port()}`)
    for (const frame of ['<13>one\ntwo', '', '{"a":1}']) await push.send(frame)
    const records = await sink.records(2)
    assert.deepEqual(
      records.map(({ message }) => message),
      ['one\ntwo', '{"a":1}'],
    )
    push.close()
  })

  test('a frame over --max-message is told of; one over twice that is not taken, and other senders are served', async t => {
    const sink = json(t, ['--pull-bind', 'tcp://127.0.0.1:*', '--max-message', '2MiB'])
    const port = await sink.port()
    const bad = new Push({ linger: 0, reconnectInterval: -1 })
    const gone = new Promise(resolve => bad.events.on('disconnect', resolve))
    bad.connect(`tcp://127.0.0.1:${port}`)
    await bad.send(`${JSON.stringify({ message: 'large' })}\n`.repeat(150_000))
    assert.equal((await sink.records(150_000))[0]!.message, 'large')
    await sink.log(/a message is larger than --max-message, which is 2MiB; it was taken, but one of more/)
    await bad.send('x'.repeat(4_200_000))
    await gone
    bad.close()
    const push = new Push({ linger: 1000 })
    push.connect(`tcp://127.0.0.1:${port}`)
    await push.send('after')
    assert.equal((await sink.records(150_001)).at(-1)!.message, 'after')
    push.close()
  })

  test('a batch larger than --max-message leaves in several frames', async t => {
    const sink = json(t, [
      '--pull-bind',
      'tcp://127.0.0.1:*',
      '--max-message',
      '64KiB',
      '--max-record',
      '4KiB',
    ])
    const flags = [
      '--max-message',
      '64KiB',
      '--max-record',
      '4KiB',
      '--batch-bytes',
      '1MiB',
      '--batch-delay',
      '200ms',
    ]
    const source = json(
      t,
      ['--push-connect', `tcp://127.0.0.1:${await sink.port()}`, ...flags],
      lines(0, 5000),
    )
    assert.equal(await source.exited, 0)
    assert.deepEqual(numbers(await sink.records(5000)), upTo(5000))
  })

  for (const [flags, message] of [
    [
      ['--pull-bind', 'tcp://0.0.0.0:7000'],
      /--pull-bind tcp:\/\/0.0.0.0:7000: .*sluice keygen .* --curve-key .* --curve-allow .* say --insecure .* bind to 127.0.0.1/,
    ],
    [['--pull-bind', 'tcp://*:7000'], /say --insecure/],
    [['--pull-bind', 'tcp://127.0.0.1'], /write tcp:\/\/HOST:PORT/],
    [['--pull-bind', 'tcp://127.0.0.1:99999'], /a port is at most 65535/],
    [['--pull-connect', 'tcp://*:7000'], /a host and a port are needed/],
    [
      ['--pull-bind', 'udp://127.0.0.1:1'],
      /an endpoint is ack\+tcp:\/\/HOST:PORT, tcp:\/\/HOST:PORT, ack\+ipc:\/\/PATH/,
    ],
    [['--pull-bind', 'file:///tmp/x'], /file:\/\/ cannot bind; write --pull-connect/],
    [['--pull-bind', '-'], /- cannot bind/],
    [['--pull-connect', 'pub+tcp://127.0.0.1:1'], /publishes, on the push side; .* write sub\+tcp:/],
    [['--push-bind', 'sub+tcp://127.0.0.1:1'], /subscribes, on the pull side; to publish, write pub\+tcp:/],
    [['--push-bind', 'pub+tcp://*:1'], /say --insecure/],
    [['--push-bind', 'pub+tcp://127.0.0.1:1', '--push-bind', 'tcp://127.0.0.1:2'], /cannot share one list/],
    [['--pull-connect', 'kafka://broker/topic'], /kafka:\/\/ is not in this version yet/],
    [['--pull-bind', `ipc:///tmp/${'x'.repeat(120)}`], /107 at most/],
    [['--pull-bind', 'tcp://127.0.0.1:7000?frame=text'], /unknown query key "frame"; known here: framing/],
    [['--pull-bind', 'tcp://127.0.0.1:7000?framing=record'], /framing=record: write one of batch, text/],
    [['--push-connect', 'tcp://127.0.0.1:1', '--push-connect', 'file:///tmp/x'], /cannot share one list/],
    [['--max-record', '16MiB'], /--max-record is larger than --max-message/],
  ] as const) {
    test(`${flags.join(' ')} is misuse, in one line`, async t => {
      const run = json(t, [...flags, '--check'], '')
      assert.equal(await run.exited, 64, run.stderr)
      assert.match(run.stderr, message)
      assert.equal(run.stderr.split('\n').length, 2)
    })
  }

  test('--insecure lets a link be reached from everywhere', async t => {
    const sink = json(t, ['--pull-bind', 'tcp://*:0', '--insecure'])
    const source = json(t, ['--push-connect', `tcp://127.0.0.1:${await sink.port()}`], 'hello\n')
    assert.equal((await sink.records(1))[0]!.message, 'hello')
    assert.equal(await source.exited, 0)
  })

  test('a file is read to its end and appended to', async t => {
    const run = json(t, [], '')
    await run.exited
    const path = join(run.folder, 'in')
    writeFileSync(path, lines(0, 3000))
    const copy = json(t, ['--pull-connect', `file://${path}`, '--push-connect', `file://${path}.out`])
    assert.equal(await copy.exited, 0, copy.stderr)
    const back = json(t, ['--pull-connect', `file://${path}.out`])
    assert.equal(await back.exited, 0)
    assert.deepEqual(numbers(await back.records(3000)), upTo(3000))
  })
})
