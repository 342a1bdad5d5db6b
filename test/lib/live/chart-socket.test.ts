import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import { Chart } from '../../../src/lib/live/chart.ts'
import { ChartSocket } from '../../../src/lib/live/chart-socket.ts'
import { Turns } from '../../../src/lib/live/turns.ts'
import { createAccept } from '../../../src/lib/live/web-socket.ts'
import { Silent, TextWatcher, Waiting } from '../../support/live.ts'

/** A server that gives a chart to the first who comes. */
async function listen(t: TestContext) {
  const accept = createAccept()
  const changed = new Waiting()
  const here: { chart?: Chart; gone: number } = { gone: 0 }
  const server = createServer().on('upgrade', (request, socket, head) =>
    accept(request, socket, head, webSocket => {
      const onGone = () => {
        here.gone++
        changed.changed()
      }
      here.chart = new Chart(onEnd => new ChartSocket(webSocket, socket, onEnd), [], new Turns(), onGone)
      changed.changed()
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const chart = async () => {
    await changed.until('it', () => here.chart !== undefined)
    return here.chart!
  }
  return { port, chart, isGone: () => changed.until('its end', () => here.gone === 1) }
}

const PIECE = 'x'.repeat(32 * 1024)
const PIECES = 300

test('who reads slowly has no more of a history made than he takes, and gets all of it', async t => {
  const { port, chart } = await listen(t)
  const watcher = await TextWatcher.open(t, port, '/api/v1/rates')
  watcher.socket.pause()
  let made = 0
  const pieces = function* () {
    yield 'event: history\ndata: "'
    for (; made < PIECES; made++) yield PIECE
    yield '"\n\n'
  }
  const one = await chart()
  one.give(pieces())
  one.tell('event: rate\ndata: 1\n\n')
  for (let before = -1; before !== made; ) {
    before = made
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  assert.ok(made < PIECES, `${made} pieces`)
  watcher.socket.resume()
  await watcher.until('all', () => watcher.named.length === 2)
  assert.deepEqual(watcher.named, [
    { event: 'history', data: PIECE.repeat(PIECES) },
    { event: 'rate', data: 1 },
  ])
})

test('who does not answer a goodbye is gone soon', async t => {
  const { port, chart, isGone } = await listen(t)
  await Silent.open(t, port)
  ;(await chart()).end()
  await isGone()
})

test('who leaves is gone', async t => {
  const { port, chart, isGone } = await listen(t)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  await once(socket, 'open')
  await chart()
  socket.terminate()
  await isGone()
})
