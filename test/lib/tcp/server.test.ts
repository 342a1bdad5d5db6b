import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { pino } from 'pino'
import type { Conversation, Open, Peer } from '../../../src/lib/tcp/conversation.ts'
import { TcpServer, type TcpServerOptions } from '../../../src/lib/tcp/server.ts'
import { Certificates } from '../../../src/lib/tls/certificates.ts'
import type { TlsSettings } from '../../../src/lib/tls/files.ts'
import { ONE_WAY } from '../../../src/lib/tls/pem.ts'
import { makeCertificate, makeRevocationList, noCertificates } from '../../support/certificates.ts'
import { TestOwner } from '../../support/owner.ts'

/** A server in memory, what it counts, and how to connect to it. */
async function listen(t: TestContext, some: Partial<TcpServerOptions> = {}) {
  const counts: { [counter: string]: number | undefined } = {}
  const giveUp = new AbortController()
  const server = new TcpServer({
    ...{ most: 10, idle: 0, log: pino({ level: 'silent' }), signal: giveUp.signal },
    count(counter) {
      counts[counter] = (counts[counter] ?? 0) + 1
    },
    ...some,
  })
  t.after(() => {
    giveUp.abort()
    return server.end()
  })
  const port = Number((await server.listen({ host: '127.0.0.1', port: 0 })).split(':').at(-1))
  const dial = async (): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  return { server, counts, giveUp, port, dial }
}

/** Waits for what takes some turns of the loop. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await turn()
}

/** What comes by all connections, one text each. */
function collect(): { texts: string[]; ended: number; open: Open } {
  const all = {
    texts: [] as string[],
    ended: 0,
    open(): Conversation {
      const n = all.texts.push('') - 1
      return {
        data(chunk) {
          all.texts[n] = `${all.texts[n]}${chunk}`
          return undefined
        },
        end() {
          all.ended++
        },
      }
    },
  }
  return all
}

describe('at the end', () => {
  test('those who wait for room are read when there is room', async t => {
    const { server, dial } = await listen(t)
    const all = collect()
    server.start(all.open)
    const socket = await dial()
    await until(() => all.texts.length === 1)
    const { promise, resolve } = Promise.withResolvers<void>()
    server.wait(promise)
    await new Promise(sent => socket.write('x'.repeat(300_000), sent))
    const ended = server.end()
    await once(socket.resume(), 'end')
    assert.equal(all.texts[0], '')
    resolve()
    await ended
    assert.equal(all.texts[0]!.length, 300_000)
  })

  test('nobody waits for room for longer than there is time', async t => {
    const { server, dial, giveUp } = await listen(t)
    const all = collect()
    server.start(all.open)
    await dial()
    await until(() => all.texts.length === 1)
    server.wait(new Promise(() => {}))
    const ended = server.end()
    giveUp.abort()
    await ended
  })

  test('all conversations have ended when it has', async t => {
    const { server, dial } = await listen(t)
    const all = collect()
    server.start(all.open)
    await Promise.all(Array.from({ length: 5 }, dial))
    await until(() => all.texts.length === 5)
    await server.end()
    assert.equal(all.ended, 5)
  })
})

test('who has left before anybody listened is no conversation', async t => {
  const { server, dial, counts } = await listen(t)
  const socket = await dial()
  await until(() => counts.connections === 1)
  socket.resetAndDestroy()
  await until(() => counts.connectionsClosed === 1)
  const all = collect()
  server.start(all.open)
  assert.equal(all.texts.length, 0)
})

test('when there are too many, the oldest goes that has said nothing; when all have, the new one', async t => {
  const { server, dial, counts } = await listen(t, { most: 2 })
  const all = collect()
  server.start(all.open)
  const first = await dial()
  first.write('I am known')
  await until(() => all.texts[0] === 'I am known')
  const silent = once((await dial()).resume(), 'end')
  await until(() => counts.connections === 2)
  const third = await dial()
  await silent
  third.write('so am I')
  await until(() => all.texts[2] === 'so am I')
  await once((await dial()).resume(), 'end')
  assert.equal(counts.connectionsRefused, 2)
  assert.equal(counts.connections, 3)
  assert.ok(!first.closed && !third.closed)
})

test('one that is held is read no further, and the others are', async t => {
  const { server, dial } = await listen(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  const came = [0, 0]
  let connected = 0
  server.start(() => {
    const n = connected++
    return {
      data(chunk) {
        came[n]! += chunk.length
        return n === 0 ? promise : undefined
      },
      end() {},
    }
  })
  const [held, other] = [await dial(), await dial()]
  held.write('x')
  await until(() => came[0] === 1)
  held.write('yz')
  other.write('x')
  await until(() => came[1] === 1)
  other.write('y')
  await until(() => came[1] === 2)
  assert.equal(came[0], 1)
  resolve()
  await until(() => came[0] === 3)
})

/** Answers what has come when the peer has said all. */
const echo: Open = (_, socket) => {
  let text = ''
  return {
    data(chunk) {
      text += chunk
      return undefined
    },
    ended: () => setImmediate(() => socket.end(text)),
    end() {},
  }
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.end(text)
  let answer = ''
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk
  return answer
}

test('who has said all it has to say may still be answered', async t => {
  const { server, dial } = await listen(t)
  server.start(echo)
  assert.equal(await ask(await dial(), 'hello'), 'hello')
})

describe('with TLS', { skip: noCertificates }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  after(() => rmSync(folder, { recursive: true }))
  if (!noCertificates) {
    for (const name of ['host', 'web1', 'web2']) makeCertificate(folder, name)
    makeRevocationList(folder, 'web2')
  }
  const read = (name: string) => (noCertificates ? Buffer.alloc(0) : readFileSync(join(folder, name)))
  const at = (name: string) => join(folder, name)
  const certificates = (t: TestContext, some: Partial<TlsSettings> = {}) =>
    Certificates.open(
      {
        ...{ flags: '--tls', cert: at('host.pem'), key: at('host.key') },
        ...{ clientCa: undefined, clientCrl: undefined, clientName: [], ...some },
      },
      new TestOwner(t),
      ONE_WAY,
    )

  function dialSecure(t: TestContext, port: number, client?: string): TLSSocket {
    const own = client === undefined ? {} : { cert: read(`${client}.pem`), key: read(`${client}.key`) }
    const options = { port, host: '127.0.0.1', ca: read('ca.pem'), allowHalfOpen: true, ...own }
    const socket = connectTls(options)
    t.after(() => socket.destroy())
    return socket.on('error', () => {})
  }

  async function secure(t: TestContext, port: number): Promise<TLSSocket> {
    const socket = dialSecure(t, port)
    await once(socket, 'secureConnect')
    return socket
  }

  test('who has said all it has to say may still be answered', async t => {
    const { server, port } = await listen(t, { certificates: certificates(t) })
    server.start(echo)
    assert.equal(await ask(await secure(t, port), 'hello'), 'hello')
  })

  test('who connects and closes is not refused; who speaks no TLS is, once', async t => {
    const { counts, dial } = await listen(t, { certificates: certificates(t) })
    const checking = await dial()
    checking.destroy()
    const wrong = await dial()
    wrong.end('<13>hello\n')
    await once(wrong.resume(), 'close')
    await until(() => counts.connectionsRefused === 1)
    assert.deepEqual(counts, { connectionsRefused: 1 })
  })

  test('one too many is refused once', async t => {
    const { counts, port } = await listen(t, { certificates: certificates(t), most: 1 })
    await secure(t, port)
    dialSecure(t, port)
    // The first one has said nothing.
    await until(() => counts.connectionsClosed === 1)
    assert.deepEqual(counts, { connections: 2, connectionsRefused: 1, connectionsClosed: 1 })
  })

  test('whose certificate is revoked is refused', async t => {
    const clients = { clientCa: at('ca.pem'), clientCrl: at('ca.crl') }
    const { counts, port } = await listen(t, { certificates: certificates(t, clients) })
    dialSecure(t, port, 'web2')
    await until(() => counts.connectionsRefused === 1)
    dialSecure(t, port, 'web1')
    await until(() => counts.connections === 1)
    assert.equal(counts.connectionsRefused, 1)
  })

  test('the sender is the name that let it in', async t => {
    const clients = { clientName: ['other.example', 'WEB1'], clientCa: at('ca.pem') }
    const { server, port } = await listen(t, { certificates: certificates(t, clients) })
    const { promise, resolve } = Promise.withResolvers<Peer>()
    server.start((peer, socket) => {
      resolve(peer)
      return echo(peer, socket)
    })
    dialSecure(t, port, 'web1')
    assert.equal((await promise).sender, 'web1')
  })

  test('who does not agree on TLS keeps nobody out', async t => {
    const { counts, port, dial } = await listen(t, { certificates: certificates(t), most: 2 })
    const silent = [await dial(), await dial(), await dial()]
    await Promise.race(silent.map(socket => once(socket.resume(), 'end')))
    assert.equal(counts.connectionsRefused, 1)
    await secure(t, port)
    await until(() => counts.connections === 1)
  })
})
