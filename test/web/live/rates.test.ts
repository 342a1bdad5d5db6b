import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { follow } from '../../../src/web/lib/event-stream.ts'
import { Rates } from '../../../src/web/live/rates.ts'
import { until } from '../../servers/support.ts'

const NOW = 1_795_409_450_000

/** Somebody who says what the test wants, to whoever asks. */
async function teller(t: TestContext) {
  const streams: ServerResponse[] = []
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    streams.push(response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.closeAllConnections())
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  // A page asks below its own address.
  const { fetch } = globalThis
  t.mock.method(globalThis, 'fetch', (path: string, init: RequestInit) =>
    fetch(new URL(path, `http://127.0.0.1:${port}`), init),
  )
  const tell = (event: string, data: object) =>
    streams.at(-1)!.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  return {
    connected: (times: number) =>
      until(async () => streams.length === times, { timeout: 10_000, what: 'a connection' }),
    drop: () => streams.at(-1)!.destroy(),
    /** @param counts of the seconds from that one on */
    history: (second: number, ...counts: number[]) =>
      tell('history', {
        ...{ step: 1000, from: NOW + second * 1000 },
        slots: counts.map(total => ({ total, by: { type: { a: total } } })),
      }),
    rate: (milliseconds: number, total: number) =>
      tell('rate', { time: NOW + milliseconds, total, by: { type: { a: total } } }),
  }
}

test('what came while the connection was lost counts as well, and what was before is left out', async t => {
  const server = await teller(t)
  const rates = new Rates(follow)
  t.after(() => rates.stop())
  rates.start({ topics: [], match: '' }, ['type'])
  await server.connected(1)
  const told = (ticks: number) =>
    until(async () => rates.ticks.value === ticks, { timeout: 10_000, what: 'it is told' })
  server.history(0, 100, 100, 7)
  server.rate(2200, 3)
  server.rate(2400, 4)
  await told(3)
  assert.equal(rates.total, 7)
  // Somebody asked for other fields: the server tells more often, and says the same.
  server.rate(2410, 0)
  await told(4)
  server.drop()
  await server.connected(2)
  server.history(1, 100, 14, 50, 20)
  await told(5)
  assert.equal(rates.total, 77)
  assert.deepEqual(
    [1, 2, 3, 4].map(second => rates.slots.at(NOW / 1000 + second)?.total),
    [100, 14, 50, 20],
  )
  // It was on its way for a while, which is no other clock.
  rates.time.told(NOW + 30_000, performance.now())
  server.drop()
  await server.connected(3)
  server.history(3, 50, 25)
  await told(6)
  assert.equal(rates.total, 82)
  // Its clock was set back: what it tells is of no other events.
  server.history(-3600, 14, 50, 25)
  server.rate(-3600_000 + 2600, 2)
  await told(8)
  assert.equal(rates.total, 84)
  assert.equal(rates.slots.last, NOW / 1000 - 3598, 'and the chart goes on there')
  assert.equal(rates.slots.at(NOW / 1000 + 4), undefined)
})
