// kill -9 around filters that remember what they have seen: what comes again must not be lost because it came before.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../support/port.ts'
import { emptied, endBalanced, fileEnd } from './ends.ts'
import { Generator } from './generator.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'

const RATE = 3_000
const ROUNDS = LONG ? 60 : 5
const LIKE = 3
const address = (port: number) => `ack+tcp://127.0.0.1:${port}`
const keyOf = (number: number) => Math.floor(number / LIKE)

/** A spool, which sends again what it has not heard of; the filter; a file. Any of them is killed, again and again. */
async function killAround(t: TestContext, step: string) {
  const random = new Random(t)
  const [raw, spooled, mapped] = [
    address(await freePort()),
    address(await freePort()),
    address(await freePort()),
  ]
  const end = fileEnd(t, ['--pull-bind', mapped])
  const map = new Service(t, 'sluice-map', ['--pull-bind', spooled, '--push-connect', mapped, '--do', step])
  const relay = new Service(t, 'sluice-relay', [
    '--pull-bind',
    raw,
    '--spool',
    'spool',
    '--push-connect',
    spooled,
  ])
  const services = [relay, map, end.service]
  for (const service of services) await service.ready()
  const record = (number: number) => ({ message: `number ${number}`, key: `k${keyOf(number)}` })
  const generator = await Generator.open(t, raw, { rate: RATE, record })
  generator.start()
  for (let round = 0; round < ROUNDS; round++) {
    await generator.more(random.between(1, RATE / 2))
    await random.pick(services).kill()
    if (random.next() < 0.3) await random.pick(services).kill()
  }
  await generator.finish()
  await emptied(relay)
  const there = new Set(await end.numbers())
  await endBalanced(services)
  t.diagnostic(`${generator.sent} records, ${there.size} there; starts of map: ${map.starts}`)
  return { acknowledged: [...generator.acknowledged], there }
}

describe(`${ROUNDS} times kill -9 of a spool, a filter that remembers, and an end`, {
  concurrency: 2,
}, () => {
  test('dedupe: of all that are alike one arrives', async t => {
    const { acknowledged, there } = await killAround(t, 'dedupe key within 1d')
    const keys = new Set([...there].map(keyOf))
    assert.deepEqual(
      acknowledged.filter(number => !keys.has(keyOf(number))),
      [],
    )
    // It did what it is for.
    assert.ok(there.size < acknowledged.length / 2, `${there.size} of ${acknowledged.length}`)
  })

  test('throttle: as many as may arrive do', async t => {
    const { acknowledged, there } = await killAround(t, `throttle ${LIKE} per 1d by key`)
    assert.deepEqual(
      acknowledged.filter(number => !there.has(number)),
      [],
    )
  })
})
