import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Sluice } from '../support/process.ts'
import { sendDatagrams } from '../support/udp.ts'

describe('sluice run', { concurrency: true }, () => {
  test('runs a chain in one process: 10,000 datagrams in, as many records out, and the books balance', async t => {
    const run = new Sluice(t, 'sluice', [
      'run',
      '--name',
      'chain',
      'syslog-udp --listen 127.0.0.1:0 --receive-buffer 4MiB | syslog-json',
    ])
    const port = await run.port()
    for (let sent = 0; sent < 10_000; sent += 1000) {
      await sendDatagrams(
        port,
        Array.from({ length: 1000 }, (_, n) => `<13>Oct 11 22:14:15 web1 app: number ${sent + n}`),
      )
      await run.untilStatus('them', ({ stages }) => stages[0]!.books.in === sent + 1000)
    }
    const messages = new Set((await run.records(10_000)).map(({ message }) => message))
    assert.equal(messages.size, 10_000)
    const { stages } = await run.untilStatus('nothing held', ({ stages }) =>
      stages.every(({ books }) => books.held === 0),
    )
    assert.deepEqual(
      stages.map(({ name }) => name),
      ['syslog-udp', 'syslog-json'],
    )
    for (const { books } of stages)
      assert.deepEqual(books, { in: 10_000, sent: 10_000, held: 0, balanced: true })
    assert.equal(await run.stop(), 0)
  })

  test('the first stage may pull and the last may push', async t => {
    const run = new Sluice(
      t,
      'sluice',
      ['run', 'syslog-json --pull-connect - | syslog-json --push-connect -?format=ndjson'],
      {
        stdin: '<13>Oct 11 22:14:15 web1 app: <14>Oct 11 22:14:16 web2 inner: text\n',
      },
    )
    assert.equal(await run.exited, 0, run.stderr)
    const { host, message } = JSON.parse(run.stdout)
    assert.deepEqual({ host, message }, { host: 'web2', message: 'text' })
  })

  for (const [what, chain, message] of [
    [
      'an inner endpoint',
      'syslog-udp | syslog-json --pull-connect tcp://127.0.0.1:1',
      /joined to syslog-udp inside the process/,
    ],
    [
      'a source that is not first',
      'syslog-json | syslog-udp',
      /syslog-udp takes nothing in, so it can only stand first/,
    ],
    [
      'a sink that is not last',
      'elasticsearch | syslog-json',
      /elasticsearch gives nothing out, so it can only stand last/,
    ],
    ['an unknown daemon', 'syslog-udp | syslog-jason', /no daemon "syslog-jason"/],
    [
      'an unknown flag of a stage',
      'syslog-udp --lisen :1 | syslog-json',
      /^sluice run: syslog-udp: unknown option '--lisen' \(Did you mean --listen\?\) \(see sluice syslog-udp --help\)$/m,
    ],
    [
      'help of a stage',
      'syslog-udp --help | syslog-json',
      /^sluice run: syslog-udp: for its help, write sluice syslog-udp --help$/m,
    ],
    ['a bad step', 'syslog-udp | map', /^sluice run: map: there is nothing to do: give --do STEP/],
    [
      'an option of the process in a stage',
      'syslog-udp | store --name x',
      /^sluice run: store: --name belongs to the process: write sluice run --name x '…'$/m,
    ],
    [
      '--check in a stage',
      'syslog-udp | relay --check',
      /relay: --check belongs to the process: .* --check '…'$/m,
    ],
    ['an open quote', "syslog-udp | syslog-json 'x", /quote ' at character \d+ is not closed/],
    ['an empty stage', 'syslog-udp | | syslog-json', /a stage is empty/],
  ] as const) {
    test(`${what} is misuse, in one line`, async t => {
      const run = new Sluice(t, 'sluice', ['run', chain])
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, message)
      assert.equal(run.stderr.split('\n').length, 2)
    })
  }

  test('bug: of a port that is taken, it was not said whose it is in the chain', async t => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const { port } = taken.address() as AddressInfo
    const run = new Sluice(t, 'sluice', ['run', `syslog-tcp --listen 127.0.0.1:${port} | relay`])
    assert.equal(await run.exited, 70)
    assert.match(run.stderr, /^sluice run: syslog-tcp: --listen 127\.0\.0\.1:\d+: the port is in use/m)
  })

  test('a chain without quotes is misuse that says so', async t => {
    const run = new Sluice(t, 'sluice', ['run', 'syslog-udp', '|', 'syslog-json'])
    assert.equal(await run.exited, 64)
    assert.match(run.stderr, /^sluice run: the chain is one word: write quotes around it, .*\n$/)
  })

  test('flags of the process stand before the chain; variables are for the process only', async t => {
    const run = new Sluice(
      t,
      'sluice',
      ['run', '--grace', '3s', 'syslog-udp --listen 127.0.0.1:0 | syslog-json'],
      {
        env: { SLUICE_NAME: 'by-variable', SLUICE_SCHEMA: 'nonsense' },
      },
    )
    await run.ready()
    assert.equal(run.logs[0]!.name, 'by-variable')
    assert.equal(await run.stop('SIGINT'), 0)
  })

  test('stages of one daemon have names of their own', async t => {
    const run = new Sluice(t, 'sluice', ['run', 'syslog-json | syslog-json | syslog-json'], { stdin: 'open' })
    const { stages } = await run.untilStatus('ready', ({ ready }) => ready)
    assert.deepEqual(
      stages.map(({ name }) => name),
      ['syslog-json', 'syslog-json-2', 'syslog-json-3'],
    )
  })

  test("an administrator's own daemon is a stage like any other", async t => {
    const run = new Sluice(t, 'sluice', ['run', 'syslog-json | ./shout.ts --mark !'], { stdin: 'open' })
    writeFileSync(
      join(run.folder, 'shout.ts'),
      `import { filter, text } from 'sluice'
       export default filter({
         summary: 'Shout',
         options: { mark: text('Put behind it', '.') },
         open: ({ mark }) => record => ({ ...record, message: String(record.message).toUpperCase() + mark }),
       })`,
    )
    run.child.stdin!.end('hello\n')
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(JSON.parse(run.stdout).message, 'HELLO!')
  })
})
