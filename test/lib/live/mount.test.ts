import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { Hono } from 'hono'
import { Live } from '../../../src/lib/live/live.ts'
import { mountLive } from '../../../src/lib/live/mount.ts'
import { setVisitor } from '../../../src/lib/serve/visitor.ts'

for (const path of ['/events', '/api/v1/rates'])
  test(`bug: who had gone before ${path} was answered stayed a guest for ever`, async t => {
    const counted: string[] = []
    const count = (counter: string) => counted.push(counter)
    const live = new Live({ topic: '{type}', fields: [], clients: 10, clientBuffer: 1000, count })
    t.after(() => live.close(0))
    const incoming = new IncomingMessage(new Socket())
    const outgoing = new ServerResponse(incoming)
    let asked = 0
    setVisitor(incoming, { isWelcome: () => ++asked > 0 })
    const app = new Hono()
    const scopeOf = async () => {
      outgoing.destroy()
      await new Promise(setImmediate)
      return undefined
    }
    mountLive(app, live, { kind: 'hub', name: 'hub', scopeOf })
    const guests = t.mock.method(live.guests, 'add')
    await app.request(`http://here.example${path}`, {}, { incoming, outgoing })
    assert.equal(guests.mock.callCount(), 0)
    assert.deepEqual(counted, [])
  })
