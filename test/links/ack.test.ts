// The acknowledged pipe between real processes: what is killed, cut off, replaced or in its place, nothing is lost.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Dealer, Pull, Push, Reply, Request, Router } from 'zeromq'
import { BulkStub } from '../support/bulk-stub.ts'
import { freePort } from '../support/port.ts'
import { Sluice, type Status } from '../support/process.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

function lines(from: number, to: number): string {
  return Array.from(
    { length: to - from },
    (_, n) => `<13>Oct 11 22:14:15 web1 app: number ${from + n}\n`,
  ).join('')
}

/** A producer that reads lines from standard input and sends them to the pipe. */
function producer(
  t: TestContext,
  link: string,
  args: string[] = [],
  stdin: string | 'open' = 'open',
): Sluice {
  const [mode, endpoint] = split(link)
  return new Sluice(
    t,
    'sluice-syslog-json',
    ['--pull-connect', '-', `--push-${mode}`, endpoint, '--name', 'producer', ...args],
    { stdin },
  )
}

/** A consumer that has acknowledged what is on the disk, in a file. */
function consumer(t: TestContext, link: string, file: string, args: string[] = []): Sluice {
  const [mode, endpoint] = split(link)
  return new Sluice(t, 'sluice-syslog-json', [
    `--pull-${mode}`,
    endpoint,
    '--push-connect',
    `file://${file}`,
    '--name',
    'consumer',
    ...args,
  ])
}

/** `bind ack+tcp://…` or `connect ack+tcp://…`. */
function split(link: string): [string, string] {
  const [mode, endpoint] = link.split(' ')
  return [mode!, endpoint!]
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-ack-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** The numbers in a file, in its order. */
function numbers(file: string): number[] {
  if (!existsSync(file)) return []
  return Array.from(readFileSync(file, 'latin1').matchAll(/number (\d+)"/g), match => Number(match[1]))
}

/** Everything is there at least once; returns how many came twice. */
function complete(file: string, count: number): number {
  const found = numbers(file)
  const missing = new Set(upTo(count)).difference(new Set(found))
  assert.equal(missing.size, 0, `${missing.size} are missing, the first ${[...missing].slice(0, 5)}`)
  return found.length - count
}

const stageOf = ({ stages }: Status) => stages[0]!
const peers = (n: number) => (status: Status) =>
  stageOf(status)
    .links.filter(link => link.peers !== undefined)
    .reduce((sum, link) => sum + link.peers!, 0) === n
const held = (n: number) => (status: Status) => stageOf(status).books.held === n

/** All that came in has been accepted by its consumers, and the books say so. */
async function settled(source: Sluice, count: number): Promise<Status> {
  const status = await source.untilStatus(
    'everything acknowledged',
    status => stageOf(status).books.in === count && held(0)(status),
  )
  const { books } = stageOf(status)
  assert.ok(books.balanced)
  assert.equal(books.stored, count)
  return status
}

/** The port of the pipe, of one who binds. */
async function portOf(run: Sluice): Promise<number> {
  const { stages } = await run.untilStatus('bound', ({ stages }) => stages.length > 0)
  const bound = stages[0]!.links.find(({ endpoint }) => endpoint.startsWith('ack+tcp:'))
  return Number(/:(\d+)$/.exec(bound!.endpoint)![1])
}

const warnings = (run: Sluice) =>
  run.logs.filter(({ level }) => ['warn', 'error', 'fatal'].includes(level)).map(({ msg }) => msg)

/** It has said at most once that a session has ended, and at most once that nobody answers. */
function isQuiet(run: Sluice): void {
  const kinds = warnings(run).map(line => /the session with|does not answer/.exec(line)?.[0] ?? line)
  assert.deepEqual(kinds, [...new Set(kinds)], warnings(run).join('\n'))
}

function descriptors(run: Sluice): number {
  return readdirSync(`/proc/${run.child.pid}/fd`).length
}

/** Resident bytes. */
function memory(run: Sluice): number {
  return 4096 * Number(readFileSync(`/proc/${run.child.pid}/statm`, 'latin1').split(' ')[1])
}

/** Milliseconds of processor time. */
function processor(run: Sluice): number {
  const fields = readFileSync(`/proc/${run.child.pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function listening(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

describe('the acknowledged pipe', { concurrency: 8 }, () => {
  for (const scheme of ['tcp', 'ipc', 'tcp over IPv6'] as const) {
    for (const binder of ['producer', 'consumer'] as const) {
      test(`${scheme}: the ${binder} binds; 20,000 records arrive once, in order, and the books balance`, async t => {
        const place = folder(t)
        const address =
          scheme === 'ipc'
            ? `ack+ipc://${place}/pipe`
            : `ack+tcp://${scheme === 'tcp' ? '127.0.0.1' : '[::1]'}:${await freePort()}`
        const file = join(place, 'out')
        const sink = consumer(t, `${binder === 'consumer' ? 'bind' : 'connect'} ${address}`, file)
        const source = producer(t, `${binder === 'producer' ? 'bind' : 'connect'} ${address}`)
        source.child.stdin!.write(lines(0, 20_000))
        const { stages } = await settled(source, 20_000)
        assert.equal(stages[0]!.links[1]!.records, 20_000)
        assert.deepEqual(numbers(file), upTo(20_000))
        source.child.stdin!.end()
        assert.equal(await source.exited, 0)
        await sink.untilStatus('nobody', peers(0))
        assert.equal(await sink.stop(), 0)
        assert.deepEqual([...warnings(source), ...warnings(sink)], [])
      })
    }
  }

  /** Who is in the place of the right peer: opened at a port, and closed again. */
  type Wrong = (port: number) => Promise<() => void | Promise<void>>

  const zeromq =
    (create: () => { bind(address: string): Promise<void>; close(): void }): Wrong =>
    async port => {
      const socket = create()
      await socket.bind(`tcp://127.0.0.1:${port}`)
      return () => socket.close()
    }
  const plain =
    (server: Server): Wrong =>
    async port => {
      const sockets = new Set<{ destroy(): void }>()
      server.on('connection', socket => {
        sockets.add(socket)
        socket.on('error', () => {})
      })
      await listening(server, port)
      return () => {
        server.close()
        for (const socket of sockets) socket.destroy()
      }
    }

  for (const direction of ['push', 'pull'] as const) {
    const wrongs: { [what: string]: [Wrong, RegExp] } = {
      'a PUSH socket': [zeromq(() => new Push({ linger: 0 })), /no acknowledged pipe/],
      'a PULL socket': [zeromq(() => new Pull({ linger: 0 })), /no acknowledged pipe/],
      'a REP socket': [zeromq(() => new Reply({ linger: 0 })), /no hello came/],
      'a REQ socket': [zeromq(() => new Request({ linger: 0 })), /no acknowledged pipe/],
      'a ROUTER that says nothing': [zeromq(() => new Router({ linger: 0 })), /no hello came/],
      'a listener that says nothing': [plain(createServer()), /no acknowledged pipe/],
      'an HTTP server': [plain(createHttpServer()), /no acknowledged pipe/],
      'a mail server': [
        plain(createServer(socket => socket.write('220 mail.example.org ESMTP\r\n'))),
        /no acknowledged pipe/,
      ],
      'a listener that hangs up': [plain(createServer(socket => socket.end())), /no acknowledged pipe/],
    }
    for (const [what, [open, why]] of Object.entries(wrongs)) {
      test(`${direction}-connect meets ${what}: named, once, and the right one is found later`, async t => {
        const port = await freePort()
        const close = await open(port)
        const endpoint = `ack+tcp://127.0.0.1:${port}`
        const file = join(folder(t), 'out')
        const link = `connect ${endpoint}`
        const dialler = direction === 'push' ? producer(t, link) : consumer(t, link, file)
        await dialler.log(direction === 'push' ? /^starting$/ : /^ready$/)
        const since = Date.now()
        const { msg } = await dialler.log(why)
        t.diagnostic(`${Date.now() - since} ms: ${msg}`)
        assert.ok(msg.includes(endpoint))
        await close()
        const right = `bind ${endpoint}`
        const other = direction === 'push' ? consumer(t, right, file) : producer(t, right)
        const source = direction === 'push' ? dialler : other
        source.child.stdin!.end(lines(0, 100))
        assert.equal(await source.exited, 0)
        assert.equal(complete(file, 100), 0)
        assert.equal(warnings(dialler).length, 1, warnings(dialler).join('\n'))
      })
    }
  }

  for (const direction of ['push', 'pull'] as const) {
    const dialling =
      (create: () => { connect(address: string): void; close(): void }): Wrong =>
      async port => {
        const socket = create()
        socket.connect(`tcp://127.0.0.1:${port}`)
        if (socket instanceof Request) await socket.send('hello')
        return () => socket.close()
      }
    const tcp =
      (text: string): Wrong =>
      async port => {
        const socket = connect(port, '127.0.0.1').on('error', () => {})
        socket.write(text)
        return () => void socket.destroy()
      }
    const wrongs: { [what: string]: [Wrong, RegExp] } = {
      'a PUSH socket': [dialling(() => new Push({ linger: 0 })), /no acknowledged pipe/],
      'a PULL socket': [dialling(() => new Pull({ linger: 0 })), /no acknowledged pipe/],
      'a REP socket': [dialling(() => new Reply({ linger: 0 })), /no acknowledged pipe/],
      'a REQ socket': [dialling(() => new Request({ linger: 0 })), /a message has one frame/],
      'a DEALER that says nothing': [dialling(() => new Dealer({ linger: 0 })), /no hello came/],
      'a connection that says nothing': [tcp(''), /no acknowledged pipe/],
      'a web browser': [tcp('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), /no acknowledged pipe/],
    }
    for (const [what, [open, why]] of Object.entries(wrongs)) {
      test(`${direction}-bind is called by ${what}: named by its own endpoint, once, and others are served`, async t => {
        const file = join(folder(t), 'out')
        const link = 'bind ack+tcp://127.0.0.1:*'
        const binder = direction === 'push' ? producer(t, link) : consumer(t, link, file)
        if (direction === 'push') binder.child.stdin!.write(lines(0, 100))
        const endpoint = `ack+tcp://127.0.0.1:${await portOf(binder)}`
        const since = Date.now()
        const close = await open(await portOf(binder))
        const { msg } = await binder.log(why)
        t.diagnostic(`${Date.now() - since} ms: ${msg}`)
        assert.ok(msg.includes(endpoint))
        const right = `connect ${endpoint}`
        const other = direction === 'push' ? consumer(t, right, file) : producer(t, right, [], lines(0, 100))
        const source = direction === 'push' ? binder : other
        source.child.stdin!.end()
        assert.equal(await source.exited, 0)
        assert.equal(complete(file, 100), 0)
        await close()
        assert.equal(warnings(binder).length, 1, warnings(binder).join('\n'))
      })
    }
  }

  for (const binder of ['producer', 'consumer'] as const) {
    /** Where producer and consumer meet in this test. */
    async function ends(): Promise<[push: string, pull: string]> {
      const endpoint = `ack+tcp://127.0.0.1:${await freePort()}`
      return binder === 'producer'
        ? [`bind ${endpoint}`, `connect ${endpoint}`]
        : [`connect ${endpoint}`, `bind ${endpoint}`]
    }

    test(`two of the same role (${binder} binds): both say so, once`, async t => {
      const endpoint = `ack+tcp://127.0.0.1:${await freePort()}`
      const file = join(folder(t), 'out')
      const create = (link: string) => (binder === 'producer' ? producer(t, link) : consumer(t, link, file))
      const pair = [create(`bind ${endpoint}`), create(`connect ${endpoint}`)]
      for (const run of pair) {
        const { msg } = await run.log(/both ends (produce|consume); one of them must (pull|push)/)
        assert.ok(msg.includes(endpoint))
        t.diagnostic(msg)
      }
      for (const run of pair) assert.equal(warnings(run).length, 1, warnings(run).join('\n'))
    })

    test(`a consumer killed and replaced many times under load (${binder} binds): nothing is lost`, async t => {
      const [push, pull] = await ends()
      const file = join(folder(t), 'out')
      const source = producer(t, push, ['--batch-bytes', '4KiB'])
      let sink = consumer(t, pull, file)
      const count = 60_000
      for (let n = 0; n < 6; n++) {
        source.child.stdin!.write(lines((n * count) / 6, ((n + 1) * count) / 6))
        const before = numbers(file).length
        await sink.until('some records', () => numbers(file).length > before)
        await sink.stop('SIGKILL')
        sink = consumer(t, pull, file)
      }
      await settled(source, count)
      t.diagnostic(`${complete(file, count)} twice`)
      source.child.stdin!.end()
      assert.equal(await source.exited, 0)
      assert.deepEqual(warnings(source), [])
      const comings = source.logs.map(
        ({ msg }) => /: (connected|nobody is connected any more)$/.exec(msg)?.[1],
      )
      assert.deepEqual(
        comings.filter(Boolean),
        ['connected', 'nobody is connected any more', 'connected'],
        'it is told once a minute',
      )
    })

    test(`SIGTERM of the consumer under load (${binder} binds): exit 0, and nothing comes twice`, async t => {
      const [push, pull] = await ends()
      const file = join(folder(t), 'out')
      const source = producer(t, push, ['--batch-bytes', '4KiB'])
      let sink = consumer(t, pull, file)
      const count = 60_000
      for (let n = 0; n < 6; n++) {
        source.child.stdin!.write(lines((n * count) / 6, ((n + 1) * count) / 6))
        const before = numbers(file).length
        await sink.until('some records', () => numbers(file).length > before)
        assert.equal(await sink.stop(), 0)
        assert.deepEqual(warnings(sink), [])
        sink = consumer(t, pull, file)
      }
      await settled(source, count)
      assert.equal(complete(file, count), 0)
      source.child.stdin!.end()
      assert.equal(await source.exited, 0)
      assert.deepEqual(warnings(source), [])
    })

    test(`SIGTERM of the producer under load (${binder} binds): all that it had taken in is there, and it says bye`, async t => {
      const [push, pull] = await ends()
      const file = join(folder(t), 'out')
      const source = producer(t, push)
      const sink = consumer(t, pull, file)
      source.child.stdin!.write(lines(0, 100_000))
      await sink.until('some records', () => numbers(file).length > 0)
      const since = Date.now()
      assert.equal(await source.stop(), 0)
      t.diagnostic(`${Date.now() - since} ms`)
      await sink.untilStatus('nobody', peers(0))
      await sink.untilStatus('all on the disk', held(0))
      const found = numbers(file)
      t.diagnostic(`${found.length} records`)
      assert.deepEqual(found, upTo(found.length))
      assert.deepEqual([...warnings(source), ...warnings(sink)], [])
    })
  }

  test('hostile messages do no harm: they are answered, and others are served', async t => {
    const file = join(folder(t), 'out')
    for (const role of ['consumer', 'producer'] as const) {
      const binder =
        role === 'consumer'
          ? consumer(t, 'bind ack+tcp://127.0.0.1:*', file)
          : producer(t, 'bind ack+tcp://127.0.0.1:*')
      const port = await portOf(binder)
      const deep = (n: number) => '['.repeat(n) + ']'.repeat(n)
      const hello =
        role === 'consumer'
          ? '{"hello":1,"role":"push","sender":"x","from":1}'
          : '{"hello":1,"role":"pull","credit":1000000,"max":100000}'
      const frames = [
        '',
        'null',
        '{',
        '{"hello":2}',
        `{"hello":${deep(300_000)}}`,
        `{"reset":${deep(300_000)}}`,
        '{"reset":{"toString":1}}',
        `{"reset":"${'x'.repeat(1_000_000)}"}`,
        '{"hello":1,"role":{"a":1}}',
        `{"hello":1,"role":"push","sender":"${'x'.repeat(65)}","from":1}`,
        hello,
        '{"batch":1}',
        '{"batch":1e300}\nx',
        '{"batch":-1}\nx',
        '{"batch":2,"at":"soon"}',
        '{"ack":[[1,{"stored":1e308}],[2,{"__proto__":1}],0]}',
        '{"ack":{}}',
        '{"ack":[],"credit":-1}',
        '{"alive":true}',
        '{"alive":true,"from":9007199254740991}',
        '{"bye":true}',
        `\xff\xfe${'x'.repeat(2 ** 20)}`,
      ]
      for (const first of ['', hello]) {
        for (const frame of frames) {
          const stranger = new Dealer({ linger: 1000, receiveTimeout: 60_000 })
          stranger.connect(`tcp://127.0.0.1:${port}`)
          if (first) await stranger.send(first)
          await stranger.send(frame)
          // Its answer says that it has been read; not everything has one.
          await stranger.send('{"x":1}')
          const unanswered = () => assert.fail(`${role}: no answer to ${first} and ${frame.slice(0, 99)}`)
          await stranger
            .receive()
            .catch(unanswered)
            .finally(() => stranger.close())
        }
      }
      assert.ok(warnings(binder).every(line => line.length < 500))
      if (role === 'consumer') {
        const source = producer(t, `connect ack+tcp://127.0.0.1:${port}`, [], lines(0, 100))
        assert.equal(await source.exited, 0)
      } else {
        const sink = consumer(t, `connect ack+tcp://127.0.0.1:${port}`, file)
        binder.child.stdin!.end(lines(100, 200))
        assert.equal(await binder.exited, 0)
        await sink.stop()
      }
    }
    complete(file, 200)
  })

  test('what a producer is told is no matter of its --max-message', async t => {
    const port = await freePort()
    const router = new Router({ linger: 0 })
    await router.bind(`tcp://127.0.0.1:${port}`)
    const limits = ['--max-message', '4KiB', '--max-record', '2KiB']
    const source = producer(t, `connect ack+tcp://127.0.0.1:${port}`, limits, lines(0, 1000))
    const [id] = await router.receive()
    await router.send([id!, '{"hello":1,"role":"pull","credit":100000000,"max":1024}'])
    const ack: [number, object][] = []
    for (let count = 0; count < 1000; ) {
      const [control, ...records] = String((await router.receive())[1])
        .trimEnd()
        .split('\n')
      ack.push([JSON.parse(control!).batch, { [`dropped:${'x'.repeat(100)}`]: records.length }])
      count += records.length
    }
    // One acknowledgement of all, much larger than what the producer sends.
    await router.send([id!, JSON.stringify({ ack })])
    assert.equal(await source.exited, 0)
    assert.deepEqual(warnings(source), [])
    router.close()
  })

  test('a peer that is killed is missed at once, also where strangers have come and gone', async t => {
    const file = join(folder(t), 'out')
    const source = producer(t, 'bind ack+tcp://127.0.0.1:*')
    const port = await portOf(source)
    const link = `connect ack+tcp://127.0.0.1:${port}`
    const [one, other] = [consumer(t, link, file), consumer(t, link, file)]
    await source.untilStatus('two', peers(2))
    const strangers = upTo(3).map(() => connect(port, '127.0.0.1').on('error', () => {}))
    await Promise.all(strangers.map(stranger => once(stranger.resume(), 'close')))
    const young = connect(port, '127.0.0.1').on('error', () => {})
    await once(young, 'connect')
    one.child.kill('SIGSTOP')
    source.child.stdin!.write(lines(0, 20_000))
    await one.stop('SIGKILL')
    await source.untilStatus('one', peers(1))
    await settled(source, 20_000)
    // As it would be of one that is only silent.
    assert.ok(!source.logs.some(({ msg }) => /nothing came/.test(msg)), source.stderr)
    complete(file, 20_000)
    young.destroy()
    assert.equal(await other.stop(), 0)
  })

  for (const binder of ['producer', 'consumer'] as const) {
    test(`two consumers, one killed with batches in flight (${binder} binds): the other gets them`, async t => {
      const ports = [await freePort(), await freePort()]
      const endpoints = ports.map(port => `ack+tcp://127.0.0.1:${port}`)
      const file = join(folder(t), 'out')
      const sinks = endpoints.map(endpoint =>
        consumer(t, binder === 'producer' ? `connect ${endpoints[0]}` : `bind ${endpoint}`, file),
      )
      const flags =
        binder === 'producer'
          ? ['--push-bind', endpoints[0]!]
          : endpoints.flatMap(endpoint => ['--push-connect', endpoint])
      const source = new Sluice(
        t,
        'sluice-syslog-json',
        ['--pull-connect', '-', ...flags, '--batch-bytes', '4KiB'],
        { stdin: 'open' },
      )
      await source.untilStatus('both', peers(2))
      const records = async (sink: Sluice) => stageOf(await sink.status()).links[0]!.batches
      // What the stopped one gets stays with it.
      sinks[0]!.child.kill('SIGSTOP')
      source.child.stdin!.write(lines(0, 50_000))
      await sinks[1]!.until('a good part', () => numbers(file).length > 20_000)
      await sinks[0]!.stop('SIGKILL')
      await settled(source, 50_000)
      assert.ok((await records(sinks[1]!)) > 0)
      t.diagnostic(`${complete(file, 50_000)} twice`)
      source.child.stdin!.end()
      assert.equal(await source.exited, 0)
    })
  }

  test('many producers to one consumer: all arrives, and all are forgotten', async t => {
    const file = join(folder(t), 'out')
    const sink = consumer(t, 'bind ack+tcp://127.0.0.1:*', file)
    const link = `connect ack+tcp://127.0.0.1:${await portOf(sink)}`
    const sources = upTo(4).map(n => producer(t, link, [], lines(n * 10_000, (n + 1) * 10_000)))
    assert.deepEqual(await Promise.all(sources.map(source => source.exited)), [0, 0, 0, 0])
    complete(file, 40_000)
    await sink.untilStatus('nobody', peers(0))
  })

  test('nobody connected at SIGTERM: exit 75 after the grace, or at a second SIGTERM; the log says what is left', async t => {
    const port = await freePort()
    for (const link of [`connect ack+tcp://127.0.0.1:${port}`, 'bind ack+tcp://127.0.0.1:*']) {
      for (const grace of ['200ms', '1h']) {
        const source = producer(t, link, ['--grace', grace], lines(0, 10))
        await source.untilStatus('10 held', held(10))
        const { status, body } = await source.admin('/readyz')
        assert.equal(status, 503)
        assert.match(body, /^ack\+tcp:\/\/127.0.0.1:\d+: nobody is connected\n$/)
        source.child.kill('SIGTERM')
        await source.log(/^stopping$/)
        if (grace === '1h') source.child.kill('SIGTERM')
        assert.equal(await source.exited, 75)
        const left = source.logs.find(({ msg }) => /not accepted downstream/.test(msg))!
        assert.equal(left.records, 10)
        t.diagnostic(JSON.stringify(left))
      }
    }
  })

  test('what is dropped is told: at once, and what came after it at the end', async t => {
    const nobody = `connect ack+tcp://127.0.0.1:${await freePort()}`
    const source = producer(t, nobody, ['--buffer', '64KiB', '--when-full', 'drop-newest', '--grace', '0s'])
    source.child.stdin!.write(lines(0, 20_000))
    await source.untilStatus('all', status => stageOf(status).books.in === 20_000)
    assert.equal(await source.stop(), 75)
    const dropped = source.logs.filter(({ msg }) => /^records were dropped/.test(msg))
    assert.equal(dropped.length, 2, source.stderr)
    assert.match(dropped[0]!.msg, /as --when-full says: no room for them; ack.*: nobody is connected$/)
    const { records: left } = source.logs.find(({ msg }) => /not accepted downstream/.test(msg))!
    const sum = dropped.reduce((sum, { records }) => sum + Number(records), 0)
    assert.equal(sum + Number(left), 20_000)
  })

  test('a consumer that is lost with everything under way: /readyz says that nobody is connected', async t => {
    const file = join(folder(t), 'out')
    const source = producer(t, 'bind ack+tcp://127.0.0.1:*', ['--buffer', '1MiB'])
    const link = `connect ack+tcp://127.0.0.1:${await portOf(source)}`
    const sink = consumer(t, link, file, ['--buffer', '128KiB'])
    await source.untilStatus('one', peers(1))
    sink.child.kill('SIGSTOP')
    source.child.stdin!.write(lines(0, 5_000))
    await source.untilStatus('all', ({ stages }) => stages[0]!.books.in > 2_000)
    await sink.stop('SIGKILL')
    await source.untilStatus('nobody is connected', ({ waiting }) =>
      /nobody is connected/.test(String(waiting)),
    )
    consumer(t, link, file)
    await settled(source, 5_000)
    assert.equal((await source.admin('/readyz')).status, 200)
    complete(file, 5_000)
  })

  /** Producer and consumer with a proxy between them. */
  async function proxied(
    t: TestContext,
    binder: 'producer' | 'consumer',
    { push = [], pull = [] }: { push?: string[]; pull?: string[] } = {},
  ): Promise<{ source: Sluice; sink: Sluice; proxy: TcpProxy; file: string }> {
    const file = join(folder(t), 'out')
    const port = await freePort()
    const proxy = await TcpProxy.open(t, port)
    const near = `bind ack+tcp://127.0.0.1:${port}`
    const far = `connect ack+tcp://127.0.0.1:${proxy.port}`
    const create = {
      producer: (link: string) => producer(t, link, push),
      consumer: (link: string) => consumer(t, link, file, pull),
    }
    // First the one who listens: the proxy would hang up.
    const first = create[binder](near)
    await first.ready()
    const second = create[binder === 'producer' ? 'consumer' : 'producer'](far)
    const [source, sink] = binder === 'producer' ? [first, second] : [second, first]
    await source.untilStatus('connected', peers(1))
    return { source, sink, proxy, file }
  }

  for (const binder of ['producer', 'consumer'] as const) {
    test(`the connection is reset 20 times under load (${binder} binds): nothing is lost, and nothing piles up`, async t => {
      const { source, sink, proxy, file } = await proxied(t, binder, { push: ['--batch-bytes', '4KiB'] })
      const before = [source, sink].map(descriptors)
      for (let n = 0; n < 20; n++) {
        source.child.stdin!.write(lines(n * 3000, (n + 1) * 3000))
        const seen = numbers(file).length
        await sink.until('some records', () => numbers(file).length > seen)
        await source.untilStatus('connected', peers(1))
        await sink.untilStatus('connected', peers(1))
        proxy.reset()
      }
      await settled(source, 60_000)
      // The records of a batch that was under way are known by their number, so none is written twice.
      assert.equal(complete(file, 60_000), 0)
      for (const [n, run] of [source, sink].entries()) {
        await run.untilStatus('one', peers(1))
        await run.until('no descriptors left over', () => descriptors(run) <= before[n]! + 2)
        // A reset may hit a handshake; and who has no processor for 250 ms sees it only when libzmq has dialled again, with what was
        // left over in front of the hello.
        assert.ok(warnings(run).length <= 1, warnings(run).join('\n'))
        for (const warning of warnings(run)) assert.match(warning, /no acknowledged pipe|hello first/)
      }
    })

    test(`the one who dials is cut off, the other one is not told (${binder} binds): the new session takes its place`, async t => {
      const { source, sink, proxy, file } = await proxied(t, binder)
      for (let n = 0; n < 5; n++) {
        source.child.stdin!.write(lines(n * 3000, (n + 1) * 3000))
        const seen = numbers(file).length
        await sink.until('some records', () => numbers(file).length > seen)
        const { accepted } = proxy
        proxy.cutHalfOpen('client')
        await sink.until('dialled again', () => proxy.accepted > accepted)
      }
      await settled(source, 15_000)
      assert.equal(complete(file, 15_000), 0)
      await source.untilStatus('one', peers(1))
      await sink.untilStatus('one', peers(1))
    })

    test(`the one who listens is cut off, the other one is not told (${binder} binds): noticed after 20 s`, async t => {
      const { source, sink, proxy, file } = await proxied(t, binder)
      source.child.stdin!.write(lines(0, 3000))
      await settled(source, 3000)
      proxy.cutHalfOpen('server')
      source.child.stdin!.write(lines(3000, 6000))
      const dialler = binder === 'producer' ? sink : source
      const { msg } = await dialler.log(/nothing came for 20 s/)
      t.diagnostic(msg)
      await settled(source, 6000)
      assert.equal(complete(file, 6000), 0)
      assert.deepEqual([...warnings(source), ...warnings(sink)], [msg])
    })

    test(`a black hole of more than 20 s (${binder} binds): both notice, and go on by themselves`, async t => {
      const { source, sink, proxy, file } = await proxied(t, binder)
      source.child.stdin!.write(lines(0, 3000))
      await settled(source, 3000)
      proxy.blackHole = true
      source.child.stdin!.write(lines(3000, 50_000))
      await Promise.all([source, sink].map(run => run.log(/nothing came for 20 s/)))
      await source.untilStatus('nobody', peers(0))
      const { accepted } = proxy
      await sink.until('dialled again', () => proxy.accepted > accepted)
      proxy.blackHole = false
      await settled(source, 50_000)
      assert.equal(complete(file, 50_000), 0)
      for (const run of [source, sink]) isQuiet(run)
    })

    test(`200 ms each way (${binder} binds): the window is used, not one batch for each round trip`, async t => {
      const { source, proxy, file } = await proxied(t, binder, { push: ['--batch-bytes', '4KiB'] })
      proxy.delay = 200
      const since = Date.now()
      source.child.stdin!.write(lines(0, 30_000))
      await settled(source, 30_000)
      // One by one, a thousand batches would take minutes: longer than a test may.
      t.diagnostic(`${Date.now() - since} ms`)
      assert.equal(complete(file, 30_000), 0)
    })

    test(`a consumer that is stopped for more than 20 s with a full window (${binder} binds): no loss, no storm, no growth`, async t => {
      const { source, sink, proxy, file } = await proxied(t, binder)
      sink.child.kill('SIGSTOP')
      source.child.stdin!.write(lines(0, 100_000))
      await source.untilStatus('all', ({ stages }) => stages[0]!.books.in === 100_000)
      const before = memory(source)
      await source.log(/nothing came for 20 s/)
      if (binder === 'consumer') await source.until('dialled again twice', () => proxy.accepted >= 3)
      t.diagnostic(
        `${Math.round((memory(source) - before) / 2 ** 20)} MiB more, ${proxy.accepted} connections`,
      )
      assert.ok(memory(source) - before < 40 * 2 ** 20, `${before} → ${memory(source)}`)
      sink.child.kill('SIGCONT')
      await settled(source, 100_000)
      assert.equal(complete(file, 100_000), 0)
      assert.ok(proxy.accepted < 10, `${proxy.accepted} connections`)
      for (const run of [source, sink]) isQuiet(run)
    })
  }

  test('a consumer that takes smaller messages and records: what cannot be sent and what is refused are dead letters', async t => {
    const file = join(folder(t), 'out')
    const sink = consumer(t, 'bind ack+tcp://127.0.0.1:*', file, [
      '--max-message',
      '16KiB',
      '--max-record',
      '4KiB',
    ])
    const source = producer(t, `connect ack+tcp://127.0.0.1:${await portOf(sink)}`)
    const long = (n: number, length: number) =>
      `<13>Oct 11 22:14:15 web1 app: ${'x'.repeat(length)} number ${n}\n`
    source.child.stdin!.write(
      lines(0, 500) + long(500, 6000) + lines(501, 1000) + long(1000, 40_000) + lines(1001, 1500),
    )
    const { stages } = await source.untilStatus(
      'all',
      status => stageOf(status).books.in === 1500 && held(0)(status),
    )
    const { stored, dead, balanced } = stages[0]!.books
    assert.deepEqual({ stored, dead, balanced }, { stored: 1498, dead: 2, balanced: true })
    assert.deepEqual(
      numbers(file),
      upTo(1500).filter(n => n !== 500 && n !== 1000),
    )
    assert.deepEqual(numbers(join(sink.folder, 'consumer.dead.ndjson')), [500])
    assert.deepEqual(numbers(join(source.folder, 'producer.dead.ndjson')), [1000])
  })

  test('frames of another sender at, just over and far over --max-message; records over --max-record', async t => {
    const file = join(folder(t), 'out')
    const sink = consumer(t, 'bind ack+tcp://127.0.0.1:*', file, [
      '--max-message',
      '64KiB',
      '--max-record',
      '4KiB',
    ])
    const address = `tcp://127.0.0.1:${await portOf(sink)}`
    const record = (n: number, length: number) => {
      const start = `{"@meta":{"id":"n${n}","received":1},"message":"`
      const end = ` number ${n}"}`
      return `${start}${'x'.repeat(length - start.length - end.length)}${end}\n`
    }
    const foreign = new Dealer({ linger: 0 })
    foreign.connect(address)
    const say = (text: string) => foreign.send(text)
    const hear = async () => {
      for (;;) {
        const control = JSON.parse(String((await foreign.receive())[0]))
        if (control.ack?.length !== 0) return control
      }
    }
    await say('{"hello":1,"role":"push","sender":"foreign","from":1}')
    assert.equal((await hear()).max, 64 * 1024)
    await say(`{"batch":1}\n${record(0, 3500)}${record(1, 4097)}`)
    assert.deepEqual((await hear()).ack, [[1, { stored: 1, dead: 1 }]])
    const fill = (size: number, n: number) => {
      const control = `{"batch":${n}}\n`
      return (
        control +
        `${'y'.repeat(1023)}\n`.repeat((size - control.length) / 1024).padEnd(size - control.length, 'z')
      )
    }
    for (const [n, size] of [64 * 1024, 64 * 1024 + 1].entries()) {
      assert.equal(fill(size, n + 2).length, size)
      await say(fill(size, n + 2))
      assert.equal([(await hear()).ack[0]].flat()[0], n + 2)
    }
    const gone = new Promise(resolve => foreign.events.on('disconnect', resolve))
    await say(fill(4 * 2 ** 20, 4))
    await gone
    foreign.close()
    const source = producer(t, `connect ack+${address}`, [], lines(10, 20))
    assert.equal(await source.exited, 0)
    assert.deepEqual(
      numbers(file).filter(n => n !== 0),
      upTo(20).slice(10),
    )
  })

  test('a window of 64 KiB before a sink that likes 5 MiB: it writes when the window is full, and waits for no more', async t => {
    const stub = new BulkStub({})
    const url = await stub.listen()
    t.after(() => stub.close())
    const sink = new Sluice(t, 'sluice-elasticsearch', [
      '--pull-bind',
      'ack+tcp://127.0.0.1:*?window=64KiB',
      '--node',
      url,
      // The last one may wait for company; if all did, they would take longer than a test may.
      '--batch-delay',
      '30s',
    ])
    const { stages } = await sink.untilStatus('bound', ({ stages }) => stages.length > 0)
    const port = /:(\d+)(\?|$)/.exec(stages[0]!.links[0]!.endpoint)![1]
    const source = producer(t, `connect ack+tcp://127.0.0.1:${port}`, [], lines(0, 10_000))
    assert.equal(await source.exited, 0)
    t.diagnostic(`${stub.sizes.length} requests`)
    assert.equal(stub.stored.size, 10_000)
  })

  test('hundreds of strangers at once: the peers are served, the log stays short, no descriptor is left', async t => {
    const { source, sink, file } = await proxied(t, 'consumer')
    const port = await portOf(sink)
    const before = descriptors(sink)
    const strangers = upTo(300).map(n => {
      const stranger = connect(port, '127.0.0.1').on('error', () => {})
      if (n % 3 === 1) stranger.write('GET / HTTP/1.1\r\n\r\n')
      if (n % 3 === 2) stranger.end('\xff\x00\x00')
      return stranger
    })
    await Promise.all(strangers.map(stranger => stranger.readyState === 'open' || once(stranger, 'connect')))
    source.child.stdin!.write(lines(0, 20_000))
    await settled(source, 20_000)
    for (const stranger of strangers) stranger.destroy()
    await sink.until('none left over', () => descriptors(sink) <= before + 2)
    assert.equal(complete(file, 20_000), 0)
    await sink.log(/no acknowledged pipe/)
    assert.equal(warnings(sink).length, 1, warnings(sink).join('\n'))
    await sink.untilStatus('one', peers(1))
    assert.deepEqual(warnings(source), [])
  })

  test('200 short-lived producers in turn: nothing is left of them', async t => {
    const file = join(folder(t), 'out')
    const sink = consumer(t, 'bind ack+tcp://127.0.0.1:*', file)
    const address = `tcp://127.0.0.1:${await portOf(sink)}`
    const visit = async (n: number) => {
      const dealer = new Dealer({ linger: 1000 })
      dealer.connect(address)
      await dealer.send(`{"hello":1,"role":"push","sender":"visitor-${n}","from":1}`)
      await dealer.send(`{"batch":1}\n{"message":" number ${n}"}\n{"message":"${'x'.repeat(5_000)}"}`)
      for (;;) {
        const { ack = [] } = JSON.parse(String((await dealer.receive())[0]))
        if (ack.length > 0) break
      }
      // Every second one just goes.
      if (n % 2 === 0) await dealer.send('{"bye":true}')
      dealer.close()
    }
    for (let n = 0; n < 20; n++) await visit(n)
    await sink.untilStatus('nobody', peers(0))
    const before = { descriptors: descriptors(sink), memory: memory(sink) }
    for (let n = 20; n < 200; n++) await visit(n)
    await sink.untilStatus('nobody', peers(0))
    await sink.until('none left over', () => descriptors(sink) <= before.descriptors + 1)
    t.diagnostic(`${Math.round((memory(sink) - before.memory) / 2 ** 20)} MiB more`)
    assert.ok(memory(sink) - before.memory < 80 * 2 ** 20)
    assert.equal(complete(file, 200), 0)
    assert.deepEqual(warnings(sink), [])
  })

  test('20,000 batches of one small record: nothing freezes', async t => {
    const file = join(folder(t), 'out')
    const sink = consumer(t, 'bind ack+tcp://127.0.0.1:*', file)
    const feeder = await freePort()
    const source = new Sluice(t, 'sluice-syslog-json', [
      '--pull-bind',
      `tcp://127.0.0.1:${feeder}`,
      '--push-connect',
      `ack+tcp://127.0.0.1:${await portOf(sink)}`,
      '--batch-bytes',
      '1',
      '--batch-delay',
      '0',
    ])
    const push = new Push({ linger: 1000 })
    push.connect(`tcp://127.0.0.1:${feeder}`)
    const since = Date.now()
    for (let n = 0; n < 20_000; n++) await push.send(`number ${n}`)
    await settled(source, 20_000)
    t.diagnostic(`${Date.now() - since} ms`)
    assert.deepEqual(numbers(file), upTo(20_000))
    push.close()
  })

  test('dialling again and again costs next to nothing, and leaves nothing behind', async t => {
    let calls = 0
    const server = createServer(socket => {
      calls++
      socket.on('error', () => {}).resetAndDestroy()
    })
    const port = await listening(server)
    t.after(() => server.close())
    const source = producer(t, `connect ack+tcp://127.0.0.1:${port}`, [], lines(0, 10))
    await source.until('called', () => calls >= 2)
    const [open, used] = [descriptors(source), processor(source)]
    await source.until('called often', () => calls >= 8)
    t.diagnostic(
      `${processor(source) - used} ms of processor time, ${open} → ${descriptors(source)} descriptors`,
    )
    assert.ok(descriptors(source) <= open + 8)
    assert.ok(processor(source) - used < 1_000)
    assert.equal(warnings(source).length, 1)
  })
})

test('bug: the second frame of a message was lost, and acknowledged', async t => {
  const path = join(mkdtempSync(join(tmpdir(), 'sluice-')), 'out')
  t.after(() => rmSync(dirname(path), { recursive: true }))
  const run = new Sluice(t, 'sluice-relay', [
    '--pull-bind',
    'ack+tcp://127.0.0.1:*',
    '--push-connect',
    `file://${path}`,
  ])
  const socket = new Dealer({ linger: 0 })
  t.after(() => socket.close())
  socket.connect(`tcp://127.0.0.1:${await run.port()}`)
  await socket.send('{"hello":1,"role":"push","sender":"two-frames","from":1}')
  await socket.receive()
  await socket.send(['{"batch":1}', '{"message":"x"}\n'])
  for (;;) {
    const [frame] = await socket.receive()
    const answer = String(frame)
    assert.doesNotMatch(answer, /"ack":\[\[?1/)
    if (answer.includes('reset')) break
  }
  await run.log(/the session with one who connected has ended: a message has one frame/)
})
