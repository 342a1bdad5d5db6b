// Midnight comes while records are sent again: they get the ids that they had, and go to the index of their own day.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { BulkStub } from '../support/bulk-stub.ts'
import { freePort } from '../support/port.ts'
import { BulkGate } from './bulk-gate.ts'
import { endBalanced } from './ends.ts'
import { Generator } from './generator.ts'
import { Service } from './service.ts'
import { Stranger, type StrangersBatch } from './stranger.ts'

/** Of a year as well: what a syslog message leaves out of its time is the year. */
const MIDNIGHT = Date.parse('2027-01-01T00:00:00Z')
const [BEFORE, AFTER] = [MIDNIGHT - 60_000, MIDNIGHT + 60_000]
const YESTERDAY = 'logs-2026.12.31'

// Timers and the pipe's own clock are others: only the time of day is.
const CLOCK = `
  const RealDate = Date
  const ahead = Number(process.env.CLOCK_STARTS) - RealDate.now()
  globalThis.Date = class Date extends RealDate {
    constructor(...given) {
      if (given.length > 0) super(...given)
      else super(RealDate.now() + ahead)
    }
    static now() {
      return RealDate.now() + ahead
    }
  }`

/** The environment of a process that starts at this time of day. */
function startingAt(time: number): NodeJS.ProcessEnv {
  const module = `data:text/javascript,${encodeURIComponent(CLOCK)}`
  return { NODE_OPTIONS: `--import=${module}`, CLOCK_STARTS: `${time}`, TZ: 'UTC' }
}

/** A sink whose server can keep its answers back, and whose day is the one before midnight. */
async function openSink(
  t: TestContext,
  pull: string,
): Promise<{ sink: Service; gate: BulkGate; stub: BulkStub }> {
  const stub = new BulkStub({})
  t.after(() => stub.close())
  const gate = await BulkGate.open(t, await stub.listen())
  const args = ['--pull-bind', pull, '--node', gate.url, '--index', 'logs-%Y.%m.%d', '--batch-delay', '100ms']
  const sink = new Service(t, 'sluice-elasticsearch', args, { env: startingAt(BEFORE) })
  return { sink, gate, stub }
}

/** Kills them now, and lets them start on the next day. */
async function overMidnight(...services: Service[]): Promise<void> {
  for (const { run } of services) {
    const { time } = await run.log(/^ready$/)
    assert.ok(Date.parse(String(time)) < MIDNIGHT, `it is ${time} already`)
    await run.stop('SIGKILL')
  }
  for (const service of services) service.restart(startingAt(AFTER))
  for (const { run } of services) {
    const { time } = await run.ready()
    assert.ok(Date.parse(String(time)) > MIDNIGHT, `it is ${time} still`)
  }
}

const pipe = async () => `ack+tcp://127.0.0.1:${await freePort()}`

/** All of it was either there or is there again, each document in one index; something came twice. */
function checkWrites({ writes }: BulkGate, documents: readonly string[]): void {
  assert.deepEqual([...new Set(writes)].sort(), [...documents].sort())
  assert.ok(writes.length > documents.length, 'nothing was sent again')
}

/** What has no id, and no time of its own or one of two. */
const STRANGERS: { readonly [what: string]: { line: string; index?: string } } = {
  text: { line: 'just a line' },
  'a JSON object': { line: '{"message":"no id, no time"}' },
  'a time of reception': {
    line: `{"@meta":{"received":${MIDNIGHT - 86_400_000 - 1}},"message":"no id"}`,
    index: 'logs-2026.12.30',
  },
  'an @timestamp': {
    line: '{"@timestamp":"2026-11-30T23:59:59.999Z","message":"no id"}',
    index: 'logs-2026.11.30',
  },
  'an @meta that is not sound': { line: '{"@meta":{"id":7},"message":"its id is none"}' },
  'bytes that are no JSON': { line: '{"torn' },
}

describe('a batch is sent again after midnight', { concurrency: true }, () => {
  const batches: StrangersBatch[] = [1, 2, 3].map(number => ({
    number,
    at: MIDNIGHT - 4 + number,
    lines: Object.values(STRANGERS).map(({ line }) => line),
  }))
  const expected = (sender: string) =>
    batches.flatMap(({ number }) =>
      Object.values(STRANGERS).map(({ index = YESTERDAY }, place) => `${index}/${sender}.${number}.${place}`),
    )

  test("a stranger's records without ids and times, to a sink that was killed before it acknowledged", async t => {
    const pull = await pipe()
    const { sink, gate, stub } = await openSink(t, pull)
    await sink.ready()
    const stranger = new Stranger(t, pull, 'somebody', batches)
    gate.hold()
    await stranger.dial()
    await gate.holds()
    await overMidnight(sink)
    gate.release()
    await stranger.dial()
    await stranger.acknowledged
    const documents = expected('somebody')
    checkWrites(gate, documents)
    assert.equal(stub.stored.size, documents.length)
    const { books } = (await sink.status()).stages[0]!
    assert.equal(books.duplicate, gate.writes.length - documents.length)
    await endBalanced([sink])
  })

  test('syslog without a year, and without any time, through a filter that was killed with its sink', async t => {
    const [raw, parsed] = [await pipe(), await pipe()]
    const { sink, gate } = await openSink(t, parsed)
    const args = ['--pull-bind', raw, '--push-connect', parsed]
    const filter = new Service(t, 'sluice-syslog-json', args, { env: startingAt(BEFORE) })
    for (const service of [filter, sink]) await service.ready()
    const lines = ['<13>Dec 31 23:59:59 web1 app: the old year', '<13>no time', 'not even a priority']
    const stranger = new Stranger(t, raw, 'syslog', [{ number: 1, at: MIDNIGHT - 1, lines }])
    gate.hold()
    await stranger.dial()
    await gate.holds()
    await overMidnight(filter, sink)
    gate.release()
    await stranger.dial()
    await stranger.acknowledged
    checkWrites(
      gate,
      lines.map((_, place) => `${YESTERDAY}/syslog.1.${place}`),
    )
    await endBalanced([filter, sink])
  })

  test('events of both days under load: each in the index of its own, once', async t => {
    const [raw, parsed] = [await pipe(), await pipe()]
    const { sink, gate, stub } = await openSink(t, parsed)
    const relay = new Service(t, 'sluice-relay', ['--pull-bind', raw, '--push-connect', parsed], {
      env: startingAt(BEFORE),
    })
    for (const service of [relay, sink]) await service.ready()
    const timeOf = (number: number) => new Date(MIDNIGHT - 5_000 + number).toISOString()
    const generator = await Generator.open(t, raw, {
      rate: 2_000,
      record: number => ({ message: `number ${number}`, '@timestamp': timeOf(number) }),
    })
    generator.start()
    await generator.more(4_000)
    gate.hold()
    await gate.holds()
    await overMidnight(relay, sink)
    gate.release()
    await generator.more(4_000)
    await generator.finish()
    const events = [...stub.stored.values()] as { '@meta': { id: string }; number: number }[]
    generator.check(
      events.map(({ number }) => number),
      { once: true },
    )
    const documents = events.map(
      ({ '@meta': { id }, number }) => `${number < 5_000 ? YESTERDAY : 'logs-2027.01.01'}/${id}`,
    )
    checkWrites(gate, documents)
    await endBalanced([relay, sink])
  })
})
