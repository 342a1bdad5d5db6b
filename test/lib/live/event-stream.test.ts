import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, connect, Socket } from 'node:net'
import { test } from 'node:test'
import { Backlog } from '../../../src/lib/live/backlog.ts'
import { EventStreamClient } from '../../../src/lib/live/event-stream.ts'
import { Room } from '../../../src/lib/live/room.ts'

test('bug: who was still getting what came before was told to go on behind the newest', () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const written: string[] = []
  response.write = (text: unknown) => written.push(String(text)) > 0
  const handlers = { onMissed: () => {}, onGone: () => {}, newest: () => 'life-7' }
  const client = new EventStreamClient(response, handlers)
  client.beat()
  assert.match(written.at(-1)!, /^event: beat\ndata: \{"time":\d+\}\n\n$/)
  client.follow(new Backlog(String, new Room(1)))
  client.beat()
  assert.match(written.at(-1)!, /^id: life-7\nevent: beat\ndata: /)
})

test('bug: what waited for who was to be ended at once kept the connection', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {}).write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  t.after(() => socket.destroy())
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  let gone = 0
  const client = new EventStreamClient(response, {
    onMissed: () => {},
    onGone: () => void gone++,
    newest: () => undefined,
  })
  // Nobody reads it.
  response.write('x'.repeat(64 * 2 ** 20))
  client.destroy()
  assert.ok(response.destroyed)
  await once(response, 'close')
  assert.equal(gone, 1)
})
