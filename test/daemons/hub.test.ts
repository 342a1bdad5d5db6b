import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import hub from '../../src/daemons/hub.ts'
import { Misuse } from '../../src/lib/errors.ts'
import { drive } from '../support/drive.ts'
import { type Event, Reader, refusalOf, Silent, TextWatcher, Watcher } from '../support/live.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { sendDatagrams } from '../support/udp.ts'

const HTTP = ['--http', '127.0.0.1:0']

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-hub-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const recordsIn = (file: string): Event[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))

const linesOf = (events: readonly object[]) => events.map(event => `${JSON.stringify(event)}\n`).join('')

/** Numbered events, every third of which is an error. */
const numbered = (count: number, from = 0, more = {}) =>
  Array.from({ length: count }, (_, n) => ({
    type: (from + n) % 3 === 0 ? 'shop.error' : 'shop.order',
    n: from + n,
    data: { account: `account${(from + n) % 2}` },
    ...more,
  }))

const numbersOf = (events: readonly Event[]) => events.map(({ n }) => n)
const range = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => from + n * step)

/** A hub that reads what a test writes to it. */
async function open(t: TestContext, ...flags: string[]) {
  const run = new Sluice(t, 'sluice-hub', [...HTTP, ...flags], { stdin: 'open' })
  const port = await run.port()
  const send = async (events: readonly object[]) => {
    if (!run.child.stdin!.write(linesOf(events))) await once(run.child.stdin!, 'drain')
  }
  const untilTaken = (count: number) =>
    run.untilStatus(
      `${count} events`,
      ({ stages }) => stages[0]!.books.in === count && stages[0]!.books.held === 0,
    )
  const counters = async () => (await run.status()).stages[0]!.counters
  const untilLeft = (count: number) =>
    run.untilStatus(`${count} to leave`, ({ stages }) => stages[0]!.counters.clientsLeft === count)
  return { run, port, send, untilTaken, untilLeft, counters }
}

const EVENTS = ['pageview', 'error', 'pageview'].map(type => ({ type, data: { account: 'acme' } }))

describe('the books', () => {
  test('an event goes on where there is a push side', async () => {
    await using stage = await drive(hub, ...HTTP)
    assert.deepEqual(await stage.push(EVENTS), { sent: 3 })
    assert.equal(stage.out.length, 3)
  })

  test('without one, what no output took was published', async t => {
    const folder = folderFor(t)
    const { run, send, untilTaken } = await open(t, '--to', `type:error => file://${folder}/errors`)
    await send(EVENTS)
    const { stages } = await untilTaken(3)
    assert.deepEqual(stages[0]!.books, {
      ...{ in: 3, stored: 1, 'dropped:published': 2, held: 0, balanced: true },
    })
    assert.equal(await run.stop(), 0)
    assert.equal(run.stdout, '')
  })

  test('copies for several outputs were made', async t => {
    const folder = folderFor(t)
    const to = ['--to', `file://${folder}/all`, '--to', `type:error => file://${folder}/errors`]
    const { run, send, untilTaken } = await open(t, ...to)
    await send(EVENTS)
    const { stages } = await untilTaken(3)
    assert.deepEqual(stages[0]!.books, { in: 3, made: 1, stored: 4, held: 0, balanced: true })
    assert.equal(await run.stop(), 0)
    assert.equal(recordsIn(join(folder, 'all')).length, 3)
    assert.equal(recordsIn(join(folder, 'errors')).length, 1)
  })

  test('as the last stage of a chain', async t => {
    const input = linesOf(EVENTS)
    const run = new Sluice(t, 'sluice', ['run', `map --do 'set a=1' | hub ${HTTP.join(' ')}`], {
      stdin: input,
    })
    assert.equal(await run.exited, 0, run.stderr)
    assert.equal(run.stdout, '')
  })
})

test('what stages behind it change is shown as it came', async t => {
  const run = new Sluice(
    t,
    'sluice',
    ['run', `relay | hub ${HTTP.join(' ')} | map --do 'set type = "other"'`],
    {
      stdin: 'open',
    },
  )
  const port = await run.port()
  run.child.stdin!.write(linesOf(EVENTS))
  assert.equal((await run.records(3))[0]!.type, 'other')
  const watcher = await Watcher.open(t, port, '?last=10&match=data.account:acme')
  const events = await watcher.got(3)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['pageview', 'error', 'pageview'],
  )
})

describe('misuse', () => {
  const misuse = (message: RegExp) => (error: Error) => error instanceof Misuse && message.test(error.message)
  for (const [flags, says] of [
    [['--to', 'a => '], /--to: "a => " is no rule; write ENDPOINT or 'CONDITION => ENDPOINT'/],
    [['--to', 'somewhere'], /output somewhere: an endpoint is/],
    [['--topic', '{type'], /--topic: \{type: a field is \{name\}/],
    [['--topic', 'type'], /--topic: "type" is the same topic for all events; .* \{type\}/],
    [['--field', '{type}'], /--field: "\{type\}" is not the name of a field; write for example type/],
    [['--clients', '0'], /--clients: "0" is not a whole number/],
    [['--http', '0.0.0.0:0'], /everybody could come in; give --http-token-file/],
  ] as const)
    test(flags.join(' '), async () => {
      await assert.rejects(drive(hub, ...HTTP, ...flags), misuse(says))
    })
})

describe('those who watch', { concurrency: 3 }, () => {
  test('get each event once, in its order, by WebSocket and as server-sent events', async t => {
    const { run, port, send } = await open(t)
    const watchers = [
      ...(await Promise.all([1, 2, 3].map(() => Watcher.open(t, port)))),
      ...(await Promise.all([1, 2, 3].map(() => Reader.open(t, port)))),
    ]
    for (let from = 0; from < 3000; from += 150) await send(numbered(150, from))
    for (const watcher of watchers) {
      assert.deepEqual(numbersOf(await watcher.got(3000)), range(0, 3000))
      assert.deepEqual(watcher.missed, [])
      assert.ok(watcher.events[0]!['@meta'].id)
    }
    assert.equal(await run.stop(), 0)
    for (const watcher of watchers) assert.equal(watcher.events.length, 3000)
  })

  test('get what they ask for: topics, conditions, a sample', async t => {
    const { port, send } = await open(t)
    const errors = await Watcher.open(t, port, '?topic=*.error')
    const either = await Watcher.open(t, port, '?topic=shop.order&topic=shop.err*')
    const none = await Watcher.open(t, port, '?topic=error')
    const account = await Reader.open(t, port, '/events?topic=shop.order&match=data.account:account1+n<100')
    const sampled = await Watcher.open(t, port, '?topic=shop.error&sample=10')
    for (let from = 0; from < 900; from += 90) await send(numbered(90, from))
    assert.deepEqual(numbersOf(await errors.got(300)), range(0, 900, 3))
    assert.deepEqual(numbersOf(await either.got(900)), range(0, 900))
    assert.deepEqual(
      numbersOf(await account.got(33)),
      range(0, 100).filter(n => n % 3 !== 0 && n % 2 === 1),
    )
    await sampled.got(5)
    assert.ok(sampled.events.length < 100, `${sampled.events.length} of 300`)
    assert.ok(sampled.events.every(({ n, type }) => type === 'shop.error' && (n as number) % 3 === 0))
    assert.deepEqual(none.events, [])
  })

  test('are given so many of the newest first', async t => {
    const { port, send, untilTaken } = await open(t)
    await send(numbered(500))
    await untilTaken(500)
    const watcher = await Watcher.open(t, port, '?topic=shop.error&last=3')
    assert.deepEqual(numbersOf(await watcher.got(3)), [492, 495, 498])
    await send(numbered(3, 500))
    assert.deepEqual(numbersOf(await watcher.got(4)), [492, 495, 498, 501])
    const all = await Reader.open(t, port, '/events?last=1000')
    assert.deepEqual(numbersOf(await all.got(503)), range(0, 503))
  })

  test('by a rate: some are left out, and nothing was missed', async t => {
    const { port, send, untilTaken } = await open(t)
    const all = await Watcher.open(t, port)
    const few = await Watcher.open(t, port, '?rate=5')
    await send(numbered(1000))
    await untilTaken(1000)
    await all.got(1000)
    assert.deepEqual(numbersOf(await few.got(5)).slice(0, 5), range(0, 5))
    assert.ok(few.events.length < 200, `${few.events.length}`)
    assert.deepEqual(few.missed, [])
  })

  test('who comes back goes on where it was', async t => {
    const { port, send, untilTaken, untilLeft } = await open(t)
    const first = await Reader.open(t, port, '/events?topic=shop.order')
    await send(numbered(300))
    const seen = numbersOf(await first.got(200))
    const { lastId } = first
    first.leave()
    await untilLeft(1)
    await send(numbered(6000, 300))
    await untilTaken(6300)
    const second = await Reader.open(t, port, '/events?topic=shop.order', { 'last-event-id': lastId })
    await send(numbered(300, 6300))
    const rest = numbersOf(await second.got(4200))
    assert.deepEqual(
      [...seen, ...rest],
      range(0, 6600).filter(n => n % 3 !== 0),
    )
    assert.deepEqual(second.missed, [])
  })

  test('who comes back too late is told what is known', async t => {
    const { port, send, untilTaken, untilLeft } = await open(t)
    const first = await Reader.open(t, port)
    await send(numbered(1))
    await first.got(1)
    const { lastId } = first
    first.leave()
    await untilLeft(1)
    await send(numbered(20_000, 1))
    await untilTaken(20_001)
    const second = await Reader.open(t, port, '/events', { 'last-event-id': lastId })
    await second.until('the newest', () => second.events.at(-1)?.n === 20_000)
    assert.equal(second.missedInAll + second.events.length, 20_000)
    assert.ok(second.events.length >= 10_000)
    const stranger = await Reader.open(t, port, '/events', { 'last-event-id': 'other-7' })
    await stranger.until('a word about it', () => stranger.missed.length > 0)
    assert.deepEqual(stranger.missed, [null])
  })

  test('an event is seen at once', async t => {
    const chain = `udp-json --listen 127.0.0.1:0 | hub ${HTTP.join(' ')}`
    const run = new Sluice(t, 'sluice', ['run', chain])
    const [udp, port] = [await run.port(0), await run.port(1)]
    const watcher = await Watcher.open(t, port)
    const times: number[] = []
    for (let n = 1; n <= 20; n++) {
      const start = performance.now()
      await sendDatagrams(udp, [JSON.stringify({ type: 'pageview', n })])
      await watcher.got(n)
      times.push(performance.now() - start)
    }
    const sorted = times.toSorted((a, b) => a - b)
    t.diagnostic(
      `from a datagram to a WebSocket: median ${sorted[10]!.toFixed(1)} ms, worst ${sorted.at(-1)!.toFixed(1)} ms`,
    )
  })
})

/** Each has more than a kilobyte, so that the kernel's buffers are full soon. */
const LARGE = { text: 'x'.repeat(1000) }

describe('those who are slow', { concurrency: 2 }, () => {
  test('miss events, are told how many, exactly, and the others get all', async t => {
    const { port, send, counters } = await open(t, '--client-buffer', '64KiB')
    const quick = await Watcher.open(t, port)
    const slow = await Silent.open(t, port)
    let sent = 0
    // As many as it takes to be behind, and then some.
    for (let more = 10; more > 0; ) {
      await send(numbered(500, sent, LARGE))
      sent += 500
      await quick.got(sent)
      if ((await counters()).missed! > 0) more--
    }
    slow.read()
    await slow.until('a word about what it missed', () => slow.missed.length > 0)
    await send(numbered(1, sent, LARGE))
    sent++
    await slow.until('the newest', () => slow.events.at(-1)?.n === sent - 1)
    assert.equal(slow.events.length + slow.missedInAll, sent)
    assert.equal(slow.missedInAll, (await counters()).missed)
    const numbers = numbersOf(slow.events) as number[]
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    )
    assert.equal(new Set(numbers).size, numbers.length)
    assert.deepEqual(numbersOf(await quick.got(sent)), range(0, sent))
    assert.deepEqual(quick.missed, [])
  })

  test('as server-sent events, too', async t => {
    const { port, send, counters } = await open(t, '--client-buffer', '64KiB')
    const response = await fetch(`http://127.0.0.1:${port}/events`)
    let sent = 0
    while ((await counters()).missed === 0) {
      await send(numbered(500, sent, LARGE))
      sent += 500
    }
    const decoder = new TextDecoder()
    let text = ''
    const events = () => [...text.matchAll(/^data: \{"@meta"/gm)].length
    const missed = () =>
      [...text.matchAll(/^data: \{"records":(\d+)\}/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk, { stream: true })
      if (events() + missed() >= sent) break
    }
    assert.equal(events() + missed(), sent)
    assert.equal(missed(), (await counters()).missed)
  })

  test('take no memory without bound, and do not keep it from stopping', async t => {
    const { run, port, send, untilTaken, counters } = await open(t)
    const silent = await Promise.all(range(0, 20).map(() => Silent.open(t, port)))
    const large = { text: 'x'.repeat(10_000) }
    await send(numbered(2000, 0, large))
    await untilTaken(2000)
    const memory = async () =>
      Number(/^process_resident_memory_bytes (\S+)/m.exec((await run.admin('/metrics')).body)?.[1])
    const before = await memory()
    // Kept, it would be more than 600 MB: kept once for all of them, as text and as frames.
    for (let from = 2000; from < 52_000; from += 200) await send(numbered(200, from, large))
    await untilTaken(52_000)
    const grown = ((await memory()) - before) / 2 ** 20
    t.diagnostic(`grown by ${grown.toFixed(0)} MiB`)
    assert.ok(grown < 400, `grown by ${grown} MiB`)
    assert.ok((await counters()).missed! > 20 * 45_000)
    assert.equal(await run.stop(), 0)
    for (const { socket } of silent) socket.destroy()
  })
})

describe('clients', { concurrency: 3 }, () => {
  test('who speak are sent away, and the others stay', async t => {
    const { port, send, untilLeft } = await open(t)
    const good = await Watcher.open(t, port)
    const speaker = await Watcher.open(t, port)
    speaker.socket.send('hello')
    assert.deepEqual(await speaker.closed, { code: 1008, reason: 'nothing is read here' })
    const loud = await Watcher.open(t, port)
    loud.socket.on('error', () => {})
    loud.socket.send(Buffer.alloc(10 * 1024 * 1024))
    assert.ok([1006, 1009].includes((await loud.closed).code))
    await untilLeft(2)
    await send(numbered(1))
    await good.got(1)
  })

  test('who leave are noticed', async t => {
    const { port, untilLeft, counters } = await open(t)
    const watcher = await Watcher.open(t, port)
    const reader = await Reader.open(t, port)
    const chart = await Reader.open(t, port, '/api/v1/rates')
    watcher.socket.terminate()
    reader.leave()
    chart.leave()
    await untilLeft(3)
    const { clients, subscriptions, subscriptionsEnded } = await counters()
    assert.deepEqual([clients, subscriptions! - subscriptionsEnded!], [3, 0])
  })

  test('of two thousand subscriptions get each its own', async t => {
    const { port, send, counters } = await open(t)
    const watchers: Watcher[] = []
    for (let from = 0; from < 2000; from += 100)
      watchers.push(
        ...(await Promise.all(range(from, from + 100).map(n => Watcher.open(t, port, `?topic=topic${n}`)))),
      )
    await send(range(0, 2000).map(n => ({ type: `topic${n}`, n })))
    for (const [n, watcher] of watchers.entries()) assert.deepEqual(numbersOf(await watcher.got(1)), [n])
    assert.equal((await counters()).subscriptions, 2000)
  })

  test('with too many different conditions are asked to come again', async t => {
    const { port, counters } = await open(t)
    for (let from = 0; from < 500; from += 100)
      await Promise.all(range(from, from + 100).map(n => Watcher.open(t, port, `?match=n:${n}`)))
    const { status, body } = await refusalOf(port, '?match=n:500')
    assert.equal(status, 503)
    assert.match(JSON.parse(body).error.message, /too many different conditions at once; ask for topics/)
    await Watcher.open(t, port, '?match=n:7')
    await Watcher.open(t, port, '?topic=another')
    assert.equal((await counters()).clientsRefused, 1)
  })

  test('with too many different samples and rates are asked to come again', async t => {
    const { port } = await open(t)
    for (let n = 2; n <= 101; n++) await Watcher.open(t, port, `?sample=${n}`)
    const { status, body } = await refusalOf(port, '?rate=7')
    assert.equal(status, 503)
    assert.match(body, /too many different samples and rates at once; ask for the same/)
    await Watcher.open(t, port, '?sample=7&topic=another')
    await Watcher.open(t, port)
  })

  test('bug: who asked for WebSocket and was refused read neither a code nor when to come again', async t => {
    const { port } = await open(t, '--clients', '1')
    const answerOf = async (query: string, headers = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}/events${query}`, { headers })
      return [response.status, await response.json(), response.headers.get('retry-after') ?? undefined]
    }
    const foreign = { origin: 'https://evil.example' }
    const asked: [query: string, headers?: object][] = [
      ['?tpic=1'],
      ['?match=('],
      ['?sample=0'],
      ['', foreign],
    ]
    const check = async (query: string, headers = {}) => {
      const { status, body, retryAfter } = await refusalOf(port, query, headers)
      assert.deepEqual([status, JSON.parse(body), retryAfter], await answerOf(query, headers))
    }
    for (const [query, headers] of asked) await check(query, headers)
    await Watcher.open(t, port)
    await check('')
  })

  test('of more than --clients are asked to come again, whatever they come for', async t => {
    const { port, untilLeft } = await open(t, '--clients', '3')
    const watcher = await Watcher.open(t, port)
    await Reader.open(t, port)
    await Reader.open(t, port, '/api/v1/rates')
    assert.equal((await refusalOf(port, '')).status, 503)
    for (const path of ['/events', '/api/v1/rates']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      assert.equal(response.status, 503)
      assert.ok(response.headers.has('retry-after'))
      assert.match(await response.text(), /too many clients at once/)
    }
    watcher.socket.close()
    await untilLeft(1)
    await Watcher.open(t, port)
  })

  test('whose request makes no sense are told', async t => {
    const { port } = await open(t)
    for (const path of ['/events?tpic=a', '/api/v1/rates?field=a', '/api/v1/rates?match=(']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      assert.equal(response.status, 400)
      const { error } = (await response.json()) as { error: { code: string; parameter: string } }
      assert.match(error.code, /^bad-/)
      assert.ok(error.parameter)
    }
    const { status, body } = await refusalOf(port, '?tpic=a')
    assert.equal(status, 400)
    assert.match(JSON.parse(body).error.message, /"tpic" is not a parameter; here are match/)
  })

  test('need the token, and a page of others the permission', async t => {
    const token = join(folderFor(t), 'token')
    writeFileSync(token, 'secret-of-ours')
    const flags = ['--http-token-file', token, '--allow-origin', 'https://shop.example']
    const { port } = await open(t, ...flags)
    const headers = { authorization: 'Bearer secret-of-ours' }
    assert.equal((await refusalOf(port, '')).status, 401)
    assert.equal((await refusalOf(port, '', { ...headers, origin: 'https://evil.example' })).status, 403)
    await Watcher.open(t, port, '', { ...headers, origin: 'https://shop.example' })
  })

  test('are told when it stops', async t => {
    const { run, port, send } = await open(t)
    const watcher = await Watcher.open(t, port)
    await send(numbered(5))
    await watcher.got(5)
    assert.equal(await run.stop(), 0)
    assert.equal((await watcher.closed).code, 1001)
  })

  test('bug: who came back at once was let in by a hub that said goodbye', async t => {
    const { run, port } = await open(t)
    const watcher = await Watcher.open(t, port)
    // Answers no goodbye, so that the others are not the last ones.
    await Silent.open(t, port)
    const stopped = run.stop()
    await watcher.closed
    await assert.rejects(Watcher.open(t, port))
    // Without an answer: an EventSource would take that for a reason never to come again.
    for (const path of ['/events', '/api/v1/rates'])
      await assert.rejects(fetch(`http://127.0.0.1:${port}${path}`))
    assert.equal(await stopped, 0)
  })
})

describe('rates', { concurrency: 2 }, () => {
  interface Rate {
    total: number
    by: { [field: string]: { [value: string]: number } }
  }
  const slotsOf = ({ named }: Pick<Reader, 'named'>): Rate[] =>
    named.flatMap(({ event, data }) =>
      event === 'history' ? (data as { slots: Rate[] }).slots : [data as Rate],
    )
  const totalOf = (reader: Pick<Reader, 'named'>) =>
    slotsOf(reader).reduce((sum, { total }) => sum + total, 0)
  const sumOf = (reader: Pick<Reader, 'named'>, field: string, value: string) =>
    slotsOf(reader).reduce((sum, { by }) => sum + (by[field]?.[value] ?? 0), 0)

  test('begin with what was, and then say what comes: together it is all', async t => {
    const { port, send, untilTaken } = await open(t)
    await send(numbered(90))
    await untilTaken(90)
    const first = await Reader.open(t, port, '/api/v1/rates')
    await send(numbered(30))
    await first.until('all', () => totalOf(first) === 120)
    const second = await Reader.open(t, port, '/api/v1/rates?by=account')
    await send(numbered(30))
    for (const reader of [first, second]) await reader.until('all', () => totalOf(reader) === 150)
    assert.equal(sumOf(first, 'type', 'shop.error'), 50)
    assert.equal(sumOf(first, 'account', 'account1'), 75)
    assert.equal(sumOf(second, 'account', 'account1'), 75)
    assert.equal(sumOf(second, 'type', 'shop.error'), 0)
    const [history] = first.named
    const { step, from } = history!.data as { step: number; from: number }
    assert.equal(step, 1000)
    assert.equal(from % 1000, 0)
  })

  test('are the same by WebSocket', async t => {
    const { run, port, send, untilTaken, untilLeft } = await open(t)
    await send(numbered(90))
    await untilTaken(90)
    const path = '/api/v1/rates?by=account'
    const [first, second] = [await TextWatcher.open(t, port, path), await TextWatcher.open(t, port, path)]
    await send(numbered(30))
    for (const one of [first, second]) {
      await one.until('all', () => totalOf(one) === 120)
      assert.equal(sumOf(one, 'account', 'account1'), 60)
    }
    first.socket.send('what is that?')
    assert.equal(await first.closed, 1008)
    await untilLeft(1)
    const refused = await refusalOf(port, '?by=a:b', {}, '/api/v1/rates')
    assert.equal(refused.status, 400)
    const stopped = run.stop()
    assert.equal(await second.closed, 1001)
    assert.equal(await stopped, 0)
  })

  test('of some topics, and by other fields, from when they are asked for', async t => {
    const { port, send, untilTaken } = await open(t)
    await send(numbered(90))
    await untilTaken(90)
    const reader = await Reader.open(t, port, '/api/v1/rates?by=n&topic=*.error&match=data.account:account0')
    await send(numbered(90))
    await reader.until('all', () => totalOf(reader) === 15)
    assert.equal(sumOf(reader, 'n', '6'), 1)
    assert.equal(sumOf(reader, 'n', '7'), 0)
    // By another field: how many there were is known, and not of what.
    for (const [search, total] of [
      ['topic=*.error&match=data.account:account0', 15],
      ['', 180],
    ] as const) {
      const other = await Reader.open(t, port, `/api/v1/rates?by=type&by=app&${search}`)
      await other.until('all of before', () => totalOf(other) === total)
      assert.equal(sumOf(other, 'app', '…'), total)
      assert.equal(sumOf(other, 'type', '…'), search === '' ? 0 : total)
    }
  })

  test('of too many kinds are refused', async t => {
    const { port } = await open(t)
    for (let n = 0; n < 99; n++) await Reader.open(t, port, `/api/v1/rates?topic=${n}`)
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/rates?topic=99`)
    assert.equal(response.status, 503)
    assert.match(await response.text(), /too many different charts at once/)
    await Reader.open(t, port, '/api/v1/rates?topic=7')
  })

  test('/api/v1/about says what there is', async t => {
    const { run, port } = await open(t, '--topic', '{app}.{type}', '--field', 'app', '--name', 'my-hub')
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/about`)
    const { now, version, ...about } = (await response.json()) as { now: number; version: string }
    assert.equal(typeof now, 'number')
    assert.match(version, /^\d/)
    assert.deepEqual(about, {
      ...{ kind: 'hub', name: 'my-hub', topic: '{app}.{type}', fields: ['app'] },
      ...{ keys: [], timezone: 'UTC', account: null },
    })
    assert.equal(await run.stop(), 0)
  })
})

test('killed with -9 behind an acknowledged link, it loses nothing of what its outputs are for', async t => {
  const folder = folderFor(t)
  const endpoint = `ack+tcp://127.0.0.1:${await freePort()}`
  const flags = [...HTTP, '--pull-bind', endpoint, '--to', `file://${folder}/all`, '--batch-bytes', '2KiB']
  const source = new Sluice(t, 'sluice-relay', ['--push-connect', endpoint, '--batch-bytes', '2KiB'], {
    stdin: 'open',
  })
  const total = 20_000
  let hub = new Sluice(t, 'sluice-hub', flags)
  await hub.ready()
  for (let from = 0; from < total; from += total / 4) {
    source.child.stdin!.write(linesOf(numbered(total / 4, from)))
    await hub.untilStatus('some', ({ stages }) => stages[0]!.books.in > 0)
    await hub.stop('SIGKILL')
    hub = new Sluice(t, 'sluice-hub', flags)
    await hub.ready()
  }
  source.child.stdin!.end()
  assert.equal(await source.exited, 0, source.stderr)
  assert.equal(await hub.stop(), 0)
  const numbers = new Set(numbersOf(recordsIn(join(folder, 'all'))))
  assert.equal(numbers.size, total)
})
