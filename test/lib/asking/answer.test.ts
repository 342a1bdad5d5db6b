import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { missingIn, readAnswer } from '../../../src/lib/asking/answer.ts'
import { books } from '../../commands/ledger/looks.ts'

const NOW = Date.parse('2026-11-21T12:00:00.250Z')
const status = {
  name: 'edge',
  pid: 42,
  started: '2026-11-21T11:59:00.000Z',
  uptime: 60,
  stages: [
    {
      name: 'edge',
      shape: 'source',
      books: { in: 10, made: 1, stored: 8, 'dropped:buffer-full': 1, held: 2, balanced: true },
      spool: { file: '/edge.spool', books: { in: 3, stored: 1, held: 2, balanced: true } },
      waiting: { spool: 'the disk is full' },
      rate: 2.5,
      links: [
        { endpoint: 'tcp://127.0.0.1:1', direction: 'push', mode: 'connect', peers: 1, records: 9 },
        { endpoint: 'file:///x', direction: 'push', mode: 'connect', records: 9 },
      ],
      counters: { kernelDropped: 7, notJson: 1 },
    },
  ],
}
const read = (some: object) => readAnswer('/edge.sock', JSON.stringify({ ...status, ...some }), NOW)

/** The stages of one that says more than is read. */
function stagesOf(some: object) {
  const { stages, isCut } = read(some)
  assert.equal(isCut, true)
  return stages
}

describe('an answer', () => {
  test('is what the ledger needs of /status', () => {
    assert.deepEqual(read({}), {
      address: '/edge.sock',
      name: 'edge',
      life: '42 2026-11-21T11:59:00.000Z',
      started: Date.parse(status.started),
      stages: [
        {
          name: 'edge',
          shape: 'source',
          books: { in: 10, made: 1, outcomes: { stored: 8, 'dropped:buffer-full': 1 }, held: 2 },
          spools: [
            { file: '/edge.spool', books: { in: 3, made: 0, outcomes: { stored: 1 }, held: 2 }, put: 0 },
          ],
          waiting: true,
          rate: 2.5,
          links: [
            { endpoint: 'tcp://127.0.0.1:1', direction: 'push', mode: 'connect', peers: 1, records: 9 },
            { endpoint: 'file:///x', direction: 'push', mode: 'connect', peers: 0, records: 9 },
          ],
          kernelDropped: 7,
        },
      ],
    })
  })

  test('tells the spools of outputs from that of the push side, and what was put into each', () => {
    const spool = (file: string) => ({ file, books: { in: 9, held: 9 } })
    const stage = {
      name: 'route',
      // 2 more were spooled by somebody behind an output that has none itself.
      books: { in: 11, spooled: 11 },
      spool: spool('/route.spool'),
      outputs: [
        { name: 'a', books: { in: 5, spooled: 5 }, spool: spool('/route.a.spool') },
        { name: 'b', books: { in: 2, spooled: 2 } },
        'nonsense',
      ],
    }
    assert.deepEqual(
      read({ stages: [stage] }).stages[0]!.spools.map(({ output, file, put }) => [output, file, put]),
      [
        [undefined, '/route.spool', 4],
        ['a', '/route.a.spool', 5],
      ],
    )
  })

  test('by another clock says how long ago it started', () => {
    assert.equal(read({ started: '2031-01-01T00:00:00.000Z' }).started, NOW - 60_000)
  })

  test('of another program is refused', () => {
    for (const body of ['', '[]', '"x"', '{}', '{"stages":1}', '<html>', 'null'])
      assert.throws(() => readAnswer('x', body, NOW), /no daemon of Sluice/)
  })

  test('cannot write to the terminal', () => {
    const { name, stages } = read({
      name: '\u001b[2J',
      stages: [{ name: 'ä', books: { '\u0007': 1 }, links: [{ endpoint: 'tcp://\n' }] }],
    })
    assert.equal(name, '?[2J')
    assert.equal(stages[0]!.name, '?')
    assert.deepEqual(stages[0]!.books.outcomes, { '?': 1 })
    assert.equal(stages[0]!.links[0]!.endpoint, 'tcp://?')
  })

  test('bug: one with any number of stages, links, outputs or outcomes was read to its end', () => {
    const many = <T>(one: (n: number) => T) => Array.from({ length: 700 }, (_, n) => one(n))
    const stages = [1, 2].map(() => ({
      links: many(n => ({ endpoint: `tcp://127.0.0.1:${n}` })),
      outputs: many(n => ({ name: `${n}`, spool: {} })),
    }))
    assert.deepEqual(
      stagesOf({ stages }).map(({ links, spools }) => [links.length, spools.length]),
      [
        [700, 700],
        [300, 300],
      ],
    )
    const outcomes = Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`o${n}`, 1]))
    const [one, ...others] = stagesOf({ stages: [{ books: outcomes, name: 'x'.repeat(5_000) }] })
    assert.deepEqual([Object.keys(one!.books.outcomes).length, one!.name.length, others], [1_000, 1_000, []])
    assert.equal(stagesOf({ stages: Array(1_001).fill({}) }).length, 1_000)
  })

  test('with nonsense in it counts as 0', () => {
    const { stages } = read({ stages: [{ books: { in: 'x', held: null, stored: null }, links: 7 }, 'x'] })
    assert.equal(stages.length, 1)
    assert.deepEqual(stages[0]!.books, { in: 0, made: 0, held: 0, outcomes: {} })
  })
})

test('what is missing in books', () => {
  assert.equal(missingIn(books({ stored: 5 }, { held: 2 })), 0)
  assert.equal(missingIn(books({ stored: 5 }, { in: 6 })), 1)
  assert.equal(missingIn(books({ stored: 5 }, { in: 3, made: 1 })), -1)
})
