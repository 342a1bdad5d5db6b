// kill -9 of every daemon behind the producer, again and again, under load: what was acknowledged is in the sink, once.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { BulkStub } from '../support/bulk-stub.ts'
import { freePort } from '../support/port.ts'
import { Generator } from './generator.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { numbersInStore } from './store.ts'

const ROUNDS = LONG ? 100 : 15
const RATE = 5_000

/** A sink, and the numbers of the records in it. */
interface End {
  service: Service
  numbers(): Promise<number[]>
}

const ENDS: { readonly [end: string]: (t: TestContext, pull: string) => Promise<End> } = {
  async 'a bulk server'(t, pull) {
    const stub = new BulkStub({})
    t.after(() => stub.close())
    const service = new Service(t, 'sluice-elasticsearch', [
      '--pull-bind',
      pull,
      '--node',
      await stub.listen(),
    ])
    const numbers = async () =>
      [...stub.stored.values()].map(document => (document as { number: number }).number)
    return { service, numbers }
  },
  async 'the store'(t, pull) {
    const http = await freePort()
    const service = new Service(t, 'sluice-store', [
      '--pull-bind',
      pull,
      '--http',
      `127.0.0.1:${http}`,
      '--path',
      'store',
    ])
    return { service, numbers: () => numbersInStore(http) }
  },
}

for (const [end, open] of Object.entries(ENDS)) {
  test(`${ROUNDS} times kill -9 of a filter, a relay with a spool, or ${end}`, async t => {
    const random = new Random(t)
    const [raw, parsed, spooled] = [await freePort(), await freePort(), await freePort()].map(
      port => `ack+tcp://127.0.0.1:${port}`,
    ) as [string, string, string]
    const sink = await open(t, spooled)
    const relay = new Service(t, 'sluice-relay', [
      '--pull-bind',
      parsed,
      '--spool',
      'spool',
      '--push-connect',
      spooled,
    ])
    const filter = new Service(t, 'sluice-syslog-json', ['--pull-bind', raw, '--push-connect', parsed])
    const services = [filter, relay, sink.service]
    for (const service of services) await service.ready()
    const generator = await Generator.open(t, raw, { rate: RATE })
    generator.start()
    for (let round = 0; round < ROUNDS; round++) {
      await generator.more(random.between(1, RATE / 2))
      await random.pick(services).kill()
      // Sometimes two at once.
      if (random.next() < 0.2) await random.pick(services).kill()
    }
    await generator.finish()
    // Acknowledged to the generator means in the spool; the rest of the way takes its time.
    await relay.run.untilStatus('an empty spool', ({ stages }) => {
      const { spool } = (stages[0] ?? {}) as { spool?: { records: number } }
      return spool?.records === 0
    })
    generator.check(await sink.numbers(), { once: true })
    for (const service of services) {
      const { books } = (await service.status()).stages[0]!
      assert.ok(books.balanced && books.held === 0, `${service.name}: ${JSON.stringify(books)}`)
      assert.equal(await service.stop(), 0, service.run.stderr)
    }
    const starts = services.map(({ name, starts }) => `${name} ${starts}`).join(', ')
    t.diagnostic(
      `${generator.sent} records, starts: ${starts}; folder of spool ${join(relay.folder, 'spool')}`,
    )
  })
}
