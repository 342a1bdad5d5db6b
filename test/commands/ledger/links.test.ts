import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judgeLinks, type LinkEntry } from '../../../src/commands/ledger/links.ts'
import { books, daemon, link, linked, look } from './looks.ts'

const A = 'tcp://127.0.0.1:7000'

/** The one link there is, after these looks. */
function only(...looks: Parameters<typeof judgeLinks>[0]): LinkEntry {
  const links = judgeLinks(looks)
  assert.equal(links.length, 1, JSON.stringify(links))
  return links[0]!
}

/** The same, seen for as long as it takes to be idle. */
const standing = (...said: ReturnType<typeof linked>[]) => only(look(0, said), look(5, said))

describe('which ends meet', () => {
  for (const [bound, connected, meet] of [
    ['tcp://127.0.0.1:7000', 'tcp://127.0.0.1:7000', true],
    ['tcp://0.0.0.0:7000', 'tcp://parser.example:7000', true],
    ['tcp://*:7000', 'tcp://10.0.0.7:7000', true],
    ['tcp://[::]:7000', 'tcp://[fe80::1]:7000', true],
    ['tcp://127.0.0.1:7000', 'tcp://localhost:7000', true],
    ['tcp://[::1]:7000', 'tcp://localhost:7000', true],
    ['tcp://10.0.0.7:7000?framing=record', 'tcp://10.0.0.7:7000', true],
    ['tcp://Parser.example:7000', 'tcp://parser.example:7000', true],
    ['tcp://127.0.0.1:7000', 'tcp://127.0.0.1:7001', false],
    ['tcp://0.0.0.0:7000', 'tcp://10.0.0.7:17000', false],
    ['tcp://127.0.0.1:7000', 'tcp://10.0.0.7:7000', false],
    ['ipc:///run/a', 'ipc:///run/a', true],
    ['ipc:///run/a', 'ipc:///run/b', false],
  ] as const) {
    test(`${bound} and ${connected}: ${meet}`, () => {
      const said = [linked('a', 2, `push connect ${connected} 5`), linked('b', 1, `pull bind ${bound} 5`)]
      const links = judgeLinks([look(0, said)])
      assert.equal(links.length, meet ? 1 : 2)
      if (meet) assert.deepEqual([links[0]!.endpoint, links[0]!.state], [bound, 'arrived'])
    })
  }

  test('acknowledged links, pipes and files are not compared', () => {
    const said = [
      linked('a', 0, 'push bind ack+tcp://127.0.0.1:7000 5', 'push connect file:///x 5', 'push connect - 5'),
    ]
    assert.deepEqual(judgeLinks([look(0, said)]), [])
  })

  test('several who push and pull at one address are summed up', () => {
    const said = [
      linked('a', 3, `push connect ${A} 70`),
      linked('b', 3, `push connect ${A} 30`),
      linked('c', 1, `pull bind ${A} 100 2`),
      linked('d', 1, 'pull connect tcp://127.0.0.1:7001 1'),
      linked('e', 2, 'push bind tcp://*:7001 3 2'),
      linked('f', 1, 'pull connect tcp://10.0.0.7:7001 2'),
    ]
    const links = judgeLinks([look(0, said)])
    assert.deepEqual(
      links.map(({ note: _, ...entry }) => entry),
      [
        { endpoint: A, pushers: ['a', 'b'], pullers: ['c'], pushed: 100, pulled: 100, state: 'arrived' },
        {
          endpoint: 'tcp://*:7001',
          pushers: ['e'],
          pullers: ['d', 'f'],
          pushed: 3,
          pulled: 3,
          state: 'arrived',
        },
      ],
    )
  })
})

describe('what is missing', () => {
  const pusher = (records: number, started = 2) => linked('pusher', started, `push connect ${A} ${records}`)
  const puller = (records: number, started = 1) => linked('puller', started, `pull bind ${A} ${records}`)

  test('is in flight or lost at the first look', () => {
    const { state, pushed, pulled } = only(look(0, [pusher(100), puller(90)]))
    assert.deepEqual([state, pushed, pulled], ['moving', 100, 90])
  })

  test('is in flight or lost as long as either side moves', () => {
    const before = look(0, [pusher(100), puller(90)])
    for (const now of [
      [pusher(101), puller(90)],
      [pusher(100), puller(91)],
    ])
      assert.equal(only(before, look(5, now)).state, 'moving')
    assert.equal(only(before, look(4.9, before.answers)).state, 'moving')
  })

  test('is lost when both sides have been idle for 5 s', () => {
    assert.equal(standing(pusher(100), puller(90)).state, 'lost')
    // It moved once, then stood still.
    const said = [pusher(100), puller(90)]
    const looks = [look(0, [pusher(80), puller(70)]), look(1, said), look(6, said)]
    assert.equal(only(...looks).state, 'lost')
  })

  test('has arrived after all', () => {
    assert.equal(
      only(look(0, [pusher(100), puller(90)]), look(1, [pusher(100), puller(100)])).state,
      'arrived',
    )
  })

  test('more may be pulled meanwhile than had been pushed when the pusher was asked', () => {
    const looks = [look(0, [pusher(100), puller(90)]), look(1, [pusher(200), puller(220)])]
    assert.equal(only(...looks).state, 'arrived')
  })
})

describe('no loss is claimed', () => {
  const pusher = linked('pusher', 2, `push connect ${A} 100`)
  const puller = linked('puller', 1, `pull bind ${A} 90`)

  test('when the puller began after the pusher: one before it may have taken them', () => {
    const { state, note } = standing(pusher, linked('puller', 3, `pull bind ${A} 90`))
    assert.equal(state, 'unknown')
    assert.match(note, /^puller began its books after pusher/)
  })

  test('when one of them begins anew while we look', () => {
    for (const [name, anew] of [
      ['puller', [pusher, linked('puller', 4, `pull bind ${A} 3`)]],
      ['pusher', [linked('pusher', 4, `push connect ${A} 5`), puller]],
      ['puller', [pusher]],
    ] as const) {
      const { state, note } = only(look(0, [pusher, puller]), look(5, anew))
      assert.equal(state, 'unknown')
      assert.match(note, new RegExp(`^${name} stopped or began new books`))
    }
  })

  test('when the pusher has begun anew before: more was pulled than it says', () => {
    const { state, note } = only(
      look(0, [linked('pusher', 2, `push connect ${A} 50`), puller]),
      look(1, [linked('pusher', 2, `push connect ${A} 60`), puller]),
    )
    assert.equal(state, 'unknown')
    assert.match(note, /new books/)
  })

  test('when somebody else is connected, who was not asked', () => {
    const { state, note } = standing(
      linked('pusher', 2, `push bind ${A} 100 2`),
      linked('puller', 1, `pull connect ${A} 50`),
    )
    assert.equal(state, 'unknown')
    assert.match(note, /not asked/)
  })

  test('when one that may have pulled does not answer', () => {
    const silent = [{ address: '/run/other.sock', why: 'nobody answers', expected: false }]
    const said = [pusher, puller]
    const { state, note } = only(look(0, said, silent), look(5, said, silent))
    assert.equal(state, 'unknown')
    assert.match(note, /^\/run\/other.sock may have taken them/)
  })

  for (const [what, some] of Object.entries({
    'holds records': { books: books({}, { held: 90 }) },
    'has records in its spool': { spools: [{ file: '/x', books: books({}, { held: 90 }), put: 90 }] },
    'waits for a disk': { waiting: true },
  })) {
    test(`when the puller ${what}: more may wait before it in the sockets`, () => {
      const links = [link(`pull bind ${A} 90`)]
      const { state, note } = standing(pusher, daemon('puller', { ...some, links }))
      assert.deepEqual([state, note], ['moving', 'puller is held up, and more may wait before it'])
    })
  }

  test('when the connection is cut: what was pushed may wait for it', () => {
    const { state, note } = standing(
      linked('pusher', 2, `push connect ${A} 100 0`),
      linked('puller', 1, `pull bind ${A} 90 0`),
    )
    assert.equal(state, 'unknown')
    assert.match(note, /^pusher is cut off/)
  })

  test('when nobody who was asked pulls there', () => {
    assert.equal(only(look(0, [pusher])).state, 'unknown')
    assert.equal(only(look(0, [linked('pusher', 2, `push connect ${A} 0`)])).state, 'arrived')
  })

  test('when nobody who was asked pushes there', () => {
    const { state, note } = standing(puller)
    assert.deepEqual([state, note], ['arrived', 'who pushes here was not asked'])
  })

  for (const [push, pull, state] of [
    ['', '', 'lost'],
    ['?framing=record', '', 'lost'],
    ['?framing=record', '?framing=batch', 'lost'],
    ['?framing=record', '?framing=text', 'lost'],
    ['', '?framing=text', 'unknown'],
    ['?framing=text', '', 'unknown'],
    ['?framing=text', '?framing=text', 'unknown'],
  ] as const) {
    test(`push ${push || '(batch)'}, pull ${pull || '(batch)'}: ${state}`, () => {
      const entry = standing(
        linked('pusher', 2, `push connect ${A}${push} 100`),
        linked('puller', 1, `pull bind ${A}${pull} 90`),
      )
      assert.equal(entry.state, state)
    })
  }
})
