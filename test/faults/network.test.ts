// Links that are cut, reset, silent or slow: what was acknowledged is at the end, once where ids are looked at.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { freePort } from '../support/port.ts'
import type { Status } from '../support/process.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { bulkStub, emptied, endBalanced, numbersInFile, spoolOf } from './ends.ts'
import { Generator } from './generator.ts'
import { Namespaces } from './namespaces.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { until } from './wait.ts'

const RATE = 2_000
const ROUNDS = LONG ? 200 : 25

const address = (port: number) => `ack+tcp://127.0.0.1:${port}`

/** Peers at each of its links. */
const peersOf = ({ stages }: Status) => (stages[0]?.links ?? []).flatMap(({ peers }) => peers ?? [])

/** Three daemons; each hop, from the generator on, leads over a proxy. */
async function chain(t: TestContext) {
  const ports = [await freePort(), await freePort(), await freePort()] as const
  const proxies: TcpProxy[] = []
  for (const port of ports) proxies.push(await TcpProxy.open(t, port))
  const [raw, parsed, spooled] = proxies.map(({ port }) => address(port)) as [string, string, string]
  const { node, numbers } = await bulkStub(t)
  const pull = (n: 0 | 1 | 2) => ['--pull-bind', address(ports[n])]
  const filter = new Service(t, 'sluice-syslog-json', [...pull(0), '--push-connect', parsed])
  const relay = new Service(t, 'sluice-relay', [...pull(1), '--spool', 'spool', '--push-connect', spooled])
  const sink = new Service(t, 'sluice-elasticsearch', [...pull(2), '--node', node, '--batch-delay', '50ms'])
  const services = [filter, relay, sink] as const
  for (const service of services) await service.ready()
  const generator = await Generator.open(t, raw, { rate: RATE })
  return { proxies, services, relay, generator, numbers }
}

const LUCK: { readonly [luck: string]: (proxy: TcpProxy) => void } = {
  reset(proxy) {
    proxy.reset()
  },
  'half open, the producer alone knows it'(proxy) {
    proxy.cutHalfOpen('client')
  },
  'half open, the consumer alone knows it'(proxy) {
    proxy.cutHalfOpen('server')
  },
  delay(proxy) {
    proxy.delay = proxy.delay === 0 ? 100 : 0
  },
}

describe('the network', { concurrency: 4 }, () => {
  test(`${ROUNDS} times reset, half-open or slow connections on any hop of a chain`, async t => {
    const { proxies, services, relay, generator, numbers } = await chain(t)
    const random = new Random(t)
    let silent = 0
    generator.start()
    for (let round = 0; round < ROUNDS; round++) {
      await generator.more(random.between(1, RATE / 4))
      const [luck, strike] = random.pick(Object.entries(LUCK))
      // It takes a producer that hears nothing 20 s to notice.
      if (luck.includes('consumer') && ++silent > ROUNDS / 25) continue
      strike(random.pick(proxies))
    }
    for (const proxy of proxies) proxy.delay = 0
    await generator.finish()
    await emptied(relay)
    generator.check(numbers(), { once: true })
    t.diagnostic(
      `${generator.sent} records, ${proxies.map(({ accepted }) => accepted).join(', ')} connections by hop`,
    )
    await endBalanced(services)
  })

  test('a black hole on every hop of a chain for longer than a session may be silent', async t => {
    const { proxies, services, relay, generator, numbers } = await chain(t)
    generator.start()
    for (let round = 0; round < (LONG ? 5 : 1); round++) {
      await generator.more(RATE)
      for (const proxy of proxies) proxy.blackHole = true
      // Each of them notices by itself, at both of its ends.
      for (const service of services)
        await until(`${service.name} alone`, async () =>
          peersOf(await service.status()).every(count => count === 0),
        )
      const { size } = generator.acknowledged
      for (const proxy of proxies) proxy.blackHole = false
      await generator.more(RATE)
      assert.ok(generator.acknowledged.size > size)
    }
    await generator.finish()
    await emptied(relay)
    generator.check(numbers(), { once: true })
    await endBalanced(services)
  })

  test('two network namespaces whose link is cut for longer than a session may be silent', async t => {
    const net = await orSkip(t, () => Namespaces.open(t))
    if (!net) return
    const hops = [await cutHop(t, net, 'producer', 7000), await cutHop(t, net, 'consumer', 7001)]
    for (const { generator } of hops) generator.start()
    for (let round = 0; round < (LONG ? 5 : 1); round++) {
      for (const { generator } of hops) await generator.more(RATE)
      net.cut()
      for (const { relay, sink } of hops) {
        await until('a relay alone', async () => peersOf(await relay.status())[1] === 0)
        await until('a sink alone', async () => peersOf(await sink.status())[0] === 0)
        assert.ok(spoolOf(await relay.status()).records > RATE)
      }
      net.restore()
      for (const { relay } of hops)
        await until('both joined', async () => peersOf(await relay.status())[1] === 1)
    }
    for (const { generator, relay, sink, out } of hops) {
      await generator.finish()
      await emptied(relay)
      generator.check(await numbersInFile(out), { once: false })
      await endBalanced([relay, sink])
    }
  })
})

/** Over the cable, from a relay with a spool to a file: the one who dials is the producer or the consumer. */
async function cutHop(
  t: TestContext,
  { left, right }: Namespaces,
  dialling: 'producer' | 'consumer',
  port: number,
) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cut-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const all = `ack+tcp://0.0.0.0:${port}`
  const [push, pull] =
    dialling === 'producer'
      ? [
          ['--push-connect', `ack+tcp://${right.address}:${port}`],
          ['--pull-bind', all],
        ]
      : [
          ['--push-bind', all],
          ['--pull-connect', `ack+tcp://${left.address}:${port}`],
        ]
  // A socket in the file system is there in all namespaces.
  const pipe = `ack+ipc://${join(folder, 'pipe')}`
  const relay = left.service(t, 'sluice-relay', [
    '--insecure',
    '--pull-bind',
    pipe,
    '--spool',
    'spool',
    ...push!,
  ])
  const out = join(folder, 'out')
  const sink = right.service(t, 'sluice-relay', ['--insecure', ...pull!, '--push-connect', `file://${out}`])
  for (const service of [relay, sink]) await service.ready()
  return { relay, sink, out, generator: await Generator.open(t, pipe, { rate: RATE }) }
}
