// kill -9 of sluice-multiline, again and again, at any moment: no line is lost, and none gets into the record of another origin.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { BulkStub } from '../support/bulk-stub.ts'
import { freePort } from '../support/port.ts'
import { endBalanced } from './ends.ts'
import { Generator } from './generator.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'

const KILLS = LONG ? 100 : 3
const RATE = 3_000
const ORIGINS = 3
const LINES = 7

/** Number n is a line of origin n % 3; each seventh of an origin begins a record. */
const originOf = (number: number) => number % ORIGINS
const placeOf = (number: number) => Math.floor(number / ORIGINS)
const messageOf = (number: number) => `${placeOf(number) % LINES === 0 ? '' : '  '}number ${number}`

test(`${KILLS} times kill -9: every line is there, with what it belongs to`, async t => {
  const random = new Random(t)
  const stub = new BulkStub({})
  t.after(() => stub.close())
  const [lines, records] = [await freePort(), await freePort()].map(port => `ack+tcp://127.0.0.1:${port}`)
  const filter = multiline(t, lines!, records!)
  const sink = new Service(t, 'sluice-elasticsearch', [
    '--pull-bind',
    records!,
    '--node',
    await stub.listen(),
  ])
  for (const service of [filter, sink]) await service.ready()
  const generator = await Generator.open(t, lines!, {
    rate: RATE,
    record: number => ({ message: messageOf(number), file: `/${originOf(number)}` }),
  })
  generator.start()
  for (let kill = 0; kill < KILLS; kill++) {
    await generator.more(random.between(1, RATE / 2))
    await filter.kill()
  }
  await generator.finish()
  const texts = [...stub.stored.values()].map(document => String((document as { message: string }).message))
  const found = texts.map(text => text.split('\n').map(line => Number(/\d+$/.exec(line)![0])))
  generator.check(found.flat(), { once: false })
  for (const numbers of found) assertTogether(numbers)
  // What is there more than once: the end of a record whose beginning had been acknowledged when it was killed.
  const repeated = found.flat().length - new Set(found.flat()).size
  assert.ok(repeated <= KILLS * ORIGINS * LINES, `${repeated} lines are there more than once`)
  const whole = found.filter(numbers => numbers.length === LINES).length
  assert.ok(whole > generator.sent / LINES / 2, `only ${whole} records are whole`)
  await endBalanced([filter, sink])
  t.diagnostic(
    `${generator.sent} lines, ${found.length} records, ${whole} of them whole; ${repeated} lines repeated`,
  )
})

function multiline(t: TestContext, lines: string, records: string): Service {
  const links = ['--pull-bind', lines, '--push-connect', records]
  return new Service(t, 'sluice-multiline', [...links, '--hold-timeout', '2s'])
}

/** Lines of one origin, one after the other, of one record. */
function assertTogether(numbers: number[]): void {
  for (const [n, number] of numbers.entries()) {
    assert.equal(number, numbers[0]! + n * ORIGINS, `lines that do not belong together: ${numbers}`)
    assert.ok(n === 0 || placeOf(number) % LINES !== 0, `the beginning of another record: ${numbers}`)
  }
}
