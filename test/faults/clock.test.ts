// The wall clock steps by a day, forwards and backwards, in each daemon of a chain while it works.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { orSkip } from '../servers/available.ts'
import { freePort } from '../support/port.ts'
import { root } from '../support/process.ts'
import { bulkStub, emptied, endBalanced, spoolOf } from './ends.ts'
import { Generator } from './generator.ts'
import { LONG } from './random.ts'
import { Service } from './service.ts'
import { Shim } from './shim.ts'
import { until } from './wait.ts'

const RATE = 2_000
const DAY = 86_400
/** A silent session ends after 20 s, as one that is judged by the wrong clock would, or that says nothing by it. */
const SILENCE = 23_000

/** Numbers of the records whose ids are made in the chain, beside those of the generator. */
const FIRST_MINTED = 10_000_000

/** `minting` gives ids to what is written to it; `holding` holds back; the last is the end. */
async function chain(t: TestContext, shims: readonly Shim[]) {
  const ports = await Promise.all([1, 2, 3, 4].map(freePort))
  const [raw, parsed, spooled, held] = ports.map(port => `ack+tcp://127.0.0.1:${port}`) as [
    string,
    string,
    string,
    string,
  ]
  const { node, numbers } = await bulkStub(t)
  let n = 0
  const service = (program: string, args: string[], stdin: 'open' | 'ignore' = 'ignore') =>
    new Service(t, program, args, { stdin, env: shims[n++]!.env })
  const holdAll = join(import.meta.dirname, 'hold-all.ts')
  const services = [
    service('sluice-relay', ['--pull-connect', '-', '--push-connect', raw], 'open'),
    service('sluice-syslog-json', ['--pull-bind', raw, '--push-connect', parsed]),
    service('sluice-relay', ['--pull-bind', parsed, '--spool', 'spool', '--push-connect', spooled]),
    service(join(root, 'bin/sluice'), [holdAll, '--pull-bind', spooled, '--push-connect', held]),
    service('sluice-elasticsearch', ['--pull-bind', held, '--node', node, '--batch-delay', '50ms']),
  ]
  for (const one of services) await one.ready()
  return { raw, services, numbers }
}

/** Nothing was sent twice, and no session has ended. */
async function undisturbed(services: readonly Service[]): Promise<void> {
  for (const service of services) {
    const { stages } = await service.status()
    const { books, links } = stages[0]!
    for (const { endpoint, peers } of links)
      assert.notEqual(peers, 0, `${service.name} ${endpoint}: nobody is connected`)
    const warnings = service.run.logs.filter(({ level }) => !['debug', 'info'].includes(level))
    assert.deepEqual(warnings, [], service.name)
    assert.equal(books.duplicate, undefined)
    const push = links[1] as unknown as { records: number } | undefined
    if (push) assert.equal(push.records, books.in, `${service.name} has sent some twice`)
  }
}

test('the clock steps by a day in each daemon of a chain: no session ends, no record, no id is lost', async t => {
  const shims = await orSkip(t, () => Shim.compile(t, 5))
  if (!shims) return
  const { raw, services, numbers } = await chain(t, shims)
  const [minting, , relay, holding] = services as [Service, Service, Service, Service]
  const generator = await Generator.open(t, raw, { rate: RATE })
  let minted = 0
  const mint = (records: number) => {
    const lines = Array.from({ length: records }, () => `{"number":${FIRST_MINTED + minted++}}\n`)
    minting.run.child.stdin!.write(lines.join(''))
  }
  const mints = setInterval(() => mint(5), 10)
  t.after(() => clearInterval(mints))
  generator.start()
  await generator.more(RATE / 2)

  const uptime = async (service: Service) =>
    ((await service.status()) as unknown as { uptime: number }).uptime
  for (const [n, shim] of shims.entries()) {
    for (const clock of [DAY, -DAY, 0]) {
      shim.clock = clock
      await generator.more(RATE / 4)
      const shown = await uptime(services[n]!)
      assert.ok(Math.abs(shown - clock) < 1_000, `the shim is at work: ${shown} after a step of ${clock} s`)
    }
  }
  // Back in the middle of holding, and then nothing comes that could set anything going.
  await until('held records', async () => (await holding.status()).stages[0]!.books.held > RATE / 4)
  for (const shim of shims) shim.clock = -DAY
  clearInterval(mints)
  const since = performance.now()
  await generator.finish()
  await emptied(relay)
  await until('all of it', () => numbers().length === generator.sent + minted)
  const took = performance.now() - since
  assert.ok(took < 10_000, `what was held, or waited for more, came after ${took} ms`)
  generator.check(numbers(), { once: true })
  await undisturbed(services)

  // No session ends of silence, by whichever clock, and signs of life go on.
  for (const clock of LONG ? [DAY, 0, -DAY] : [DAY]) {
    for (const shim of shims) shim.clock = clock
    await wait(SILENCE)
    await undisturbed(services)
    mint(RATE)
    await until('those after the silence', () => numbers().length === generator.sent + minted)
  }
  assert.equal(new Set(numbers()).size, generator.sent + minted, 'no two records have the same id')
  // What was acknowledged last is written down a moment later.
  await emptied(relay)
  assert.equal(spoolOf(await relay.status()).books.stored, generator.sent + minted)
  await undisturbed(services)
  await endBalanced(services)
})
