import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import { LiveEvent } from '../../../src/lib/live/event.ts'
import { Frame } from '../../../src/lib/live/frame.ts'
import { createAccept, WebSocketClient } from '../../../src/lib/live/web-socket.ts'
import { Silent, Watcher } from '../../support/live.ts'

/** A server whose clients a test gets hold of. */
async function listen(t: TestContext) {
  const accept = createAccept()
  const clients: WebSocketClient[] = []
  let gone = 0
  const server = createServer().on('upgrade', (request, socket, head) =>
    accept(request, socket, head, webSocket => {
      const onGone = () => {
        gone++
      }
      clients.push(new WebSocketClient(webSocket, socket, { onMissed: () => {}, onGone }))
      server.emit('client')
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const client of clients) client.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, clients, gone: () => gone }
}

describe('who is still there', () => {
  test('answers, however often it is asked', async t => {
    const { port, clients, gone } = await listen(t)
    const socket = new WebSocket(`ws://127.0.0.1:${port}/events`)
    await once(socket, 'open')
    for (let n = 0; n < 10; n++) {
      const pinged = once(socket, 'ping')
      clients[0]!.beat()
      await pinged
      // Its answer to this comes behind the pong.
      socket.ping()
      await once(socket, 'pong')
    }
    assert.equal(gone(), 0)
    socket.terminate()
  })

  test('is gone when it answers nothing', async t => {
    const { port, clients } = await listen(t)
    const silent = await Silent.open(t, port)
    const closed = once(silent.socket.resume(), 'close')
    for (let n = 0; n < 6; n++) clients[0]!.beat()
    await closed
  })
})

test('a page hears of no ping: after a silence it gets a word', async t => {
  const { port, clients } = await listen(t)
  const watcher = await Watcher.open(t, port)
  const [client] = clients
  const event = new LiveEvent(1, { '@meta': { id: 'x' } }, '')
  client!.write(new Frame([event], String))
  client!.beat()
  await watcher.got(1)
  assert.equal(watcher.beats, 0)
  client!.beat()
  await watcher.until('a beat', () => watcher.beats === 1)
  assert.equal(watcher.events.length, 1)
})

describe('a frame', () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
    test(`of ${length} characters arrives as it is`, async t => {
      const { port, clients } = await listen(t)
      const socket = new WebSocket(`ws://127.0.0.1:${port}/events`)
      await once(socket, 'open')
      const record = { '@meta': { id: 'x' }, text: 'ä'.repeat(length) }
      const frame = new Frame([new LiveEvent(1, record, ''), new LiveEvent(2, record, '')], String)
      const message = once(socket, 'message')
      clients[0]!.write(frame)
      const lines = String((await message)[0]).split('\n')
      assert.deepEqual(
        lines.map(line => JSON.parse(line)),
        [record, record],
      )
      socket.terminate()
    })
})
