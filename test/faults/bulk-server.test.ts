// A bulk server in trouble, under load: overloaded, torn off in the midst of an answer, killed. Every record ends in an
// index or, where the server refuses it for good, among the dead letters.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { startElasticsearch } from '../servers/elasticsearch.ts'
import { BulkStub, type Script } from '../support/bulk-stub.ts'
import { valuesOf } from '../support/elasticsearch.ts'
import { freePort } from '../support/port.ts'
import { BulkGate } from './bulk-gate.ts'
import { Generator } from './generator.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'

const RATE = 2_000
const PARTS = LONG ? 30 : 2
const KILLS = LONG ? 10 : 1

/** What happened to a request, or to a document. */
const KINDS = [
  'request 429',
  'request 503',
  'request 413',
  'item 429',
  'item 503',
  'hang-up',
  'torn',
] as const
type Kind = (typeof KINDS)[number]

describe('a bulk server in trouble', { concurrency: true }, () => {
  test('429, 503 and 413, of requests and items, torn answers and hang-ups, and the sink killed', async t => {
    const random = new Random(t)
    const refused = (number: number) => number % 1000 === 7
    const { script, happened } = storm(random, refused)
    const stub = new BulkStub(script)
    t.after(() => stub.close())
    const raw = `ack+tcp://127.0.0.1:${await freePort()}`
    // It is slower than the generator: no more than this is left to do at the end.
    const sink = new Service(t, 'sluice-elasticsearch', [
      ...['--pull-bind', `${raw}?window=1MiB`, '--node', await stub.listen()],
      ...['--batch-delay', '500ms', '--template', 'off', '--name', 'sink'],
    ])
    await sink.ready()
    const generator = await Generator.open(t, raw, { rate: RATE })
    generator.start()
    for (let part = 0; part < PARTS; part++) {
      await generator.more(random.between(1, 2 * RATE))
      await sink.kill()
    }
    while (KINDS.some(kind => !happened[kind])) await generator.more(RATE / 2)
    await generator.finish()
    const numbers = [...stub.stored.values()].map(document => (document as { number: number }).number)
    // One that was killed before it could say so has written its dead letters again, under the same ids.
    const dead = [...new Set(numbersIn(join(sink.folder, 'sink.dead.ndjson')))]
    assert.deepEqual(
      dead.filter(number => !refused(number)),
      [],
    )
    assert.equal(generator.receipt.dead, dead.length)
    generator.check([...numbers, ...dead], { once: true })
    const { books } = (await sink.status()).stages[0]!
    assert.ok(books.balanced && books.held === 0, JSON.stringify(books))
    t.diagnostic(`${generator.sent} records: ${JSON.stringify({ ...happened, ...generator.receipt })}`)
  })

  test('Elasticsearch 8.19 killed and started again under load', async t => {
    const data = mkdtempSync(join(tmpdir(), 'sluice-faults-es-'))
    t.after(() => rmSync(data, { recursive: true, force: true }))
    const port = await freePort()
    let server = await orSkip(t, () => startElasticsearch('8.19.0', { port, data }))
    if (!server) return
    t.after(() => server?.stop())
    const { url } = server
    const gate = await BulkGate.open(t, url)
    const raw = `ack+tcp://127.0.0.1:${await freePort()}`
    const sink = new Service(t, 'sluice-elasticsearch', [
      ...['--pull-bind', raw, '--node', gate.url],
      ...['--batch-delay', '100ms', '--index', 'faults'],
    ])
    await sink.ready()
    const generator = await Generator.open(t, raw, { rate: RATE })
    generator.start()
    for (let kill = 0; kill < KILLS; kill++) {
      await generator.more(RATE)
      gate.hold()
      await gate.holds()
      process.kill(server.pid!, 'SIGKILL')
      gate.lose()
      await server.stop()
      server = await startElasticsearch('8.19.0', { port, data })
    }
    await generator.more(RATE)
    await generator.finish()
    generator.check((await valuesOf(url, 'faults', 'number')).map(Number), { once: true })
    const { stored = 0, duplicate = 0, ...others } = generator.receipt
    assert.deepEqual([stored + duplicate, others], [generator.sent, {}])
    assert.ok(duplicate > 0, 'what it had written when it was killed was not sent again')
    const { books } = (await sink.status()).stages[0]!
    assert.ok(books.balanced && books.held === 0, JSON.stringify(books))
    t.diagnostic(`${generator.sent} records, ${duplicate} of them were there when they were sent again`)
  })
})

/** All that a server may do, at random; documents that are `refused` are so each time. */
function storm(
  random: Random,
  refused: (number: number) => boolean,
): { script: Script; happened: { [kind in Kind]?: number } } {
  const happened: { [kind in Kind]?: number } = {}
  const happens = <T>(what: Kind, answer: T): T => {
    happened[what] = (happened[what] ?? 0) + 1
    return answer
  }
  // A few requests in a row, as of a server whose queue is full.
  let busy = 0
  return {
    happened,
    script: {
      request(_body, size) {
        if (busy === 0 && random.next() < 0.1) busy = random.between(1, 4)
        if (busy > 0) {
          busy--
          const status = random.pick([429, 503] as const)
          return happens(`request ${status}`, status)
        }
        return size > random.between(200, 1500) ? happens('request 413', 413) : undefined
      },
      item(id) {
        if (refused(Number(id.slice(-9))))
          return { status: 400, error: { type: 'document_parsing_exception', reason: 'by script' } }
        if (random.next() > 0.005) return undefined
        const status = random.pick([429, 503] as const)
        return happens(`item ${status}`, { status, error: { type: 'busy', reason: 'by script' } })
      },
      after() {
        const chance = random.next()
        if (chance < 0.05) return happens('hang-up', 'hang-up')
        return chance < 0.1 ? happens('torn', 'torn') : undefined
      },
    },
  }
}

function numbersIn(file: string): number[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map(line => (JSON.parse(line) as { number: number }).number)
}
