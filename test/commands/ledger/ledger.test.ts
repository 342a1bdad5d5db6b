import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { layOut, layOutScreen } from '../../../src/commands/ledger/layout.ts'
import { CODES, createLedger } from '../../../src/commands/ledger/ledger.ts'
import type { Unanswered } from '../../../src/commands/ledger/look.ts'
import type { Answer } from '../../../src/lib/asking/answer.ts'
import { books, daemon, linked, look, stage } from './looks.ts'

const A = 'tcp://127.0.0.1:7000'
const edge = daemon('edge', { shape: 'source', books: books({ stored: 90, duplicate: 5 }, { held: 5 }) })
const spool = (name: string, spooled: number, inside: ReturnType<typeof books>) =>
  daemon(name, {
    books: books({ spooled }),
    spools: [{ file: `/${name}.spool`, books: inside, put: spooled }],
  })
const gone: Unanswered = { address: '/run/x.sock', why: 'nobody answers', expected: false }

const PLAIN = { paint: (_colour: string, text: string) => text, rates: false }

describe('the verdict', () => {
  const table: [what: string, answers: Answer[], unanswered: Unanswered[], code: number, summary: string][] =
    [
      ['nobody', [], [], 2, 'cannot tell yet: no daemon was found'],
      ['what is held is not lost', [edge], [], 0, 'balanced: 1 daemon, 100 records in, 5 held'],
      ['a socket that was left behind', [edge], [gone], 0, 'balanced: 1 daemon, 100 records in, 5 held'],
      [
        'what was dropped and what is dead is named',
        [
          daemon('edge', {
            books: books({ stored: 80, dead: 3, 'dropped:buffer-full': 1_500, 'dropped:x': 7 }),
          }),
        ],
        [],
        0,
        'balanced: 1 daemon, 1,590 records in, 1,507 dropped, 3 dead, 0 held',
      ],
      [
        'a host without a source: what came to the first of them, and no record twice',
        [
          daemon('parser', {
            books: books({ stored: 100 }, { held: 200 }),
            links: [
              { endpoint: 'ack+tcp://*:7000', direction: 'pull', mode: 'bind', peers: 1, records: 300 },
              {
                endpoint: 'ack+tcp://127.0.0.1:7001',
                direction: 'push',
                mode: 'connect',
                peers: 1,
                records: 300,
              },
            ],
          }),
          daemon('store', {
            shape: 'sink',
            books: books({ stored: 100 }, { held: 200 }),
            links: [
              { endpoint: 'ack+tcp://*:7001', direction: 'pull', mode: 'bind', peers: 1, records: 300 },
            ],
          }),
        ],
        [],
        0,
        'balanced: 2 daemons, 300 records in, 200 held',
      ],
      [
        'one that was named and does not answer',
        [edge],
        [{ ...gone, expected: true }],
        2,
        'cannot tell yet: 1 daemon did not answer',
      ],
      [
        'records made on the way',
        [daemon('split', { books: books({ stored: 30 }, { in: 10, made: 20 }) })],
        [],
        0,
        'balanced: 1 daemon, 10 records in, 0 held',
      ],
      [
        'a deficit',
        [daemon('edge', { books: books({ stored: 90 }, { in: 91 }) })],
        [],
        1,
        'loss: 1 record is lost',
      ],
      [
        'too many are no loss',
        [daemon('edge', { books: books({ stored: 90 }, { in: 80 }) })],
        [],
        2,
        'cannot tell yet: 1 book with more out than in',
      ],
      [
        'a spool that took in more than its stage heard of',
        [spool('relay', 100, books({ stored: 100 }, { held: 7 }))],
        [],
        0,
        'balanced: 1 daemon, 100 records in, 7 held',
      ],
      [
        'a spool with less in it than was put there',
        [spool('relay', 100, books({ stored: 60 }, { held: 30 }))],
        [],
        1,
        'loss: 10 records are lost',
      ],
      [
        'outputs, each with its spool: what one has too much does not make up for the other',
        [
          daemon('route', {
            books: books({ spooled: 100 }),
            spools: [
              { output: 'a', file: '/route.a.spool', books: books({ stored: 60 }), put: 50 },
              { output: 'b', file: '/route.b.spool', books: books({ stored: 40 }, { held: 1 }), put: 50 },
            ],
          }),
        ],
        [],
        1,
        'loss: 9 records are lost',
      ],
      [
        'a spool that does not balance',
        [spool('relay', 90, books({ stored: 60 }, { in: 90, held: 28 }))],
        [],
        1,
        'loss: 2 records are lost',
      ],
      [
        'bug: what a damaged spool has lost was balanced',
        [spool('relay', 100, books({ stored: 60, 'dropped:spool-damaged': 30 }, { held: 10 }))],
        [],
        1,
        'loss: 30 records are lost',
      ],
      [
        'what a damaged spool has lost, and what it lacks besides',
        [
          spool(
            'relay',
            95,
            books({ stored: 60, 'dropped:buffer-full': 1, 'dropped:spool-damaged': 30 }, { in: 95 }),
          ),
        ],
        [],
        1,
        'loss: 34 records are lost',
      ],
      [
        'a plain link to one who was not asked',
        [linked('edge', 0, `push connect ${A} 5`)],
        [],
        2,
        'cannot tell yet: 1 plain link cannot be compared',
      ],
      [
        'something on its way',
        [linked('edge', 2, `push connect ${A} 5`), linked('sink', 1, `pull bind ${A} 4`)],
        [],
        2,
        'cannot tell yet: 1 record in flight or lost',
      ],
      [
        'a loss is a loss, whatever else is not known',
        [daemon('edge', { books: books({}, { in: 2 }) })],
        [{ ...gone, expected: true }],
        1,
        'loss: 2 records are lost',
      ],
      [
        'what the kernel dropped',
        [daemon('edge', { shape: 'source', kernelDropped: 12 })],
        [],
        0,
        'balanced: 1 daemon, 0 held',
      ],
    ]
  for (const [what, answers, unanswered, code, summary] of table) {
    test(`${what}: ${code}`, () => {
      const ledger = createLedger([look(0, answers, unanswered)])
      assert.deepEqual([ledger.summary, CODES[ledger.verdict]], [summary, code])
    })
  }

  test('bug: many stages and links of one daemon ended it, or took seconds', () => {
    const all = Array.from({ length: 100_000 }, (_, n) => n)
    const stages = all.map(n => stage(`s${n}`))
    assert.equal(layOut(createLedger([look(0, [daemon('a', {}, { stages })])]), PLAIN).length, 100_003)
    const ends = all.slice(0, 20_000).map(n => `push connect tcp://10.0.0.${n}:7000 1`)
    const said = [linked('a', 0, ...ends), linked('b', 0, 'pull bind tcp://127.0.0.1:7000 0')]
    const before = performance.now()
    assert.equal(createLedger([look(0, said)]).links.length, 20_001)
    assert.ok(performance.now() - before < 5_000)
  })

  test('one who says more than is read: cannot tell', () => {
    const { summary } = createLedger([look(0, [daemon('a', {}, { isCut: true })])])
    assert.equal(summary, 'cannot tell yet: 1 daemon said more than is read')
  })

  test('a plain link that lost something, seen idle', () => {
    const said = [linked('edge', 2, `push connect ${A} 105`), linked('sink', 1, `pull bind ${A} 100`)]
    const { verdict, lost } = createLedger([look(0, said), look(5, said)])
    assert.deepEqual([verdict, lost], ['loss', 5])
  })
})

describe('the text', () => {
  const paint = (_colour: string, text: string) => text
  const lines = (answers: Answer[]) => layOut(createLedger([look(0, answers)]), { paint, rates: false })

  test('is a table of stages and spools, links, drops of the kernel, and the verdict', () => {
    const answers = [
      daemon('edge', { shape: 'source', kernelDropped: 12, books: books({ spooled: 1000 }, { held: 5 }) }),
      spool('relay', 1000, books({ stored: 900, 'dropped:buffer-full': 60 }, { held: 40 })),
      daemon('split', { books: books({ stored: 25 }, { in: 20, made: 7 }) }),
      linked('pusher', 2, `push connect ${A} 12345`),
      linked('puller', 1, `pull bind ${A} 12344`),
    ]
    assert.deepEqual(lines(answers), [
      '                   in  made   what became of them',
      'edge    source  1,005       = 1,000 spooled + 5 held',
      'relay   filter  1,000       = 1,000 spooled',
      'split   filter     20     7 ≠ 25 stored',
      '                              2 records missing',
      'pusher  filter      0       = 0',
      'puller  filter      0       = 0',
      'relay   spool   1,000       = 900 stored + 60 dropped:buffer-full + 40 held',
      '',
      'tcp://127.0.0.1:7000  pusher to puller',
      '    12,345 pushed, 12,344 pulled: 1 record in flight or lost',
      '',
      'edge: the kernel dropped 12 datagrams before anything saw them',
      '',
      'loss: 2 records are lost',
    ])
  })

  test('what a damaged spool has lost is not called missing: its books say where it is', () => {
    const inside = books({ stored: 60, 'dropped:spool-damaged': 30 }, { held: 10 })
    assert.deepEqual(lines([spool('relay', 100, inside)]).slice(2), [
      'relay  spool   100 = 60 stored + 30 dropped:spool-damaged + 10 held',
      '',
      'loss: 30 records are lost',
    ])
  })

  test('bug: what was in the place of a daemon could write to the terminal', () => {
    const hostile = { address: '/run/\u001b]0;x\u0007.sock', why: `HTTP 500: \u001b[2J${'x'.repeat(500)}` }
    const said = [linked('a', 1, `push connect ${A} 5`), linked('b', 0, `pull bind ${A} 4`)]
    const looks = [0, 5].map(second => look(second, said, [{ ...hostile, expected: true }]))
    const screen = layOutScreen(createLedger(looks), 24, { paint, rates: true })
    assert.match(screen[1]!, /^\/run\/\?\]0;x\?\.sock: HTTP 500: \?\[2Jx+…$/)
    assert.equal(screen[1]!.length, 201)
    assert.match(screen.join('\n'), /\?\.sock may have taken them, and does not answer/)
    assert.doesNotMatch(screen.join(''), /[\u0000-\u001f]/)
  })

  test('a screen that is too small leaves out what stands before the verdict', () => {
    const screen = layOutScreen(createLedger([look(0, [edge])]), 4, { paint, rates: true })
    assert.deepEqual(screen.slice(1), ['…', 'balanced: 1 daemon, 100 records in, 5 held'])
  })

  test('a stage among others has the name of its process before its own', () => {
    const [, row] = lines([daemon('chain', {}, { stages: [stage('syslog-udp')] })])
    assert.match(row!, /^chain\/syslog-udp {2}filter/)
  })

  test('bug: a verdict of many numbers had more than 80 columns', () => {
    const all = books({ dead: 10_000_000, 'dropped:buffer-full': 99_999_900 }, { held: 100 })
    const text = lines([daemon('source', { books: all })])
    assert.deepEqual(text.slice(-2), [
      'balanced: 1 daemon, 110,000,000 records in, 99,999,900 dropped, 10,000,000 dead,',
      '  100 held',
    ])
  })

  test('has at most 80 columns', () => {
    const big = fc.nat({ max: 999_999_999 })
    const outcome = fc.constantFrom('stored', 'spooled', 'sent', 'duplicate', 'dead', 'dropped:buffer-full')
    const name = fc.string({ unit: fc.constantFrom('a', '-', '7'), minLength: 1, maxLength: 64 })
    const account = fc.tuple(fc.dictionary(outcome, big), big).map(([all, held]) => books(all, { held }))
    const source = fc.tuple(name, account, big).map(([name, books, n]) =>
      daemon(name, {
        books,
        links: [{ endpoint: 'ipc:///run/a', direction: 'push', mode: 'bind', peers: 0, records: n }],
        kernelDropped: n,
      }),
    )
    fc.assert(
      fc.property(fc.array(source, { maxLength: 4 }), answers => {
        for (const line of lines(answers)) assert.ok(line.length <= 80 || !line.includes(' '), line)
      }),
    )
  })
})
