// The main job, as README shows it: three daemons by hand, from UDP into a real Elasticsearch.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { orSkip } from '../servers/available.ts'
import { startElasticsearch } from '../servers/elasticsearch.ts'
import { count, valuesOf } from '../support/elasticsearch.ts'
import { Sluice } from '../support/process.ts'
import { raiseReceiveBuffer } from '../support/udp.ts'

const TOTAL = 100_000
const PER_SECOND = 20_000

function line(n: number): string {
  const text = `Failed password for invalid user admin from 192.0.2.7 port ${n % 65536} ssh2 number ${n}`
  return `<34>Oct 11 22:14:15 web${n % 16} sshd[${n % 32768}]: ${text}`.padEnd(180, '.')
}

/** Sends `TOTAL` numbered datagrams, `PER_SECOND` a second. */
async function blast(port: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const start = performance.now()
  for (let sent = 0; sent < TOTAL; ) {
    const due = Math.min(TOTAL, Math.floor(((performance.now() - start) / 1000) * PER_SECOND))
    const sends: Promise<void>[] = []
    for (; sent < due; sent++) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      socket.send(line(sent), error => (error ? reject(error) : resolve()))
      sends.push(promise)
    }
    await Promise.all(sends)
    // The pace of the generator, not a wait for anything.
    await wait(1)
  }
  socket.close()
}

/** The chain of README's "By hand", on free ports. */
async function startChain(t: TestContext, url: string, index: string) {
  const udp = new Sluice(t, 'sluice-syslog-udp', [
    '--listen',
    '127.0.0.1:0',
    '--push-bind',
    'tcp://127.0.0.1:*',
  ])
  const json = new Sluice(t, 'sluice-syslog-json', [
    '--pull-connect',
    `tcp://127.0.0.1:${await udp.port(1)}`,
    '--push-bind',
    'tcp://127.0.0.1:*',
  ])
  const sink = new Sluice(t, 'sluice-elasticsearch', [
    '--pull-connect',
    `tcp://127.0.0.1:${await json.port(1)}`,
    '--node',
    url,
    '--index',
    index,
  ])
  await sink.ready()
  return [udp, json, sink] as const
}

test('100,000 numbered datagrams at 20,000/s are exactly 100,000 documents, and the books balance', async t => {
  const server = await orSkip(t, () => startElasticsearch('8.19.0'))
  if (!server) return
  t.after(() => server.stop())
  await raiseReceiveBuffer()
  const index = 'by-hand'
  const [udp, json, sink] = await startChain(t, server.url, index)
  await blast(await udp.port(0))
  await sink.untilStatus('all of them stored', ({ stages }) => stages[0]!.books.stored === TOTAL)
  const kernelDropped = (await udp.status()).stages[0]!.counters.kernelDropped
  assert.equal(await count(server.url, index), TOTAL, `the kernel dropped ${kernelDropped}`)
  const messages = await valuesOf(server.url, index, 'message')
  const numbers = new Set(messages.map(message => Number(/number (\d+)/.exec(message)?.[1])))
  assert.equal(numbers.size, TOTAL)
  for (const daemon of [udp, json, sink]) {
    const { books } = (await daemon.status()).stages[0]!
    assert.equal(books.in, TOTAL)
    assert.equal(books.balanced, true)
    assert.equal(books.held, 0)
    assert.equal(await daemon.stop(), 0)
  }
})

test('the same in one process', async t => {
  const server = await orSkip(t, () => startElasticsearch('8.19.0'))
  if (!server) return
  t.after(() => server.stop())
  await raiseReceiveBuffer()
  const chain = `syslog-udp --listen 127.0.0.1:0 | syslog-json | elasticsearch --node ${server.url} --index in-one`
  const run = new Sluice(t, 'sluice', ['run', chain])
  await blast(await run.port(0))
  const { stages } = await run.untilStatus(
    'all of them stored',
    status => status.stages[2]!.books.stored === TOTAL,
  )
  // The receipts come all the way: the source itself knows that its records are stored.
  for (const { books } of stages)
    assert.deepEqual(books, { in: TOTAL, stored: TOTAL, held: 0, balanced: true })
  assert.equal(await count(server.url, 'in-one'), TOTAL)
  assert.equal(await run.stop(), 0)
})
