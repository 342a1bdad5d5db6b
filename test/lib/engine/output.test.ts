import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outlet, type WhenFull } from '../../../src/lib/engine/outlet.ts'
import { OutputTarget } from '../../../src/lib/engine/output.ts'
import { ManualLink, settled } from '../../support/link.ts'

function create(link: ManualLink, whenFull: WhenFull, buffer = 1e6) {
  const said: (string | undefined)[] = []
  const outlet = new Outlet({
    links: [link],
    batch: { bytes: 0, delay: 0 },
    buffer,
    whenFull,
    maxRecord: 1e6,
    dropped: () => {},
    refuse: async () => {},
  })
  const output = new OutputTarget({
    name: 'far',
    outlet,
    most: () => 1000,
    blocks: whenFull === 'block',
    waitingFor: reason => void said.push(reason),
  })
  return { output, said }
}

const records = (id: string) => [{ '@meta': { id } }]

test('what came in waits for it, not only what is put there', async () => {
  const link = new ManualLink()
  const { output } = create(link, 'block')
  const receipt = output.accept(records('a'), 900)
  assert.deepEqual([output.owed, output.isBehind], [900, false])
  output.accept(records('b'), 200)
  assert.deepEqual([output.owed, output.isBehind], [1100, true])
  link.acknowledge()
  assert.deepEqual(await receipt, { sent: 1 })
  assert.deepEqual([output.owed, output.isBehind], [200, false])
  assert.deepEqual(output.books.toJSON(), { in: 2, sent: 1, held: 1, balanced: true })
})

test('one that blocks says so when it is behind and does not answer, until it does', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const link = new ManualLink()
  const { output, said } = create(link, 'block')
  output.accept(records('a'), 1100)
  output.accept(records('b'), 1100)
  t.mock.timers.tick(900)
  link.acknowledge()
  await settled()
  t.mock.timers.tick(100)
  // It is only slow.
  assert.deepEqual(said, [])
  t.mock.timers.tick(1000)
  assert.deepEqual(said, ['output far takes nothing, and holds up the others'])
  link.acknowledge()
  await settled()
  assert.deepEqual(said.slice(1), [undefined])
})

test('one whose buffer is full holds up the others too; one that drops does not', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  for (const whenFull of ['block', 'drop-oldest'] as const) {
    const { output, said } = create(new ManualLink(), whenFull, 10)
    output.accept(records('a'), 1)
    assert.equal(output.room() !== undefined, whenFull === 'block')
    t.mock.timers.tick(1000)
    assert.equal(said.length, whenFull === 'block' ? 1 : 0)
  }
})
