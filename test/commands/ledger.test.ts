// The ledger of real daemons: what is proven, what is not known, and what it says.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Ledger } from '../../src/commands/ledger/ledger.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { sendDatagrams } from '../support/udp.ts'

/** A host of its own: daemons that have one runtime folder, and the ledger that looks at them. */
function host(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-ledger-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = { RUNTIME_DIRECTORY: folder, STATE_DIRECTORY: folder, NO_COLOR: '1' }
  const daemon = (name: string, program: string, ...args: string[]) =>
    new Sluice(t, program, ['--name', name, ...args], { env, stdin: 'open' })
  return {
    folder,
    daemon,
    /** Gives records on from one endpoint to another. */
    relay: (name: string, pull: string, push = `connect file://${folder}/${name}.out`, ...args: string[]) =>
      daemon(name, 'sluice-relay', ...`--pull-${pull} --push-${push}`.split(' '), ...args),
    ledger: (...args: string[]) => new Sluice(t, 'sluice', ['ledger', ...args], { env }),
    async json(...args: string[]): Promise<{ ledger: Ledger; code: number | null; stderr: string }> {
      const run = new Sluice(t, 'sluice', ['ledger', '--json', ...args], { env })
      const code = await run.exited
      return { ledger: JSON.parse(run.stdout || '{}'), code, stderr: run.stderr }
    },
  }
}

function feed(run: Sluice, count: number, size = 10): void {
  const text = 'x'.repeat(size)
  run.child.stdin!.write(
    Array.from({ length: count }, (_, n) => `{"message":"number ${n} ${text}"}\n`).join(''),
  )
}

/** Waits until the first stage has taken in so many, and nothing of it is held. */
const taken = (run: Sluice, count: number) =>
  run.untilStatus(
    `${count} records`,
    ({ stages }) => stages[0]?.books.in === count && stages[0].books.held === 0,
  )

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1)!

describe('sluice ledger', { concurrency: 4 }, () => {
  test('nobody there: 2, and where it looked', async t => {
    const { ledger, folder } = host(t)
    const run = ledger()
    assert.equal(await run.exited, 2)
    assert.equal(run.stderr, `sluice ledger: there is no admin socket in ${folder}\n`)
    assert.equal(run.stdout, 'cannot tell yet: no daemon was found\n')
  })

  test('an acknowledged chain with a spool whose sink is dead: held on disk, and balanced', async t => {
    const { relay, json, ledger, folder } = host(t)
    const [first, second] = [await freePort(), await freePort()]
    const middle = relay(
      'middle',
      `bind ack+tcp://127.0.0.1:${first}`,
      `connect ack+tcp://127.0.0.1:${second}`,
      '--spool',
      folder,
    )
    const sink = relay('sink', `bind ack+tcp://127.0.0.1:${second}`, `connect file://${folder}/out`)
    const source = relay('source', 'connect -', `connect ack+tcp://127.0.0.1:${first}`)
    feed(source, 1000)
    await taken(source, 1000)
    await taken(sink, 1000)
    // What it has taken and not acknowledged yet would be held as well.
    await middle.untilStatus('an empty spool', ({ stages }) => {
      const { spool } = stages[0] as { spool?: { records: number } }
      return spool?.records === 0
    })
    await sink.stop('SIGKILL')
    feed(source, 500)
    await taken(source, 1500)

    const { ledger: said, code, stderr } = await json()
    assert.equal(code, 0)
    assert.equal(stderr, `sluice ledger: ${folder}/sink.sock: nobody answers\n`)
    assert.equal(said.summary, 'balanced: 2 daemons, 1,500 records in, 500 held')
    const [spool] = said.spools
    assert.deepEqual(
      { ...spool, file: '' },
      { name: 'middle', file: '', in: 1500, made: 0, held: 500, outcomes: { stored: 1000 }, missing: 0 },
    )
    assert.deepEqual(said.links, [])
    const text = ledger()
    assert.equal(await text.exited, 0)
    assert.match(text.stdout, /^source +filter +1,500 = 1,500 spooled$/m)
    assert.match(text.stdout, /^middle +spool +1,500 = 1,000 stored \+ 500 held$/m)
    assert.doesNotMatch(text.stdout, /\u001b/)

    const again = relay('sink', `bind ack+tcp://127.0.0.1:${second}`, `connect file://${folder}/out`)
    await taken(again, 500)
    const end = await json()
    assert.equal(end.code, 0)
    assert.equal(end.stderr, '')
    assert.equal(end.ledger.stages.find(({ name }) => name === 'sink')!.outcomes.stored, 500)
  })

  test('a plain chain: what was pushed has arrived, also while it flows', async t => {
    const { relay, json } = host(t)
    const port = await freePort()
    const sink = relay('sink', `bind tcp://127.0.0.1:${port}`)
    await sink.ready()
    const source = relay('source', 'connect -', `connect tcp://localhost:${port}`)
    await source.ready()
    const flowing = json()
    for (let n = 1; n <= 20; n++) {
      feed(source, 500)
      await taken(source, n * 500)
    }
    assert.notEqual((await flowing).code, 1)
    await taken(sink, 10_000)
    const { ledger, code } = await json()
    assert.equal(code, 0)
    const { pushed, pulled, state, pushers, pullers } = ledger.links[0]!
    assert.deepEqual([pushed, pulled, state], [10_000, 10_000, 'arrived'])
    assert.deepEqual([pushers, pullers], [['source'], ['sink']])
  })

  test('a plain link whose receiver hangs up on a message that is too large: the loss is proven', async t => {
    const { relay, ledger, json } = host(t)
    const port = await freePort()
    const sink = relay(
      'sink',
      `bind tcp://127.0.0.1:${port}`,
      undefined,
      '--max-message',
      '64KiB',
      '--max-record',
      '32KiB',
    )
    await sink.ready()
    const source = relay('source', 'connect -', `connect tcp://127.0.0.1:${port}`)
    feed(source, 10)
    await taken(sink, 10)
    feed(source, 7, 140_000)
    await taken(source, 17)
    await source.untilStatus('connected again', ({ stages }) =>
      stages[0]!.links.some(({ endpoint, peers }) => endpoint.startsWith('tcp:') && peers === 1),
    )
    const text = ledger()
    const { ledger: said, code } = await json()
    assert.equal(code, 1, JSON.stringify(said.links))
    assert.deepEqual([said.lost, said.summary], [7, 'loss: 7 records are lost'])
    assert.equal(await text.exited, 1)
    assert.match(text.stdout, / {4}17 pushed, 10 pulled: 7 records lost\n/)
    assert.equal(lastLine(text.stdout), 'loss: 7 records are lost')
  })

  test('a receiver that has no room: what waits in the sockets is not lost', async t => {
    const { relay, json } = host(t)
    const port = await freePort()
    const nobody = `connect tcp://127.0.0.1:${await freePort()}`
    const sink = relay('sink', `bind tcp://127.0.0.1:${port}`, nobody, '--buffer', '64KiB')
    await sink.untilStatus('bound', ({ stages }) => stages[0]?.links.length === 2)
    const source = relay('source', 'connect -', `connect tcp://127.0.0.1:${port}`)
    feed(source, 5000, 100)
    await taken(source, 5000)
    const { ledger, code } = await json()
    assert.equal(code, 2)
    const [link] = ledger.links.filter(({ pullers }) => pullers.length > 0)
    assert.deepEqual([link!.state, link!.note], ['moving', 'sink is held up, and more may wait before it'])
  })

  test('a receiver that is killed and replaced took its books with it: nothing is proven', async t => {
    const { relay, json } = host(t)
    const port = await freePort()
    const open = () => relay('sink', `bind tcp://127.0.0.1:${port}`)
    const sink = open()
    await sink.ready()
    const source = relay('source', 'connect -', `connect tcp://127.0.0.1:${port}`)
    feed(source, 10)
    await taken(sink, 10)
    await sink.stop('SIGKILL')
    const alone = await json()
    assert.equal(alone.code, 2)
    assert.deepEqual(
      [alone.ledger.links[0]!.state, alone.ledger.links[0]!.note],
      ['unknown', 'no daemon that was asked pulls here'],
    )
    const next = open()
    await next.ready()
    feed(source, 5)
    await taken(next, 5)
    const { ledger, code } = await json()
    assert.equal(code, 2)
    assert.match(ledger.links[0]!.note, /^sink began its books after source/)
    assert.equal(ledger.summary, 'cannot tell yet: 1 plain link cannot be compared')
  })

  test('a pusher that is killed and replaced: its old books are gone, and that is said', async t => {
    const { relay, json } = host(t)
    const port = await freePort()
    const sink = relay('sink', `bind tcp://127.0.0.1:${port}`)
    await sink.ready()
    const open = () => relay('source', 'connect -', `connect tcp://127.0.0.1:${port}`)
    const source = open()
    feed(source, 10)
    await taken(sink, 10)
    await source.stop('SIGKILL')
    feed(open(), 5)
    await taken(sink, 15)
    const { ledger, code } = await json()
    assert.equal(code, 2)
    assert.match(ledger.links[0]!.note, /begun new books since/)
  })

  test('what the kernel dropped is a line, and no imbalance', async t => {
    const { daemon, ledger, folder } = host(t)
    const edge = daemon(
      'edge',
      'sluice-syslog-udp',
      ...['--listen', '127.0.0.1:0', '--receive-buffer', '4KiB', '--push-connect', `file://${folder}/out`],
    )
    const port = await edge.port()
    edge.child.kill('SIGSTOP')
    await sendDatagrams(port, Array<string>(500).fill('<13>Oct 11 22:14:15 web1 app: hello'))
    edge.child.kill('SIGCONT')
    const { stages } = await edge.untilStatus('drops', ({ stages }) => stages[0]!.counters.kernelDropped! > 0)
    const dropped = stages[0]!.counters.kernelDropped
    const run = ledger()
    assert.equal(await run.exited, 0)
    const line = `edge: the kernel dropped ${dropped} datagrams before anything saw them`
    assert.ok(run.stdout.includes(`\n${line}\n`), run.stdout)
    assert.match(lastLine(run.stdout), /^balanced: 1 daemon, /)
  })

  test('a daemon elsewhere is asked at its --admin face; --local asks those of this host as well', async t => {
    const [far, here] = [host(t), host(t)]
    const remote = far.relay('remote', 'connect -', undefined, '--admin', '127.0.0.1:0')
    const face = (await remote.faces()).find(address => address.startsWith('http:'))!
    await remote.ready()
    await here.relay('local', 'connect -').ready()
    const names = ({ ledger }: { ledger: Ledger }) => ledger.stages.map(({ name }) => name).sort()
    assert.deepEqual(names(await here.json()), ['local'])
    assert.deepEqual(names(await here.json(face)), ['remote'])
    assert.deepEqual(names(await here.json(face.replace('http://', ''))), ['remote'])
    assert.deepEqual(names(await here.json(`${far.folder}/remote.sock`)), ['remote'])
    // Asked at two doors, it is one.
    assert.deepEqual(names(await here.json('--local', face, `${far.folder}/remote.sock`)), [
      'local',
      'remote',
    ])
    assert.deepEqual(names(await far.json('--names', 'remote')), ['remote'])
  })

  test('one that was named and does not answer: 2', async t => {
    const { relay, json, folder } = host(t)
    await relay('there', 'connect -').ready()
    const port = await freePort()
    for (const args of [
      ['--names', 'there', '--names', 'nowhere'],
      ['--local', `127.0.0.1:${port}`],
      ['--local', join(folder, 'nowhere.sock')],
    ]) {
      const { ledger, code, stderr } = await json(...args)
      assert.equal(code, 2)
      assert.equal(ledger.summary, 'cannot tell yet: 1 daemon did not answer')
      assert.match(stderr, /^sluice ledger: .*: nobody answers\n$/)
    }
  })

  test('one that is there and says nothing, or is something else: 2', async t => {
    const { relay, json, folder } = host(t)
    const stopped = relay('stopped', 'connect -')
    await stopped.ready()
    stopped.child.kill('SIGSTOP')
    const { code, stderr } = await json()
    assert.equal(code, 2)
    assert.equal(stderr, `sluice ledger: ${folder}/stopped.sock: no answer within 3 s\n`)

    const server = createServer((_request, response) => response.end('<html>')).listen(
      join(folder, 'web.sock'),
    )
    t.after(() => server.close())
    const other = await json(join(folder, 'web.sock'))
    assert.equal(other.code, 2)
    assert.match(other.stderr, /what answers there is no daemon of Sluice/)
  })

  test('--watch prints a line a second; Ctrl-C ends it with the code of the verdict', async t => {
    const { relay, ledger, daemon } = host(t)
    await relay('one', 'connect -').ready()
    const run = ledger('--watch')
    await run.until('two lines', ({ stdout }) => stdout.split('\n').length > 2)
    assert.equal(await run.stop('SIGINT'), 0)
    for (const line of run.stdout.trimEnd().split('\n'))
      assert.match(line, /^\d\d:\d\d:\d\dZ balanced: 1 daemon, 0 held, 0\/s$/)

    const port = await freePort()
    const two = daemon('two', 'sluice-relay', '--pull-connect', '-', '--push-bind', `tcp://127.0.0.1:${port}`)
    await two.ready()
    const objects = ledger('--watch', '--json')
    await objects.until('two objects', ({ stdout }) => stdout.split('\n').length > 2)
    assert.equal(await objects.stop('SIGTERM'), 0)
    const said: Ledger[] = objects.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual(
      said.map(({ verdict, stages }) => [verdict, stages.length]),
      said.map(() => ['balanced', 2]),
    )
  })

  test('--help teaches, within 80 columns', async t => {
    const run = host(t).ledger('--help')
    assert.equal(await run.exited, 0)
    assert.match(run.stdout, /Exit code 0: balanced\. 1: loss/)
    assert.deepEqual(
      run.stdout.split('\n').filter(line => line.length > 80),
      [],
    )
  })

  for (const [args, message] of [
    [['edge'], /^sluice ledger: edge: write HOST:PORT, .*--names edge\n$/],
    [['--wach'], /Did you mean --watch\?/],
    [['--watch=5'], /^sluice ledger: .*watch/],
    [['tcp://far.example:1'], /write HOST:PORT or https:\/\/HOST:PORT\n$/],
  ] as const) {
    test(`${args.join(' ')} is misuse, in one line`, async t => {
      const run = host(t).ledger(...args)
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, message)
      assert.equal(run.stderr.split('\n').length, 2)
    })
  }

  test('a folder that may not be read is misuse, in one line', async t => {
    const { folder } = host(t)
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const run = new Sluice(t, 'sluice', ['ledger'], { env: { RUNTIME_DIRECTORY: file } })
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /^sluice ledger: .*file: ENOTDIR/)
  })
})
