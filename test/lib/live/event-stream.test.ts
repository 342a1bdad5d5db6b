import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
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
