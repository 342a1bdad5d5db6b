import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Bodies } from '../../../src/daemons/collect/bodies.ts'
import { open } from './support.ts'

/** A server that answers with what it has read, or with why not; and who posts to it, in pieces. */
async function serve(t: TestContext, bodies: Bodies) {
  const server = createServer((incoming: IncomingMessage, response) => {
    bodies.read(incoming, (error, body) => {
      response.writeHead(error?.status ?? 200).end(error?.message ?? body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close().closeAllConnections())
  return post((server.address() as AddressInfo).port)
}

function post(port: number, path = '/', type = 'text/plain') {
  return () => {
    const headers = { 'content-type': type }
    const sent = request({ port, path, host: '127.0.0.1', method: 'POST', agent: false, headers })
    sent.on('error', () => {})
    const answer = once(sent, 'response').then(async ([response]) => {
      const text = (await response.setEncoding('utf8').toArray()).join('')
      return [response.statusCode, text]
    })
    return { sent, answer }
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate()
}

test('come in pieces, as long as they are not too large', async t => {
  const bodies = new Bodies(10, 10_000)
  const begin = await serve(t, bodies)
  const { sent, answer } = begin()
  sent.write('hello')
  await until(() => bodies.held > 0)
  sent.end('world')
  assert.deepEqual(await answer, [200, 'helloworld'])
  const larger = begin()
  larger.sent.write('hello')
  await until(() => bodies.held > 0)
  larger.sent.write('world!')
  assert.deepEqual(await larger.answer, [
    413,
    'the body is too large; at most 10 bytes are taken (--max-body)',
  ])
  assert.equal(bodies.held, 0)
})

test('have one room: the one that has taken longest gives way', async t => {
  const bodies = new Bodies(10_000, 20_000)
  const begin = await serve(t, bodies)
  const three = []
  for (const _ of [1, 2]) {
    const one = begin()
    const before = bodies.held
    one.sent.write('x'.repeat(9000))
    await until(() => bodies.held >= before + 9000)
    three.push(one)
  }
  const last = begin()
  last.sent.end('y'.repeat(9000))
  assert.deepEqual(await three[0]!.answer, [503, 'too many bodies are on their way'])
  assert.equal((await last.answer)[0], 200)
  three[1]!.sent.end()
  assert.equal((await three[1]!.answer)[0], 200)
  assert.equal(bodies.held, 0)
})

test('of many small pieces count as what those take', async t => {
  const bodies = new Bodies(10_000, 20_000)
  const { sent, answer } = (await serve(t, bodies))()
  sent.setHeader('transfer-encoding', 'chunked').flushHeaders()
  const [socket] = await once(sent, 'socket')
  if (socket.connecting) await once(socket, 'connect')
  // Written by itself, Node would make one chunk of them.
  socket.write('1\r\nx\r\n'.repeat(100))
  assert.equal((await answer)[0], 503)
  assert.equal(bodies.held, 0)
})

test('of clients that leave hold nothing', async t => {
  const bodies = new Bodies(10, 10_000)
  const { sent, answer } = (await serve(t, bodies))()
  answer.catch(() => {})
  sent.write('hello')
  await until(() => bodies.held > 0)
  sent.destroy()
  await until(() => bodies.held === 0)
})

test('all bodies of the daemon have one room', async t => {
  const { port, count } = await open(t, '--max-body', '16MiB')
  const begin = post(port, '/e', 'application/json')
  const piece = Buffer.alloc(15 * 1024 * 1024, ' ')
  const all = Array.from({ length: 5 }, begin)
  for (const { sent } of all) sent.write(piece)
  await until(() => count('busy') > 0)
  for (const { sent } of all) sent.end()
  const statuses = await Promise.all(all.map(({ answer }) => answer.then(([status]) => status)))
  assert.deepEqual(statuses.toSorted(), [204, 204, 204, 204, 503])
  assert.equal(count('busy'), 1)
})
