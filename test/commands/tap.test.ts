// What `sluice tap` shows of real daemons, and what it leaves alone.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'

/** Daemons that have one runtime folder, and taps that look into them. */
function host(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tap-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = { RUNTIME_DIRECTORY: folder, STATE_DIRECTORY: folder, NO_COLOR: '1' }
  return {
    folder,
    daemon: (name: string, ...args: string[]) =>
      new Sluice(t, 'sluice', [...args.slice(0, 1), '--name', name, ...args.slice(1)], {
        env,
        stdin: 'open',
      }),
    tap: (...args: string[]) => new Sluice(t, 'sluice', ['tap', ...args], { env }),
  }
}

/** Writes them; called again and again, it leaves time to the others on this machine. */
async function feed(run: Sluice, lines: string): Promise<void> {
  run.child.stdin!.write(lines)
  await new Promise(resolve => setTimeout(resolve, 5))
}

/** Gives it record after record until the tap has shown so many, and returns those. */
async function feedUntil(
  run: Sluice,
  tap: Sluice,
  count: number,
  lines = '{"message":"paid 4111111111111111"}\n',
): Promise<{ [key: string]: unknown }[]> {
  const shown = () =>
    tap.stdout
      .split('\n')
      .slice(0, -1)
      .filter(line => !line.startsWith('{"@meta":{"missed":'))
  while (shown().length < count && tap.child.exitCode === null) await feed(run, lines)
  await tap.until(`${count} records`, () => shown().length >= count)
  return shown().map(line => JSON.parse(line))
}

const messages = (records: readonly { [key: string]: unknown }[]) => records.map(({ message }) => message)
const REDACT = ['map', '--do', 'redact message /\\d{16}/', '--push-connect', 'file:///dev/null']

describe('sluice tap', { concurrency: 4 }, () => {
  test('what comes in is as it came, what goes out is as it goes', async t => {
    const { daemon, tap } = host(t)
    const run = daemon('cards', ...REDACT)
    await run.ready()
    const [into, out] = [tap('cards', '--in', '--count', '2'), tap('cards', '--count', '2')]
    assert.deepEqual(messages(await feedUntil(run, into, 2)), Array(2).fill('paid 4111111111111111'))
    assert.deepEqual(messages(await feedUntil(run, out, 2)), Array(2).fill('paid ****'))
    assert.equal(await into.exited, 0)
    assert.equal(await out.exited, 0)
    assert.equal(out.stderr, '')
  })

  test('a query, one in so many, pretty lines', async t => {
    const { daemon, tap } = host(t)
    const run = daemon('relay', 'relay', '--push-connect', 'file:///dev/null')
    await run.ready()
    const some = tap('relay', '--match', 'n>=8', '--sample', '2', '--count', '3')
    const lines = Array.from({ length: 10 }, (_, n) => `{"n":${n},"message":"number ${n}"}\n`).join('')
    const shown = await feedUntil(run, some, 3, lines)
    assert.equal(shown.length, 3)
    for (const message of messages(shown)) assert.match(String(message), /^number [89]$/)
    const pretty = tap('relay', '--format', 'pretty', '--match', 'user:bob', '--count', '1')
    while (pretty.child.exitCode === null) {
      await feed(run, '{"host":"a\\u001b[2J","message":"hello","user":"bob"}\n')
    }
    await pretty.exited
    assert.match(pretty.stdout, /Z a\\u001b\[2J hello user=bob\n$/)
  })

  test('stages of a chain by their names; copies of a stage together', async t => {
    const { daemon, tap } = host(t)
    const run = daemon(
      'chain',
      'run',
      "relay | map*2 --do 'set hand = string(n)' | relay --push-connect file:///dev/null",
    )
    await run.ready()
    const which = tap('chain')
    assert.equal(await which.exited, 64)
    assert.equal(
      which.stderr,
      'sluice tap: chain is a chain; write chain/relay or chain/relay-2 or chain/map\n',
    )
    const none = tap('chain/nope')
    assert.equal(await none.exited, 64)
    assert.match(none.stderr, /chain has no stage "nope"; there are relay, relay-2, map\n/)
    const killed = daemon('killed', 'relay', '--push-connect', 'file:///dev/null')
    await killed.ready()
    await killed.stop('SIGKILL')
    for (const stage of ['map', 'relay-2']) {
      const alone = tap(stage)
      assert.equal(await alone.exited, 70)
      assert.match(alone.stderr, new RegExp(`/${stage}\\.sock: nobody answers; write chain/${stage}\n$`))
    }
    const part = tap('rela')
    assert.equal(await part.exited, 70)
    assert.match(part.stderr, /; there are chain\/relay, chain\/relay-2, chain/)
    assert.doesNotMatch(part.stderr, /killed/)
    const copies = tap('chain/map', '--count', '3')
    const first = tap('chain', '--stage', 'relay', '--count', '3')
    await feedUntil(run, copies, 3, '{"n":1}\n')
    await feedUntil(run, first, 3, '{"n":1}\n')
    assert.equal(await copies.exited, 0)
    assert.equal((await copies.records(3))[0]!.hand, '1')
    assert.equal((await first.records(3))[0]!.hand, undefined)
  })

  test('outputs of a filter: all, or one of them', async t => {
    const { daemon, tap, folder } = host(t)
    const to = (rule: string, name: string) => ['--to', `${rule} => file://${folder}/${name}.out`]
    const run = daemon('sorter', 'route', ...to('n:1', 'ones'), ...to('*', 'rest'))
    await run.ready()
    const all = tap('sorter')
    const nope = tap('sorter', '--output', 'nope')
    assert.equal(await nope.exited, 64)
    const [, names] = /there are (\S+), /.exec(nope.stderr) ?? []
    const ones = tap('sorter', '--output', names!, '--count', '2')
    const both = '{"n":1}\n{"n":2}\n'
    while (!/"n":1}/.test(all.stdout) || !/"n":2}/.test(all.stdout)) await feed(run, both)
    assert.deepEqual(
      (await feedUntil(run, ones, 2, both)).map(({ n }) => n),
      [1, 1],
    )
  })

  test('bug: of a hub that only people look at, nothing was shown', async t => {
    const { daemon, tap } = host(t)
    const run = daemon('hub', 'hub', '--http', '127.0.0.1:0', '--pull-connect', '-')
    await run.ready()
    const shown = await feedUntil(run, tap('hub', '--count', '2'), 2, '{"n":1}\n')
    assert.deepEqual(
      shown.map(({ n }) => n),
      [1, 1],
    )
    const out = tap('hub', '--out')
    assert.equal(await out.exited, 64)
    assert.match(
      out.stderr,
      /nothing comes out of a filter that has no outputs; ask for what goes in: --in, or /,
    )
  })

  test('what cannot be asked is said, with what to type instead', async t => {
    const { daemon, tap, folder } = host(t)
    const source = daemon('source', 'exec', '--push-connect', 'file:///dev/null', '--', 'sleep', '1000')
    const sink = daemon('sink', 'do', '--', 'true')
    await Promise.all([source.ready(), sink.ready()])
    const cases: [args: string[], code: number, said: RegExp][] = [
      [[], 64, /missing required argument 'daemon'/],
      [
        ['source', '--in'],
        64,
        /^sluice tap: nothing goes into a source; ask for what comes out: --out, or .*\n$/,
      ],
      [['sink', '--out'], 64, /nothing comes out of a sink; ask for what goes in: --in, or /],
      [['sink', '--in', '--out'], 64, /--in and --out: one of them/],
      [['sink', '--match', 'severity<='], 64, /^sluice tap: match: "severity<=": .*\(at character \d+\)\n$/],
      [['sink', '--output', 'x', '--in'], 64, /it has no outputs/],
      [['sinc'], 70, new RegExp(`${folder}/sinc.sock: nobody answers; there are sink, source\n`)],
      [['127.0.0.1:1'], 70, /127.0.0.1:1: nobody answers\n/],
      [['sink', '--sample', '0'], 64, /--sample: "0" is not a whole number from 1/],
    ]
    for (const [args, code, said] of cases) {
      const run = tap(...args)
      assert.equal(await run.exited, code, args.join(' '))
      assert.match(run.stderr, said)
      assert.equal(run.stdout, '')
    }
    // Each tap is gone again, and the daemon has not noticed.
    assert.equal((await sink.status()).stages[0]!.books.in, 0)
  })

  test('with --wait 0s it ends with the daemon, however that ends', async t => {
    const { daemon, tap } = host(t)
    for (const [signal, count, code] of [
      ['SIGTERM', '0', 0],
      ['SIGKILL', '0', 0],
      ['SIGTERM', '9999999', 1],
    ] as const) {
      const run = daemon('mortal', 'relay', '--push-connect', 'file:///dev/null')
      await run.ready()
      const look = tap('mortal', '--wait', '0s', '--count', count)
      await feedUntil(run, look, 1)
      await run.stop(signal)
      assert.equal(await look.exited, code)
      assert.equal(look.stderr, 'sluice tap: mortal has ended\n')
    }
  })

  test('it goes on with a daemon that is started again, and says what was not seen', async t => {
    const { daemon, tap } = host(t)
    const start = async () => {
      const run = daemon('again', 'relay', '--push-connect', 'file:///dev/null')
      await run.ready()
      return run
    }
    const first = await start()
    const look = tap('again', '--count', '20')
    await feedUntil(first, look, 1)
    await first.stop()
    await look.until('its end', () =>
      /again has ended; waiting 30\.0 s for it to be back\n/.test(look.stderr),
    )
    const second = await start()
    await look.until('it is back', () => /is back after [\d.]+ s; what went by before/.test(look.stderr))
    await feedUntil(second, look, 20)
    assert.equal(await look.exited, 0)
    assert.equal(look.stderr.split('\n').length, 3)
  })

  test('of copies, it says which one ended, and goes on with all of them', async t => {
    const { daemon, tap } = host(t)
    const run = daemon(
      'chain',
      'run',
      'relay | map*2 --do "set a = 1" | relay --push-connect file:///dev/null',
    )
    await run.ready()
    const look = tap('chain/map')
    await feedUntil(run, look, 2, '{"n":1}\n')
    const { copies } = await run.status()
    process.kill(copies![0]!.pid!, 'SIGKILL')
    await look.until('which', () =>
      /sluice tap: chain\.map\.1 (has ended|does not answer); waiting/.test(look.stderr),
    )
    await look.until('it is back', () => /sluice tap: chain\.map\.1 is back after/.test(look.stderr))
    run.child.stdin!.end()
    await look.until('the end of both', () => look.stderr.match(/; waiting/g)!.length === 3)
    look.child.kill('SIGINT')
    await look.exited
  })

  test('what does not come back in time is not waited for', async t => {
    const { daemon, tap } = host(t)
    const run = daemon('gone', 'relay', '--push-connect', 'file:///dev/null')
    await run.ready()
    const look = tap('gone', '--wait', '200ms', '--count', '9999999')
    await feedUntil(run, look, 1)
    await run.stop()
    assert.equal(await look.exited, 1)
    assert.match(look.stderr, /waiting 0\.2 s .*\nsluice tap: gone did not come back\n$/)
  })

  test('Ctrl-C and a reader that goes end it, and the daemon goes on', async t => {
    const { daemon, tap, folder } = host(t)
    const run = daemon('relay', 'relay', '--push-connect', 'file:///dev/null')
    await run.ready()
    const look = tap('relay')
    await feedUntil(run, look, 1)
    look.child.kill('SIGINT')
    await look.exited
    assert.equal(look.child.signalCode, 'SIGINT')
    const head = new Sluice(
      t,
      '/bin/sh',
      ['-c', `"$0" tap relay | head -n 1`, join(import.meta.dirname, '../../bin/sluice')],
      {
        env: { RUNTIME_DIRECTORY: folder },
      },
    )
    await feedUntil(run, head, 1)
    while (head.child.exitCode === null) {
      await feed(run, '{"n":1}\n')
    }
    assert.equal(await head.exited, 0)
    assert.equal(head.stderr, '')
    run.child.stdin!.end()
    assert.equal(await run.exited, 0)
  })

  test('who reads nothing holds nobody up, and is told what went by', async t => {
    const { daemon, folder } = host(t)
    const run = daemon('busy', 'relay', '--push-connect', 'file:///dev/null')
    await run.ready()
    const socket = connect(join(folder, 'busy.sock'))
    t.after(() => socket.destroy())
    socket.write('GET /tap?side=in HTTP/1.0\r\n\r\n')
    await once(socket, 'readable')
    const text = 'x'.repeat(1000)
    for (let n = 0; n < 100; n++) run.child.stdin!.write(`{"message":"${text}"}\n`.repeat(200))
    await run.untilStatus('20,000 records', ({ stages }) => stages[0]!.books.in === 20_000)
    let answer = ''
    socket.setEncoding('utf8').on('data', piece => {
      answer += piece
    })
    await run.until('the number of those that it missed', () => /\{"@meta":\{"missed":\d+\}\}\n/.test(answer))
    // What comes once there is room is seen again, and nothing is unaccounted for.
    await run.until('all of them', () => {
      const missed = [...answer.matchAll(/"missed":(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0)
      return missed + answer.split('xxx"}\n').length - 1 === 20_000
    })
  })

  test('at an address records are shown to who has the token only', async t => {
    const { daemon, tap, folder } = host(t)
    const [open, closed] = [await freePort(), await freePort()]
    writeFileSync(join(folder, 'token'), 'correct-horse-battery-staple\n', { mode: 0o600 })
    const to = ['--push-connect', 'file:///dev/null']
    const without = daemon('without', 'relay', ...to, '--admin', `127.0.0.1:${open}`)
    const token = join(folder, 'token')
    const withToken = daemon(
      'with',
      'relay',
      ...to,
      '--admin',
      `127.0.0.1:${closed}`,
      '--admin-token-file',
      token,
    )
    await Promise.all([without.ready(), withToken.ready()])
    const refused = tap(`:${open}`)
    assert.equal(await refused.exited, 70)
    assert.match(refused.stderr, /HTTP 403: records may hold secrets: .* only with --admin-token-file/)
    const stranger = tap(`:${closed}`)
    assert.equal(await stranger.exited, 70)
    assert.match(stranger.stderr, /HTTP 401/)
    const known = tap(`:${closed}`, '--token-file', token, '--count', '1')
    await feedUntil(withToken, known, 1)
    assert.equal(await known.exited, 0)
  })

  test('seventeen do not fit, and the one that ends makes room', async t => {
    const { daemon, tap, folder } = host(t)
    const run = daemon('relay', 'relay', '--push-connect', 'file:///dev/null')
    await run.ready()
    const sockets = Array.from({ length: 16 }, () => connect(join(folder, 'relay.sock')))
    t.after(() => {
      for (const socket of sockets) socket.destroy()
    })
    for (const socket of sockets) socket.write('GET /tap HTTP/1.0\r\n\r\n')
    await Promise.all(sockets.map(socket => once(socket, 'data')))
    const late = tap('relay')
    assert.equal(await late.exited, 70)
    assert.match(late.stderr, /16 look here already/)
    sockets[0]!.destroy()
    // The daemon hears of that a moment later.
    for (let code: number | null = 70; code !== 0; ) {
      const next = tap('relay', '--count', '1')
      while (next.child.exitCode === null) {
        await feed(run, '{"n":1}\n')
      }
      code = await next.exited
    }
  })
})
