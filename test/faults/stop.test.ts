// Daemons that are stopped, frozen or replaced while much is under way.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Script } from '../support/bulk-stub.ts'
import { freePort } from '../support/port.ts'
import type { Sluice, Status } from '../support/process.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { bulkStub, emptied, endBalanced, fileEnd, spoolOf } from './ends.ts'
import { Generator } from './generator.ts'
import { LONG } from './random.ts'
import { Service } from './service.ts'
import { until } from './wait.ts'

const RATE = 5_000
const address = (port: number) => `ack+tcp://127.0.0.1:${port}`

/** Resident bytes. */
function memoryOf({ child: { pid } }: Sluice): number {
  return 4096 * Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
}

// There is none before it is open.
const heldBy = ({ stages }: Status) => stages[0]?.books.held ?? 0
const peersOf = ({ stages }: Status) => stages[0]?.links.at(-1)?.peers ?? 0

/** A server that answers for nothing as long as `busy` is set: what was sent to it stays under way. */
function slow() {
  const state = { busy: true }
  const request = () => (state.busy ? 503 : undefined)
  return { state, script: { request } satisfies Script }
}

function elastic(t: Parameters<typeof bulkStub>[0], link: readonly string[], node: string): Service {
  return new Service(t, 'sluice-elasticsearch', [...link, '--node', node, '--batch-delay', '20ms'])
}

describe('stopped', { concurrency: 4 }, () => {
  test('SIGTERM with a dead sink and much in the spool: 75 at once, and the next start delivers it', async t => {
    const [pull, push] = [address(await freePort()), address(await freePort())]
    const args = ['--pull-bind', pull, '--spool', 'spool', '--push-connect', push]
    const relay = new Service(t, 'sluice-relay', args)
    const generator = await Generator.open(t, pull)
    generator.start()
    // Far more than is read ahead into memory.
    await generator.more(LONG ? 1_000_000 : 200_000)
    for (let round = 0; round < 2; round++) {
      const { records } = spoolOf(await relay.status())
      assert.ok(records > 0)
      const since = performance.now()
      assert.equal(await relay.stop(), 75, relay.run.stderr)
      const took = performance.now() - since
      assert.ok(took < 6_000, `it took ${took} ms`)
      const { records: left } = await relay.run.log(
        /^stopped with records in the spool; the next start sends them$/,
      )
      assert.ok((left as number) >= generator.acknowledged.size, `${left} are left`)
      relay.restart()
      await relay.ready()
    }
    const sink = fileEnd(t, ['--pull-bind', push])
    await generator.finish()
    await emptied(relay, 300_000)
    generator.check(await sink.numbers(), { once: false })
    await endBalanced([relay, sink.service])
  })

  test('SIGTERM with a dead sink and no spool: 75 after the grace; nothing of it was acknowledged', async t => {
    const [pull, push] = [address(await freePort()), address(await freePort())]
    const args = ['--pull-bind', pull, '--push-connect', push, '--grace', '2s']
    const relay = new Service(t, 'sluice-relay', args)
    const generator = await Generator.open(t, pull, { rate: RATE })
    generator.start()
    await relay.run.untilStatus('some taken', status => heldBy(status) > RATE)
    const since = performance.now()
    assert.equal(await relay.stop(), 75, relay.run.stderr)
    const took = performance.now() - since
    assert.ok(took >= 1_900 && took < 8_000, `it took ${took} ms`)
    const { records } = await relay.run.log(/^stopped with records that were not accepted downstream$/)
    assert.ok((records as number) > 0)
    assert.equal(generator.acknowledged.size, 0)
    relay.restart()
    const sink = fileEnd(t, ['--pull-bind', push])
    await generator.finish()
    generator.check(await sink.numbers(), { once: false })
    await endBalanced([relay, sink.service])
  })

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`a consumer is ended by ${signal} with batches under way, and a fresh one takes its place`, async t => {
      const [pull, push] = [address(await freePort()), address(await freePort())]
      const { state, script } = slow()
      const { node, numbers } = await bulkStub(t, script)
      const relay = new Service(t, 'sluice-relay', ['--pull-bind', pull, '--push-bind', push])
      const generator = await Generator.open(t, pull, { rate: RATE })
      const old = elastic(t, ['--pull-connect', push, '--grace', '1s'], node)
      generator.start()
      await relay.run.untilStatus('batches under way', status => heldBy(status) > RATE)
      // Some of it is done, some not.
      state.busy = false
      await generator.more(RATE)
      state.busy = true
      await old.run.untilStatus('batches under way', status => heldBy(status) > RATE)
      // The fresh one is there before the old one leaves, or comes after it: by the signal.
      if (signal === 'SIGTERM') await relay.run.untilStatus('a consumer', status => peersOf(status) === 1)
      const ended = old.run.stop(signal)
      const fresh = elastic(t, ['--pull-connect', push], node)
      assert.equal(await ended, signal === 'SIGTERM' ? 75 : null)
      state.busy = false
      await generator.more(RATE)
      await generator.finish()
      generator.check(numbers(), { once: true })
      await endBalanced([relay, fresh])
    })
  }

  for (const mode of ['bind', 'connect'] as const) {
    test(`two consumers behind one relay that ${mode}s to them; one of them is killed`, async t => {
      const pull = address(await freePort())
      const pushes = [address(await freePort()), address(await freePort())]
      const { state, script } = slow()
      const { node, numbers } = await bulkStub(t, script)
      const ends = pushes.map(push =>
        elastic(
          t,
          [mode === 'bind' ? '--pull-connect' : '--pull-bind', mode === 'bind' ? pushes[0]! : push],
          node,
        ),
      )
      const links =
        mode === 'bind' ? ['--push-bind', pushes[0]!] : pushes.flatMap(push => ['--push-connect', push])
      const relay = new Service(t, 'sluice-relay', ['--pull-bind', pull, ...links])
      for (const end of ends) await end.ready()
      const peers = ({ stages }: Status) =>
        stages[0]!.links.slice(1).reduce((sum, link) => sum + (link.peers ?? 0), 0)
      await relay.run.untilStatus('both', status => peers(status) === 2)
      const generator = await Generator.open(t, pull, { rate: RATE })
      generator.start()
      for (const end of ends) await end.run.untilStatus('batches under way', status => heldBy(status) > 500)
      const killed = ends[0]!
      const theirs = heldBy(await killed.status())
      await killed.run.stop('SIGKILL')
      state.busy = false
      await generator.more(RATE)
      await generator.finish()
      assert.ok(theirs > 0)
      generator.check(numbers(), { once: true })
      await endBalanced([relay, ends[1]!])
    })
  }

  test('a consumer that is frozen at a full window for longer than a session may be silent', async t => {
    const [pull, port] = [address(await freePort()), await freePort()]
    const { node, numbers } = await bulkStub(t)
    const proxy = await TcpProxy.open(t, port)
    const sink = elastic(t, ['--pull-bind', address(port)], node)
    const relay = new Service(t, 'sluice-relay', [
      '--pull-bind',
      pull,
      '--push-connect',
      address(proxy.port),
      '--buffer',
      '32MiB',
    ])
    for (const service of [sink, relay]) await service.ready()
    const record = () => ({ message: 'x'.repeat(1_000) })
    const generator = await Generator.open(t, pull, { record, rate: RATE })
    generator.start()
    await generator.more(RATE)
    sink.run.child.kill('SIGSTOP')
    const full = await relay.run.untilStatus('a full window', status => heldBy(status) * 1_100 > 15 * 2 ** 20)
    const memory = memoryOf(relay.run)
    const before = { accepted: proxy.accepted, logs: relay.run.logs.length }
    await until('the end of the silent session', async () => peersOf(await relay.status()) === 0)
    // It goes on dialling for a while: neither its connections nor its log may become a storm.
    const since = performance.now()
    await until('dialling', () => proxy.accepted - before.accepted >= (LONG ? 40 : 3), 600_000)
    const [accepted, logs] = [proxy.accepted - before.accepted, relay.run.logs.length - before.logs]
    const grown = memoryOf(relay.run) - memory
    t.diagnostic(
      `${heldBy(full)} held; ${accepted} connections, ${logs} log lines, ${Math.round(grown / 2 ** 20)} MiB more`,
    )
    const seconds = (performance.now() - since) / 1_000
    assert.ok(accepted <= 3 + seconds, `${accepted} connections in ${seconds} s`)
    assert.ok(logs < 20, `${logs} log lines`)
    assert.ok(grown < 64 * 2 ** 20, `${grown} bytes more`)
    assert.ok(generator.sent - generator.acknowledged.size < 40_000)
    sink.run.child.kill('SIGCONT')
    await generator.more(RATE)
    await generator.finish()
    generator.check(numbers(), { once: true })
    await endBalanced([relay, sink])
  })
})
