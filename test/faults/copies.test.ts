// A chain of which some stages have copies: they are killed, all of it is stopped, and the one who started them is killed.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../support/port.ts'
import type { Sluice } from '../support/process.ts'
import { raiseReceiveBuffer, sendDatagrams } from '../support/udp.ts'
import { bulkStub, emptied, numbersInFile } from './ends.ts'
import { Generator } from './generator.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { until } from './wait.ts'

const RATE = 5_000
const ROUNDS = LONG ? 100 : 8

/** A chain of this name, and the file where it may end. */
function chainOf(t: TestContext, chain: (file: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-copies-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'out')
  const service = new Service(t, 'sluice', ['run', '--name', 'chain', chain(file)])
  return { service, file }
}

/** Takes records at a port, parses them in three processes, and appends them to a file. */
async function parsers(t: TestContext) {
  const pull = `ack+tcp://127.0.0.1:${await freePort()}`
  const { service, file } = chainOf(
    t,
    out => `relay --pull-bind ${pull} | syslog-json*3 | relay --push-connect file://${out}`,
  )
  await service.ready()
  const generator = await Generator.open(t, pull, { rate: RATE })
  generator.start()
  return { service, generator, numbers: () => numbersInFile(file) }
}

/** Process ids of the copies that are there now. */
async function pidsOf(run: Sluice): Promise<number[]> {
  const { copies = [] } = await run.status()
  return copies.flatMap(({ pid }) => pid ?? [])
}

/** kill -9 of one of the copies that are there. */
async function strike(run: Sluice, random: Random, killed: Set<number>): Promise<void> {
  const alive = await until('a copy', async () => {
    const pids = (await pidsOf(run)).filter(pid => !killed.has(pid))
    return pids.length > 0 && pids
  })
  const pid = random.pick(alive)
  process.kill(pid, 'SIGKILL')
  killed.add(pid)
}

/** Nothing is held by any of them, and all books balance. */
async function checkBooks(run: Sluice): Promise<void> {
  const { stages, copies = [] } = await run.status()
  const others = await Promise.all(copies.map(({ name }) => run.statusOf(name)))
  for (const { name, books } of [...stages, ...others.flatMap(({ stages }) => stages)])
    assert.ok(books.balanced && books.held === 0, `${name}: ${JSON.stringify(books)}`)
}

/** Dead is also what nobody has asked after: not every container has somebody who does. */
function isThere(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** Numbers of the datagrams that were kept, by the last word of their message. */
const numbersIn = (stored: Iterable<unknown>) =>
  new Set([...stored].map(document => Number((document as { message: string }).message.split(' ').at(-1))))

const datagrams = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => `<13>Oct 11 22:14:15 web1 app: number ${from + n}`)

describe('copies', { concurrency: 3 }, () => {
  test(`${ROUNDS} times kill -9 of one of three, sometimes of two: nothing is lost`, async t => {
    const random = new Random(t)
    const { service, generator, numbers } = await parsers(t)
    const killed = new Set<number>()
    for (let round = 0; round < ROUNDS; round++) {
      await generator.more(random.between(1, RATE / 4))
      await strike(service.run, random, killed)
      // Sometimes two at once.
      if (random.next() < 0.3) await strike(service.run, random, killed)
    }
    await generator.more(Math.max(1, 20_000 - generator.acknowledged.size))
    await generator.finish()
    generator.check(await numbers(), { once: false })
    const { copies = [] } = await service.run.untilStatus('all copies', ({ ready }) => ready)
    const restarts = copies.reduce((sum, copy) => sum + copy.restarts, 0)
    const deaths = service.run.logs.filter(({ msg }) => msg === 'a copy died; it is started again')
    assert.equal(restarts, killed.size)
    assert.equal(deaths.length, killed.size)
    assert.equal(deaths[0]!.signal, 'SIGKILL')
    assert.equal(deaths[0]!.stage, 'syslog-json')
    await checkBooks(service.run)
    assert.equal(await service.stop(), 0, service.run.stderr)
    t.diagnostic(`${generator.sent} records, ${restarts} restarts`)
  })

  test('kill -9 of copies of a sink: each record is stored once', async t => {
    const random = new Random(t)
    const { node, numbers } = await bulkStub(t)
    const pull = `ack+tcp://127.0.0.1:${await freePort()}`
    const { service } = chainOf(
      t,
      () => `syslog-json*2 --pull-connect ${pull} | elasticsearch*2 --node ${node} --batch-delay 50ms`,
    )
    const generator = await Generator.open(t, pull, { rate: RATE, mode: 'bind' })
    generator.start()
    const killed = new Set<number>()
    for (let round = 0; round < ROUNDS / 2; round++) {
      await generator.more(random.between(1, RATE / 4))
      await strike(service.run, random, killed)
    }
    await generator.finish()
    generator.check(numbers(), { once: true })
    await service.run.untilStatus('all copies', ({ ready }) => ready)
    await checkBooks(service.run)
    assert.equal(await service.stop(), 0, service.run.stderr)
  })

  // systemd sends SIGTERM to all processes of a service at once, a terminal SIGINT to all of its group.
  for (const [signal, whom] of [
    ['SIGTERM', 'the one who started them'],
    ['SIGTERM', 'all processes'],
    ['SIGINT', 'all processes'],
  ] as const) {
    test(`${signal} to ${whom} under load: it drains in the order of the flow, and ends with 0`, async t => {
      const { service, generator, numbers } = await parsers(t)
      await generator.more(RATE / 5)
      const pids = await pidsOf(service.run)
      if (whom === 'all processes') for (const pid of pids) process.kill(pid, signal)
      assert.equal(await service.run.stop(signal), 0, service.run.stderr)
      assert.ok(!pids.some(isThere))
      assert.ok(!service.run.logs.some(({ msg }) => /died/.test(msg)), service.run.stderr)
      service.restart()
      await service.ready()
      await generator.finish()
      generator.check(await numbers(), { once: true })
      assert.equal(await service.stop(), 0, service.run.stderr)
    })
  }

  test('SIGTERM to all processes, then kill -9 of one: what cannot be sent again is drained all the same', async t => {
    await raiseReceiveBuffer()
    const { node, stub } = await bulkStub(t)
    const port = await freePort()
    const sink = `elasticsearch*2 --node ${node} --batch-delay 1s`
    const { service } = chainOf(t, () => `syslog-udp --listen 127.0.0.1:${port} | syslog-json*2 | ${sink}`)
    await service.ready()
    const pids = await pidsOf(service.run)
    await sendDatagrams(port, datagrams(0, 5_000))
    const { stages } = await service.run.untilStatus(
      'all of them',
      ({ stages }) => stages[0]!.books.in === 5_000,
    )
    assert.ok(stages[0]!.books.held > 0)
    for (const pid of pids) process.kill(pid, 'SIGTERM')
    const ended = service.stop()
    await service.run.log(/^stopping$/)
    process.kill(pids[0]!, 'SIGKILL')
    assert.equal(await ended, 0, service.run.stderr)
    assert.equal(numbersIn(stub.stored.values()).size, 5_000)
  })

  test('SIGTERM with a server that is away: 75 after the grace, a second one ends it at once', async t => {
    const { node } = await bulkStub(t, { request: () => 503 })
    const pull = `ack+tcp://127.0.0.1:${await freePort()}`
    const args = ['run', '--name', 'chain', '--grace', '1s']
    const chain = `relay --pull-bind ${pull} | elasticsearch*2 --node ${node} --batch-delay 20ms`
    for (const signals of [1, 2]) {
      const grace = signals === 1 ? [] : ['--grace', '60s']
      const service = new Service(t, 'sluice', [...args, ...grace, chain])
      const generator = await Generator.open(t, pull, { rate: RATE })
      generator.start()
      await service.run.untilStatus('some taken', ({ stages }) => (stages[0]?.books.held ?? 0) > RATE)
      const pids = await pidsOf(service.run)
      const since = performance.now()
      if (signals === 2) {
        service.run.child.kill('SIGTERM')
        await service.run.log(/^stopping$/)
      }
      assert.equal(await service.stop(), 75, service.run.stderr)
      const took = performance.now() - since
      assert.ok(took < 8_000, `it took ${took} ms`)
      assert.ok(!pids.some(isThere))
      assert.equal(generator.acknowledged.size, 0)
    }
  })

  test('kill -9 of the one who started them: they end soon, and the next life goes on without a loss', async t => {
    const { service, generator, numbers } = await parsers(t)
    for (let round = 0; round < (LONG ? 20 : 2); round++) {
      await generator.more(RATE / 5)
      const { run } = service
      const pids = await pidsOf(run)
      const dead = once(run.child, 'exit')
      run.child.kill('SIGKILL')
      await dead
      // At once: it finds those of the life before.
      service.restart()
      await until('their end', () => !pids.some(isThere), 8_000)
      await service.ready()
    }
    await generator.finish()
    generator.check(await numbers(), { once: false })
    assert.equal(await service.stop(), 0, service.run.stderr)
  })

  test('kill -9 of it with a spool in front: what was in the spool arrives', async t => {
    await raiseReceiveBuffer()
    const port = await freePort()
    const { service, file } = chainOf(
      t,
      out =>
        `syslog-udp --listen 127.0.0.1:${port} --spool spool | syslog-json*2 | relay --push-connect file://${out}`,
    )
    await service.ready()
    await sendDatagrams(port, datagrams(0, 5_000))
    await service.run.untilStatus('all in the spool', ({ stages }) => stages[0]!.books.spooled === 5_000)
    await service.kill()
    await service.ready()
    await emptied(service)
    const there = numbersIn(await linesOf(file))
    assert.equal(there.size, 5_000)
    assert.equal(await service.stop(), 0, service.run.stderr)
  })

  test('where all stages are copies, kill -9 of it loses not even what cannot be sent again', async t => {
    await raiseReceiveBuffer()
    const { node, stub } = await bulkStub(t)
    const port = await freePort()
    const source = `syslog-udp*2 --reuse-port --listen 127.0.0.1:${port}`
    const { service } = chainOf(t, () => `${source} | syslog-json*2 | elasticsearch*2 --node ${node}`)
    await service.ready()
    const { copies = [] } = await service.run.status()
    for (let sender = 0; sender < 10; sender++) await sendDatagrams(port, datagrams(sender * 500, 500))
    await until('all of them taken', async () => {
      const sources = await Promise.all(copies.slice(0, 2).map(({ name }) => service.run.statusOf(name)))
      return sources.reduce((sum, { stages }) => sum + stages[0]!.books.in, 0) === 5_000
    })
    service.run.child.kill('SIGKILL')
    await until('their end', () => !copies.some(({ pid }) => isThere(pid!)), 8_000)
    assert.equal(numbersIn(stub.stored.values()).size, 5_000)
  })
})

async function linesOf(file: string): Promise<unknown[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean)
  return lines.map(line => JSON.parse(line))
}
