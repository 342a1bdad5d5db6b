// What pages of others may ask, and connections that go on as WebSocket.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { Hono } from 'hono'
import { pino } from 'pino'
import { Misuse } from '../../../src/lib/errors.ts'
import { readValues } from '../../../src/lib/options.ts'
import type { Limits } from '../../../src/lib/serve/limits.ts'
import { openServer } from '../../../src/lib/serve/server.ts'
import { allowOriginOption, checkPublicHttp, httpOptions } from '../../../src/lib/serve.ts'
import { TestOwner } from '../../support/owner.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-others-'))
after(() => rmSync(folder, { recursive: true }))
const TOKEN = 'correct-horse-battery-staple'
const tokenFile = join(folder, 'token')
writeFileSync(tokenFile, TOKEN)

/** Node before 24.9 cannot. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const noIgnoring = major === 24 && minor < 9

const SHOP = 'https://shop.example'
const options = { ...httpOptions('127.0.0.1:0'), allowOrigin: allowOriginOption }

function typed(given: { [key: string]: string[] }) {
  return readValues(options, new Map(Object.entries(given)))
}

async function open(t: TestContext, given: { [key: string]: string[] }, limits: Partial<Limits> = {}) {
  const app = new Hono()
    .get('/', c => c.text('hello'))
    .get('/large', c => c.text('x'.repeat(4096)))
    .post('/', c => c.text('thanks'))
  const owner = new TestOwner(t, pino({ level: 'silent' }))
  const served = await openServer(typed(given), app, owner, { wrongToken: 1, grace: 100, ...limits })
  t.after(() => served.close())
  return Number(new URL(served.url).port)
}

/** It stays open, when the other side closes, until something breaks it. */
function dial(t: TestContext, port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => socket.destroy())
  return socket.on('error', () => {}).resume()
}

interface Asking {
  path?: string
  method?: string
  headers?: { [name: string]: string }
}

async function ask(port: number, { path = '/', ...rest }: Asking) {
  const sent = request({ port, host: '127.0.0.1', path, agent: false, ...rest }).end()
  const [answer] = await once(sent, 'response')
  answer.resume()
  await once(answer, 'end')
  return { status: answer.statusCode as number, headers: answer.headers as { [name: string]: string } }
}

describe('pages of others that may ask', () => {
  test('read the answer', async t => {
    const port = await open(t, { allowOrigin: [SHOP] })
    const { status, headers } = await ask(port, { headers: { origin: SHOP, 'sec-fetch-site': 'cross-site' } })
    assert.equal(status, 200)
    assert.equal(headers['access-control-allow-origin'], SHOP)
    assert.equal(headers.vary, 'origin')
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
    const large = await ask(port, { path: '/large', headers: { origin: SHOP, 'accept-encoding': 'gzip' } })
    assert.equal(large.headers.vary?.toLowerCase(), 'accept-encoding, origin')
  })

  test('are told apart by caches, also from who is none of them', async t => {
    const some = await open(t, { allowOrigin: [SHOP] }, { isPublic: true })
    assert.equal((await ask(some, {})).headers.vary, 'origin')
    const none = await open(t, {}, { isPublic: true })
    assert.equal((await ask(none, {})).headers.vary, undefined)
  })

  test('ask before they send JSON', async t => {
    const port = await open(t, { allowOrigin: [SHOP], httpTokenFile: [tokenFile] })
    const headers = { origin: SHOP, 'access-control-request-method': 'POST' }
    const may = await ask(port, { method: 'OPTIONS', headers })
    assert.equal(may.status, 204)
    assert.equal(may.headers['access-control-allow-headers'], 'authorization, content-type, last-event-id')
    const other = await ask(port, {
      method: 'OPTIONS',
      headers: { ...headers, origin: 'https://evil.example' },
    })
    assert.equal(other.status, 403)
    assert.equal(other.headers['access-control-allow-origin'], undefined)
  })

  test('are all with a star', async t => {
    const port = await open(t, { allowOrigin: ['*'] })
    const { status } = await ask(port, { headers: { origin: 'https://whoever.example' } })
    assert.equal(status, 200)
  })

  test('are not those of another port or scheme', async t => {
    const port = await open(t, { allowOrigin: [SHOP] })
    for (const origin of [
      'http://shop.example',
      'https://shop.example:8443',
      'https://a.shop.example',
      'null',
    ])
      assert.equal((await ask(port, { headers: { origin } })).status, 403, origin)
  })

  test('bug: a star within one was taken, and let nobody in', () => {
    for (const origin of ['https://*.shop.example', 'https://*'])
      assert.throws(() => typed({ allowOrigin: [origin] }), /a star by itself is all origins; else name each/)
  })

  for (const origin of ['shop.example', 'https://shop.example/path', 'ftp://shop.example', 'https://'])
    test(`are not written ${origin}`, () => {
      assert.throws(() => typed({ allowOrigin: [origin] }), /is no origin; write for example https:\/\/shop/)
    })
})

describe('a public face', () => {
  test('answers under any name, and its pictures are shown anywhere', async t => {
    const port = await open(t, {}, { isPublic: true })
    const headers = { host: 'track.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    const answer = await ask(port, { headers })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['cross-origin-resource-policy'], 'cross-origin')
  })

  test('takes posts only from pages that may', async t => {
    const port = await open(t, { allowOrigin: [SHOP] }, { isPublic: true })
    const post = (origin: string) => ask(port, { method: 'POST', headers: { host: 'track.example', origin } })
    assert.equal((await post(SHOP)).status, 200)
    assert.equal((await post('https://evil.example')).status, 403)
  })

  test('that others can reach needs no token, but TLS', () => {
    const everywhere = typed({ http: ['0.0.0.0:0'] })
    assert.throws(
      () => checkPublicHttp(everywhere),
      (error: unknown) => {
        assert.ok(error instanceof Misuse)
        assert.match(error.message, /cross the network in clear; give --tls-cert and --tls-key/)
        return true
      },
    )
    checkPublicHttp(typed({ http: ['127.0.0.1:0'] }))
    checkPublicHttp(typed({ http: ['0.0.0.0:0'], httpInsecure: ['true'] }))
  })
})

describe('an upgrade', () => {
  const upgrade: Limits['upgrade'] = (_, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  }
  const asking = { connection: 'upgrade', upgrade: 'websocket' }

  /** The status of the answer, whether it is an upgrade or not. */
  async function upgradeStatus(port: number, headers: { [name: string]: string }): Promise<number> {
    const sent = request({ port, host: '127.0.0.1', agent: false, headers: { ...asking, ...headers } }).end()
    const answer = await Promise.race([once(sent, 'response'), once(sent, 'upgrade')])
    answer[0].resume()
    return answer[0].statusCode
  }

  test('is for its own pages, those that may ask, and programs', async t => {
    const port = await open(t, { allowOrigin: [SHOP] }, { upgrade })
    assert.equal(await upgradeStatus(port, {}), 101)
    assert.equal(await upgradeStatus(port, { origin: `http://127.0.0.1:${port}` }), 101)
    assert.equal(await upgradeStatus(port, { origin: SHOP }), 101)
    assert.equal(await upgradeStatus(port, { origin: 'https://evil.example' }), 403)
    assert.equal(await upgradeStatus(port, { host: 'evil.example' }), 421)
  })

  test('that is refused ends the connection, whatever its client does', async t => {
    const port = await open(t, { httpTokenFile: [tokenFile] }, { upgrade, silence: 2 ** 30 })
    for (const host of ['evil.example', '127.0.0.1']) {
      const socket = dial(t, port)
      socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`)
      await once(socket, 'end')
      // What is sent to a connection that is gone breaks it; one that stays half open would take it.
      const gone = once(socket, 'error', { signal: t.signal })
      const more = setInterval(() => socket.write('x'), 5)
      t.after(() => clearInterval(more))
      assert.match(String((await gone)[0].code), /^(EPIPE|ECONNRESET)$/)
    }
  })

  test('that waits to be refused makes room for others', async t => {
    const limits = { upgrade, connections: 1, wrongToken: 2 ** 30 }
    const port = await open(t, { httpTokenFile: [tokenFile] }, limits)
    const refused = dial(t, port)
    const head = `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer wrong`
    refused.write(`${head}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`)
    const ended = once(refused, 'end')
    // Each that is turned away makes the room that the next one needs.
    const others = setInterval(() => dial(t, port), 20)
    t.after(() => clearInterval(others))
    await ended
  })

  test('to another protocol is ignored, and what was asked for answered', { skip: noIgnoring }, async t => {
    const port = await open(t, {}, { upgrade })
    for (const upgrade of ['h2c', 'TLS/1.0, websocket'])
      assert.equal((await ask(port, { headers: { connection: 'upgrade', upgrade } })).status, 200, upgrade)
    assert.equal(await upgradeStatus(port, { upgrade: 'WebSocket' }), 101)
  })

  test('wants the token, or the cookie of a login', async t => {
    const port = await open(t, { httpTokenFile: [tokenFile] }, { upgrade })
    assert.equal(await upgradeStatus(port, {}), 401)
    assert.equal(await upgradeStatus(port, { authorization: 'Bearer wrong' }), 401)
    assert.equal(await upgradeStatus(port, { authorization: `Bearer ${TOKEN}` }), 101)
    const login = request({
      ...{ port, host: '127.0.0.1', path: '/login', method: 'POST', agent: false },
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    }).end(`token=${TOKEN}&to=/`)
    const [answer] = await once(login, 'response')
    answer.resume()
    const [cookie] = String(answer.headers['set-cookie']).split(';')
    assert.equal(await upgradeStatus(port, { cookie: cookie! }), 101)
    assert.equal(await upgradeStatus(port, { cookie: `${cookie!.slice(0, -2)}xx` }), 401)
  })
})

describe('what is answered directly', () => {
  const limits: Partial<Limits> = {
    isPublic: true,
    direct(request, response) {
      if (request.url !== '/direct') return false
      response.writeHead(200, { 'content-type': 'text/plain', server: 'x' }).end('at once')
      return true
    },
  }

  test('has the headers of every answer; what is not, is for the app', async t => {
    const port = await open(t, { allowOrigin: [SHOP] }, limits)
    const direct = await ask(port, { path: '/direct', headers: { origin: SHOP } })
    const other = await ask(port, { headers: { origin: SHOP } })
    assert.deepEqual([direct.status, other.status], [200, 200])
    for (const name of Object.keys(other.headers))
      if (!/^(content|date)/.test(name) || name === 'content-security-policy')
        assert.equal(direct.headers[name], other.headers[name], name)
    assert.equal(direct.headers.server, undefined)
  })

  test('bug: what failed there ended the process', async t => {
    let asked = 0
    const direct = () => {
      if (asked++ === 0) throw new Error('a mistake')
      return false
    }
    const port = await open(t, {}, { isPublic: true, direct })
    assert.equal((await ask(port, {})).status, 500)
    assert.equal((await ask(port, {})).status, 200)
  })

  test('is nothing where a token is asked for, or where not everybody may ask', async t => {
    const withToken = await open(t, { httpTokenFile: [tokenFile] }, limits)
    assert.equal((await ask(withToken, { path: '/direct' })).status, 401)
    const own = await open(t, {}, { ...limits, isPublic: false })
    assert.equal((await ask(own, { path: '/direct' })).status, 404)
  })

  test('pages of another origin that were refused are told of', async t => {
    const foreign: string[] = []
    const port = await open(
      t,
      { allowOrigin: [SHOP] },
      { isPublic: true, foreign: origin => foreign.push(origin) },
    )
    for (const origin of [SHOP, 'https://evil.example'])
      await ask(port, { method: 'POST', headers: { origin } })
    await ask(port, { method: 'POST' })
    assert.deepEqual(foreign, ['https://evil.example'])
  })
})
