// A filter is killed after it has sent records on and before it could acknowledge them: doing it again gives the same ids,
// so that each is in the sink once.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { BulkStub } from '../support/bulk-stub.ts'
import { freePort } from '../support/port.ts'
import { BulkGate } from './bulk-gate.ts'
import { Generator } from './generator.ts'
import { LONG } from './random.ts'
import { Service } from './service.ts'

const ROUNDS = LONG ? 20 : 2
const RATE = 3_000

interface Document {
  '@meta': { id: string }
  message?: string
  round: number
  number: number
  part?: number
  numbers?: number[]
}

interface Filter {
  /** A name in bin/, or the text of a file. */
  program: string
  flags?: string[]
  /** The numbers in a document; each number is there once for each of these. */
  numbers: { [what: string]: (document: Document) => number[] }
  /** How many documents the sink has of so many records. */
  documents(records: number): number
}

const FILTERS: { readonly [what: string]: Filter } = {
  parses: {
    program: 'sluice-syslog-json',
    numbers: { one: ({ number }) => [number] },
    documents: records => records,
  },
  splits: {
    program: `
      import { filter } from 'sluice'
      export default filter({
        summary: 'Split each record in two',
        open: () => ({ '@meta': _, ...fields }) => [{ ...fields, part: 0 }, { ...fields, part: 1 }],
      })`,
    numbers: {
      'the first part': ({ number, part }) => (part === 0 ? [number] : []),
      'the second part': ({ number, part }) => (part === 1 ? [number] : []),
    },
    documents: records => 2 * records,
  },
  'waits for the lines of a record': {
    program: 'sluice-multiline',
    flags: ['--start', '0$', '--hold-timeout', '2s'],
    numbers: {
      joined: ({ message }) => message!.split('\n').map(line => Number(line.slice('number '.length))),
    },
    documents: records => Math.ceil(records / 10),
  },
  // Groups go over the borders of batches (which have at most 256 records).
  'holds and joins': {
    program: `
      import { filter } from 'sluice'
      export default filter({
        summary: 'Join ten records into one',
        hold: { records: 1000, timeout: '2s' },
        open(_options, { hold, join }) {
          let held = []
          const flush = tokens => {
            const { round } = tokens[0].record
            join([{ round, numbers: tokens.map(({ record }) => record.number) }], tokens)
            held = held.filter(token => !tokens.includes(token))
          }
          return {
            filter(record) {
              held.push(hold(record))
              if (record.number % 10 === 9) flush(held)
            },
            flush,
          }
        },
      })`,
    numbers: { joined: ({ numbers }) => numbers! },
    documents: records => Math.ceil(records / 10),
  },
}

describe('kill -9 of a filter between sending on and acknowledging', { concurrency: true }, () => {
  for (const [what, { program, flags = [], numbers, documents }] of Object.entries(FILTERS)) {
    test(`that ${what}: the same ids, once in the sink`, async t => {
      const stub = new BulkStub({})
      t.after(() => stub.close())
      const gate = await BulkGate.open(t, await stub.listen())
      const [raw, filtered] = [
        `ack+tcp://127.0.0.1:${await freePort()}`,
        `ack+tcp://127.0.0.1:${await freePort()}`,
      ]
      const links = ['--pull-bind', raw, '--push-connect', filtered, ...flags]
      const filter = program.startsWith('sluice-')
        ? new Service(t, program, links)
        : new Service(t, 'sluice', [fileOf(t, program), ...links])
      const sink = new Service(t, 'sluice-elasticsearch', [
        ...['--pull-bind', filtered],
        ...['--node', gate.url, '--batch-delay', '200ms'],
      ])
      for (const service of [filter, sink]) await service.ready()
      for (let round = 0; round < ROUNDS; round++) {
        const generator = await Generator.open(t, raw, {
          rate: RATE,
          record: number => ({ message: `number ${number}`, round }),
        })
        const before = gate.writes.length
        await killUnacknowledged(filter, { sink, gate, generator })
        const all = ([...stub.stored.values()] as Document[]).filter(document => document.round === round)
        for (const numbersOf of Object.values(numbers))
          generator.check(all.flatMap(numbersOf), { once: true })
        const expected = documents(generator.sent)
        assert.equal(all.length, expected)
        assert.ok(gate.writes.length - before > expected, 'nothing came twice: it was killed too early')
        const { stored = 0, duplicate = 0, merged = 0, made = 0, ...others } = generator.receipt
        assert.deepEqual(others, {})
        assert.equal(stored + duplicate, expected)
        assert.equal(made - merged, expected - generator.sent)
      }
      for (const service of [filter, sink]) {
        const { books } = (await service.status()).stages[0]!
        assert.ok(books.balanced && books.held === 0, `${service.name}: ${JSON.stringify(books)}`)
      }
      t.diagnostic(`${gate.writes.length} documents were sent, ${stub.stored.size} are there`)
    })
  }
})

/** All that the generator sends goes through a filter that is killed while nothing of it is acknowledged. */
async function killUnacknowledged(
  filter: Service,
  { sink, gate, generator }: { sink: Service; gate: BulkGate; generator: Generator },
): Promise<void> {
  const taken = async () => (await sink.status()).stages[0]!.books.in
  gate.hold()
  generator.start()
  await gate.holds()
  const finished = generator.finish()
  await filter.run.stop('SIGKILL')
  assert.equal(generator.acknowledged.size, 0)
  const first = await taken()
  filter.restart()
  await sink.run.untilStatus('the same again', ({ stages }) => stages[0]!.books.in > first)
  gate.release()
  await finished
}

function fileOf(t: TestContext, code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-filter-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'own.ts')
  writeFileSync(path, code)
  return path
}
