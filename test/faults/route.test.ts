// One filter with several outputs, some of which are killed, frozen or not there at all.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../support/port.ts'
import type { Status } from '../support/process.ts'
import { endBalanced, fileEnd, unreadiness } from './ends.ts'
import { Generator } from './generator.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { until } from './wait.ts'

const RATE = 5_000
const ROUNDS = LONG ? 60 : 5
/** Of so many records one is for the second output. */
const SHARE = 50
const address = (port: number) => `ack+tcp://127.0.0.1:${port}`

const even = (number: number) => number % 2 === 0
const rare = (number: number) => number % SHARE === 0
const record = (goes: (number: number) => boolean) => (number: number) => ({
  message: `number ${number}`,
  to: goes(number) ? 'second' : 'first',
})

interface Outputs {
  status: Status['stages'][0] & { outputs: OutputStatus[] }
}

interface OutputStatus {
  name: string
  books: { in: number; held: number; balanced: boolean; [outcome: string]: number | boolean }
  spool?: { file: string; records: number }
}

const outputsOf = ({ stages }: Status) => (stages[0] as Outputs['status']).outputs

/** A route with two outputs, and where they lead. */
async function twoOutputs(t: TestContext, second = '', pull = '') {
  const [inward, one, two] = [address(await freePort()), address(await freePort()), address(await freePort())]
  const route = new Service(t, 'sluice-route', [
    '--pull-bind',
    `${inward}${pull}`,
    '--to',
    `to:second => ${two}?name=second${second}`,
    '--to',
    `* => ${one}?name=first`,
  ])
  const ends = {
    first: () => fileEnd(t, ['--pull-bind', one]),
    second: () => fileEnd(t, ['--pull-bind', two]),
  }
  await route.ready()
  return { route, inward, ends }
}

/** All that was acknowledged is there, and nothing that belongs elsewhere. */
function checkPlaces(generator: Generator, numbers: readonly number[], belongs: (number: number) => boolean) {
  const there = new Set(numbers)
  const lost = [...generator.acknowledged].filter(number => belongs(number) && !there.has(number))
  assert.deepEqual(lost.slice(0, 10), [], `${lost.length} acknowledged records are lost`)
  assert.deepEqual(
    [...there].filter(number => !belongs(number)).slice(0, 10),
    [],
    'records at the wrong place',
  )
}

describe('two outputs', { concurrency: 2 }, () => {
  test(`${ROUNDS} times kill -9 of one, of the other, or of route itself: nothing is lost or misplaced`, async t => {
    const random = new Random(t)
    const { route, inward, ends } = await twoOutputs(t)
    const [first, second] = [ends.first(), ends.second()]
    const generator = await Generator.open(t, inward, { rate: RATE, record: record(even) })
    generator.start()
    for (let round = 0; round < ROUNDS; round++) {
      await generator.more(random.between(1, RATE / 2))
      await random.pick([route, first.service, second.service]).kill()
    }
    await generator.finish()
    checkPlaces(generator, await first.numbers(), number => !even(number))
    checkPlaces(generator, await second.numbers(), even)
    await endBalanced([route, first.service, second.service])
    t.diagnostic(`${generator.sent} records, ${route.starts} starts of route`)
  })

  for (const policy of ['drop-oldest', 'drop-newest'])
    test(`one that is down and may drop (${policy}) holds up nobody, however little of the window is for it`, async t => {
      const { route, inward, ends } = await twoOutputs(t, `&when-full=${policy}`, '?window=1MiB')
      const first = ends.first()
      const generator = await Generator.open(t, inward, { record: record(rare) })
      generator.start()
      // Twenty windows, of which a fiftieth is for the one that is not there.
      await generator.more(40_000)
      assert.ok(generator.receipt['dropped:buffer-full']! > 100, JSON.stringify(generator.receipt))
      const second = ends.second()
      await generator.finish()
      checkPlaces(generator, await first.numbers(), number => !rare(number))
      const { 'dropped:buffer-full': dropped = 0, stored = 0 } = generator.receipt
      assert.equal(dropped + stored, generator.sent)
      const kept = new Set(await second.numbers())
      assert.ok([...kept].every(rare))
      const all = Math.ceil(generator.sent / SHARE)
      assert.equal(kept.size, all - dropped)
      assert.match(route.run.stderr, /"output":"second".*records were dropped, as --when-full says/)
      await endBalanced([route, first.service, second.service])
    })

  test('one that is frozen and may drop holds up nobody', async t => {
    const { route, inward, ends } = await twoOutputs(t, '&when-full=drop-oldest', '?window=1MiB')
    const [first, second] = [ends.first(), ends.second()]
    const generator = await Generator.open(t, inward, { record: record(rare) })
    generator.start()
    await generator.more(10_000)
    second.service.run.child.kill('SIGSTOP')
    await generator.more(40_000)
    second.service.run.child.kill('SIGCONT')
    await generator.finish()
    checkPlaces(generator, await first.numbers(), number => !rare(number))
    const kept = new Set(await second.numbers())
    const { 'dropped:buffer-full': dropped = 0 } = generator.receipt
    assert.ok(
      dropped > 100 && kept.size === Math.ceil(generator.sent / SHARE) - dropped,
      `${dropped} dropped`,
    )
    await endBalanced([route, first.service, second.service])
  })

  test('one that is down and blocks stops all, says who it is, and goes on when it is there', async t => {
    const { route, inward, ends } = await twoOutputs(t, '', '?window=1MiB')
    const first = ends.first()
    const generator = await Generator.open(t, inward, { record: record(rare) })
    generator.start()
    const says = await until('the reason', async () => {
      const why = await unreadiness(route)
      return /holds up/.test(why) && why
    })
    assert.match(says, /^output second: ack\+tcp:.*: nobody is connected$/m)
    assert.match(says, /^output second takes nothing, and holds up the others$/m)
    const { acknowledged } = generator
    assert.ok(![...acknowledged].some(rare))
    const second = ends.second()
    await generator.more(20_000)
    assert.equal(await unreadiness(route), '')
    await generator.finish()
    checkPlaces(generator, await first.numbers(), number => !rare(number))
    checkPlaces(generator, await second.numbers(), rare)
    await endBalanced([route, first.service, second.service])
  })

  test('one that is down and has a spool holds up nobody; route killed, the spool delivers it', async t => {
    const { route, inward, ends } = await twoOutputs(t, '&spool=spool', '?window=1MiB')
    const first = ends.first()
    const generator = await Generator.open(t, inward, { record: record(rare) })
    generator.start()
    await generator.more(40_000)
    const { spool } = outputsOf(await route.status()).find(({ name }) => name === 'second')!
    assert.match(spool!.file, /spool\/route\.second\.spool$/)
    assert.ok(spool!.records > 100)
    await route.kill()
    await route.ready()
    await generator.more(10_000)
    const second = ends.second()
    await generator.finish()
    await until('an empty spool', async () => {
      const [output] = outputsOf(await route.status())
      return output!.spool!.records === 0
    })
    checkPlaces(generator, await first.numbers(), number => !rare(number))
    checkPlaces(generator, await second.numbers(), rare)
    assert.equal(generator.receipt['dropped:buffer-full'], undefined)
    await endBalanced([route, first.service, second.service])
  })
})
