import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Pull, Push } from 'zeromq'
import { parseEndpoint } from '../../../src/lib/endpoint.ts'
import { Fatal } from '../../../src/lib/errors.ts'
import { linkStatus } from '../../../src/lib/transport/link.ts'
import { RenewableSocket } from '../../../src/lib/transport/renewable-socket.ts'

async function open(t: TestContext, patience?: number) {
  const endpoint = parseEndpoint('tcp://127.0.0.1:*', 'pull', 'bind')
  const status = linkStatus(endpoint)
  const sockets: Pull[] = []
  const renewable = new RenewableSocket(() => {
    const socket = new Pull({ linger: 0 })
    sockets.push(socket)
    return socket
  }, patience)
  t.after(() => {
    for (const socket of sockets) socket.close()
    renewable.close()
  })
  await renewable.open(endpoint, status)
  return { endpoint, status, sockets, renewable, renew: () => renewable.renew(endpoint, status) }
}

test('a renewed socket has the port that was chosen, and who had connected comes back', async t => {
  const { status, renewable, renew, sockets } = await open(t)
  const push = new Push({ linger: 0, reconnectInterval: 20 })
  t.after(() => push.close())
  const handshake = () => new Promise<void>(resolve => push.events.on('handshake', () => resolve()))
  const shaken = handshake()
  push.connect(status.endpoint)
  await shaken
  const { endpoint: before } = status
  const again = handshake()
  const renewal = renew()
  assert.ok(renewable.renewed)
  // Two revocations at once are one.
  await renew()
  await renewal
  assert.equal(renewable.renewed, undefined)
  await again
  assert.equal(status.endpoint, before)
  assert.equal(sockets[0]!.closed, true)
  await push.send('here')
  assert.equal(String((await renewable.socket.receive())[0]), 'here')
})

test('an address that another program has taken meanwhile is an error, in time', async t => {
  const { status, renew } = await open(t, 200)
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  status.endpoint = `tcp://127.0.0.1:${port}`
  await assert.rejects(renew(), (error: Error) => {
    return (
      error instanceof Fatal && /^--pull-bind tcp:.*: the address is in use by another/.test(error.message)
    )
  })
})

test('what is closed while it waits for its address is closed', async t => {
  const { status, renewable, renew, sockets } = await open(t)
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  status.endpoint = `tcp://127.0.0.1:${(server.address() as { port: number }).port}`
  const renewal = renew()
  renewable.close()
  await renewal
  assert.ok(sockets.length <= 3, String(sockets.length))
})
