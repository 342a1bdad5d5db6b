import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { pathToFileURL } from 'node:url'
import { brotliDecompressSync, createGunzip, gunzipSync } from 'node:zlib'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { streamSSE } from 'hono/streaming'
import { pino } from 'pino'
import { source } from '../../src/lib/daemon.ts'
import { Fatal, Misuse } from '../../src/lib/errors.ts'
import { readValues } from '../../src/lib/options.ts'
import { serveFolder } from '../../src/lib/serve/folder.ts'
import type { Limits } from '../../src/lib/serve/limits.ts'
import { openServer, type Served } from '../../src/lib/serve/server.ts'
import { checkHttp, httpOptions } from '../../src/lib/serve.ts'
import { makeCertificate, makeRevocationList, noCertificates } from '../support/certificates.ts'
import { drive } from '../support/drive.ts'
import { settled } from '../support/link.ts'
import { TestOwner } from '../support/owner.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-serve-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const TOKEN = 'correct-horse-battery-staple'
const token = file('token', `${TOKEN}\n`)

/** What a user typed, as the daemon gets it. */
function typed(...flags: string[]) {
  const written = new Map<string, string[]>([['http', ['127.0.0.1:0']]])
  for (let n = 0; n < flags.length; n += 2) {
    const key = flags[n]!.slice(2).replace(/-(\w)/g, (_, letter) => letter.toUpperCase())
    written.set(key, [...(key === 'http' ? [] : (written.get(key) ?? [])), flags[n + 1]!])
  }
  return readValues(httpOptions('127.0.0.1:0'), written)
}

interface Opened extends Served {
  port: number
  reload(): void
  log: { level: string; msg: string; err?: { stack: string }; [key: string]: unknown }[]
}

async function open(
  t: TestContext,
  app: Hono,
  flags: string[] = [],
  limits?: Partial<Limits>,
): Promise<Opened> {
  const lines: Opened['log'] = []
  const formatters = { level: (level: string) => ({ level }) }
  const log = pino({ base: null, formatters }, { write: line => void lines.push(JSON.parse(line)) })
  const owner = new TestOwner(t, log)
  const served = await openServer(typed(...flags), app, owner, { wrongToken: 1, grace: 100, ...limits })
  t.after(() => served.close())
  return {
    ...served,
    reload: () => owner.reload(),
    port: Number(new URL(served.url).port),
    log: lines,
  }
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  bytes: Buffer
}

interface Ask extends RequestOptions {
  body?: string
}

/** The answer's beginning; its body is still to come. */
async function begin(port: number, path: string, { body, ...options }: Ask = {}): Promise<IncomingMessage> {
  const sent = request({ port, host: '127.0.0.1', path, agent: false, ...options })
  sent.on('error', () => {}).end(body)
  const [response] = await Promise.race([
    once(sent, 'response'),
    once(sent, 'close').then(() => assert.fail('there was no answer')),
  ])
  return response
}

async function ask(port: number, path = '/', options: Ask = {}): Promise<Answer> {
  const response = await begin(port, path, options)
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  return { status: response.statusCode!, headers: response.headers, body: bytes.toString(), bytes }
}

function errorOf({ body }: Answer): { code: string; message: string } {
  return JSON.parse(body).error
}

const hello = () => new Hono().get('/', c => c.text('hello')).get('/api/x', c => c.json({ x: 1 }))

/** A stream whose producer is asked for one chunk at a time. */
function endless(chunk: Uint8Array, most = Infinity) {
  const gone = Promise.withResolvers<void>()
  const state = { asked: 0, gone: gone.promise }
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      state.asked++
      controller.enqueue(chunk)
      if (state.asked >= most) controller.close()
    },
    cancel: () => gone.resolve(),
  })
  return { body, state }
}

/** A stream that the test writes to. */
function manual() {
  const gone = Promise.withResolvers<void>()
  let controller!: ReadableStreamDefaultController<Uint8Array>
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given
    },
    cancel: () => gone.resolve(),
  })
  const write = (text: string) => controller.enqueue(Buffer.from(text))
  return {
    body,
    write,
    end: () => controller.close(),
    fail: (e: Error) => controller.error(e),
    gone: gone.promise,
  }
}

describe('a daemon that serves', () => {
  test('says where, and stops with its stage', async () => {
    const daemon = source({
      summary: 'Serve',
      options: { ...httpOptions('127.0.0.1:0') },
      check: checkHttp,
      async open(options, context) {
        const url = await context.serve(options, hello())
        return async ({ emit, signal }) => {
          await emit([context.record({ message: url })])
          await once(signal, 'abort')
        }
      },
    })
    const stage = await drive(daemon, '--http-name', 'logs.example')
    const [record] = await stage.until(1)
    const url = record!.message as string
    assert.deepEqual(stage.stage.endpoints, [url])
    assert.equal(await (await fetch(url)).text(), 'hello')
    await stage.close()
    await assert.rejects(fetch(url))
    await assert.rejects(drive(daemon, '--http', ':1'), Misuse)
  })

  test('reads its files again when they have changed', async t => {
    const daemon = source({
      summary: 'Serve',
      options: { ...httpOptions('127.0.0.1:0') },
      async open(options, context) {
        await context.serve(options, hello())
        return async ({ signal }) => void (await once(signal, 'abort'))
      },
    })
    t.mock.timers.enable({ apis: ['setInterval'] })
    const path = file('watched', 'old')
    await using stage = await drive(daemon, '--http-token-file', path)
    const ask = (given: string) =>
      fetch(stage.stage.endpoints[0]!, { headers: { authorization: `Bearer ${given}` } })
    assert.equal((await ask('old')).status, 200)
    file('watched', '')
    t.mock.timers.tick(10_000)
    assert.match(stage.log.at(-1)!.msg, /^what was read before stays: --http-token-file: /)
    file('watched', 'the new one')
    t.mock.timers.tick(10_000)
    assert.equal((await ask('the')).status, 401)
    file('watched', 'new')
    t.mock.timers.tick(10_000)
    assert.equal((await ask('new')).status, 200)
  })

  test('is the only one that holds node:http', () => {
    const holds = (module: string) => {
      const path = JSON.stringify(join(import.meta.dirname, '../../src/lib', module))
      const list = `console.log(process.moduleLoadList.join().includes('NativeModule _http_server,'))`
      const script = `await import(${path}); ${list}`
      return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    }
    assert.equal(holds('index.ts'), 'false\n')
    assert.equal(holds('serve/server.ts'), 'true\n')
  })
})

describe('options that do not go together', () => {
  const { cert, key } = noCertificates
    ? { cert: file('some.pem', 'x'), key: file('some.key', 'x') }
    : makeCertificate(folder, 'some')
  const cases: [flags: string[], message: RegExp | undefined][] = [
    [[], undefined],
    [['--http', 'localhost:1'], undefined],
    [['--http', '[::1]:1', '--http-token-file', token], undefined],
    [
      ['--http', ':8514'],
      /^--http \*:8514: everybody could come in; give --http-token-file, .*127\.0\.0\.1:8514$/,
    ],
    [
      ['--http', '192.0.2.1:1', '--http-token-file', token],
      /in clear; give --tls-cert and --tls-key, or put a TLS proxy .*, or say --http-insecure where/,
    ],
    [['--http', ':1', '--http-token-file', token, '--tls-cert', cert, '--tls-key', key], undefined],
    [['--http', ':1', '--http-token-file', token, '--http-insecure', 'true'], undefined],
    [
      ['--http', ':1', '--http-insecure', 'true'],
      /everybody could come in; give --http-token-file, or listen on 127\.0\.0\.1:1$/,
    ],
    [['--http', ':1', '--tls-client-ca', cert, '--tls-cert', cert, '--tls-key', key], undefined],
    [['--tls-cert', cert], /^--tls-cert needs --tls-key$/],
    [['--tls-key', cert], /^--tls-key needs --tls-cert$/],
    [['--tls-client-ca', cert], /^--tls-client-ca: .*give --tls-cert and --tls-key$/],
    [['--tls-client-name', 'a'], /^--tls-client-name: .*give --tls-client-ca as well$/],
    [['--http-token-file', join(folder, 'none')], /^--http-token-file: .*none: there is no such file$/],
    [
      ['--http-token-file', file('empty', ' \n')],
      /^--http-token-file: .*empty is empty; make one with: openssl rand/,
    ],
    [['--http-token-file', file('two', 'a\nb\n')], /^--http-token-file: .*two is not one line/],
    [['--tls-cert', join(folder, 'none'), '--tls-key', cert], /^--tls-cert: .*none: there is no such file$/],
    [['--tls-cert', cert, '--tls-key', folder], /^--tls-key: .*EISDIR/],
    [['--http-name', 'https://logs.example'], /^--http-name: "https:.*write for example logs\.example/],
  ]
  for (const [flags, message] of cases) {
    const skip = !message && flags.includes('--tls-cert') && noCertificates
    test(flags.join(' ').replaceAll(folder, '') || 'the default', { skip }, () => {
      const check = () => checkHttp(typed(...flags))
      if (!message) check()
      else assert.throws(check, error => error instanceof Misuse && message.test(error.message))
    })
  }

  test('an address that is taken is Fatal', async t => {
    const { port } = await open(t, hello())
    await assert.rejects(
      open(t, hello(), ['--http', `127.0.0.1:${port}`]),
      (error: Error) =>
        error instanceof Fatal && /^--http 127\.0\.0\.1:\d+: the port is in use/.test(error.message),
    )
  })
})

describe('who may ask', () => {
  const cases: [what: string, headers: { [name: string]: string }, status: number, method?: string][] = [
    ['its address', { host: '127.0.0.1:PORT' }, 200],
    ['localhost at any port', { host: 'localhost:1' }, 200],
    ['the other loopback address', { host: '[::1]' }, 200],
    ['a name that was told', { host: 'Logs.Example' }, 200],
    ['a name of strangers', { host: 'evil.example' }, 421],
    ['a name of strangers that looks like ours', { host: 'localhost.evil.example' }, 421],
    ['another address', { host: '192.0.2.1:PORT' }, 421],
    ['its own origin', { origin: 'http://127.0.0.1:PORT' }, 200],
    ['another port of this host', { origin: 'http://127.0.0.1:1' }, 403],
    ['an origin elsewhere', { origin: 'https://evil.example' }, 403],
    ['an origin elsewhere that asks for more', { origin: 'https://evil.example' }, 403, 'OPTIONS'],
    ['its origin at a proxy', { origin: 'https://logs.example' }, 200],
    ['a port beside the proxy', { origin: 'https://logs.example:444' }, 403],
    ['an origin that hides', { origin: 'null' }, 403],
    ['a form of its own, which hides', { origin: 'null', 'sec-fetch-site': 'same-origin' }, 404, 'POST'],
    [
      'a link from elsewhere',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      200,
    ],
    [
      'a frame elsewhere',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      403,
    ],
    ['a form elsewhere', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 403, 'POST'],
    ['an image elsewhere', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['an image on another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['its own page', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 200],
    [
      'a WebSocket of elsewhere',
      { origin: 'http://evil.example', connection: 'upgrade', upgrade: 'websocket' },
      403,
    ],
  ]
  for (const [what, headers, status, method = 'GET'] of cases) {
    test(what, async t => {
      const { port } = await open(
        t,
        new Hono().get('/', c => c.text('hello')),
        ['--http-name', 'logs.example'],
      )
      const real = Object.fromEntries(
        Object.entries(headers).map(([k, v]) => [k, v.replace('PORT', `${port}`)]),
      )
      const answer = await ask(port, '/', { headers: real, method })
      // Without a handler for it, it got through to the app.
      assert.equal(answer.status, status === 404 ? 405 : status)
      if (status === 421) assert.match(errorOf(answer).message, /--http-name/)
      if (status === 403) assert.equal(errorOf(answer).code, 'forbidden')
    })
  }

  test('a program that brings the token may call it by any name', async t => {
    const headers = (bearer: string) => ({ host: 'collector.internal', authorization: `Bearer ${bearer}` })
    const { port } = await open(t, hello(), ['--http-token-file', token])
    assert.equal((await ask(port, '/', { headers: headers(TOKEN) })).status, 200)
    assert.equal((await ask(port, '/', { headers: headers('wrong') })).status, 401)
    const strange = { ...headers(TOKEN), origin: 'https://evil.example' }
    assert.equal((await ask(port, '/', { headers: strange })).status, 403)
    // Where no token is wanted, it says nothing.
    const tokenless = await open(t, hello())
    assert.equal((await ask(tokenless.port, '/', { headers: headers(TOKEN) })).status, 421)
  })

  test('without a Host there is no answer', async t => {
    const { port } = await open(t, hello())
    const socket = connect(port, '127.0.0.1').setEncoding('utf8')
    socket.write('GET / HTTP/1.0\r\n\r\n')
    const [text] = await once(socket, 'data')
    assert.match(text, /^HTTP\/1.1 400 [\s\S]*x-content-type-options: nosniff/)
  })
})

describe('a token', () => {
  const page: { [name: string]: string } = { accept: 'text/html,*/*', 'sec-fetch-site': 'none' }
  const cookieOf = ({ headers }: Answer) => headers['set-cookie']![0]!.split(';')[0]!
  const post = (to: string, given = TOKEN) => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: String(new URLSearchParams({ token: given, to })),
  })

  test('lets programs in', async t => {
    const { port, log } = await open(t, hello(), ['--http-token-file', token])
    const bearer = (given: string) => ask(port, '/api/x', { headers: { authorization: `Bearer ${given}` } })
    assert.equal((await bearer(TOKEN)).status, 200)
    for (const answer of [
      await ask(port, '/api/x'),
      await ask(port),
      await bearer('wrong'),
      await bearer(`${TOKEN}x`),
    ]) {
      assert.equal(answer.status, 401)
      assert.equal(errorOf(answer).code, 'unauthorized')
      assert.equal(answer.headers['www-authenticate'], 'Bearer')
    }
    assert.deepEqual(log, [])
  })

  test('is asked of people by a form without script, whose style is a file of ours', async t => {
    const { port } = await open(t, hello(), ['--http-token-file', token])
    const { status, headers, body } = await ask(port, '/search?q=%22a%22&x=<b>', { headers: page })
    assert.equal(status, 401)
    assert.match(headers['content-type']!, /^text\/html/)
    assert.match(String(headers['content-security-policy']), /form-action 'self'/)
    assert.match(body, /<form method="post" action="\/login">[\s\S]*type="password"/)
    assert.match(body, /name="to" value="\/search\?q=%22a%22&amp;x=(%3Cb%3E|&lt;b&gt;)"/)
    assert.doesNotMatch(body, /<script|<style|style=|\son\w+=/)
    assert.deepEqual(body.match(/<link[^>]*>/g), ['<link rel="stylesheet" href="/login.css">'])
    const style = await ask(port, '/login.css')
    assert.deepEqual([style.status, style.headers['content-type']], [200, 'text/css; charset=utf-8'])
    assert.doesNotMatch(style.body, /url\(|@import/)
  })

  test('once given, is remembered by a cookie that is not the token', async t => {
    const { port } = await open(t, hello(), ['--http-token-file', token])
    const answer = await ask(port, '/login', post('/api/x?q=1'))
    assert.deepEqual([answer.status, answer.headers.location], [303, '/api/x?q=1'])
    assert.match(answer.headers['set-cookie']![0]!, /; Path=\/; HttpOnly; SameSite=Strict$/)
    assert.ok(!answer.headers['set-cookie']![0]!.includes(TOKEN))
    const cookie = cookieOf(answer)
    assert.equal((await ask(port, '/api/x', { headers: { cookie } })).body, '{"x":1}')
    assert.equal((await ask(port, '/login', { headers: { cookie } })).headers.location, '/')
    // A proxy's own credentials do not count.
    assert.equal((await ask(port, '/', { headers: { cookie, authorization: 'Basic eDp5' } })).status, 200)
    for (const forged of [cookie.slice(0, -1), cookie.replace(/=\d+/, '=99999999999'), 'sluice=1'])
      assert.equal((await ask(port, '/api/x', { headers: { cookie: forged } })).status, 401)
  })

  test('is asked for again after seven days', async t => {
    const { port } = await open(t, hello(), ['--http-token-file', token])
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
    const cookie = cookieOf(await ask(port, '/login', post('/')))
    const status = async () => (await ask(port, '/', { headers: { cookie } })).status
    t.mock.timers.setTime(Date.now() + 6.9 * 86_400_000)
    assert.equal(await status(), 200)
    t.mock.timers.setTime(Date.now() + 0.2 * 86_400_000)
    assert.equal(await status(), 401)
  })

  test('is wanted also where TLS is not, for a proxy on another host', async t => {
    const everywhere = ['--http', '0.0.0.0:0', '--http-token-file', token]
    await assert.rejects(open(t, hello(), everywhere), /cross the network in clear/)
    const { port } = await open(t, hello(), [...everywhere, '--http-insecure', 'true'])
    assert.equal((await ask(port, '/api/x')).status, 401)
    const headers = { host: 'logs.example', authorization: `Bearer ${TOKEN}` }
    assert.equal((await ask(port, '/api/x', { headers })).status, 200)
  })

  test('behind a TLS proxy, the cookie stays within TLS', async t => {
    const { port } = await open(t, hello(), ['--http-token-file', token, '--http-name', 'logs.example'])
    const { headers, ...rest } = post('/')
    const { headers: got } = await ask(port, '/login', {
      ...rest,
      headers: { ...headers, origin: 'https://logs.example' },
    })
    assert.match(got['set-cookie']![0]!, /; Secure/)
  })

  for (const to of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    '/\t/evil.example',
    'x',
    '',
  ])
    test(`does not lead to ${JSON.stringify(to)}`, async t => {
      const { port } = await open(t, hello(), ['--http-token-file', token])
      assert.equal((await ask(port, '/login', post(to))).headers.location, '/')
    })

  test('that is wrong gets the form again, after a while', async t => {
    const { port } = await open(t, hello(), ['--http-token-file', token], { wrongToken: 50 })
    const start = performance.now()
    const { status, body, headers } = await ask(port, '/login', post('/x', 'wrong'))
    assert.ok(performance.now() - start >= 45)
    assert.equal(status, 401)
    assert.equal(headers['set-cookie'], undefined)
    assert.match(body, /<p id="wrong">This is not the token\.<\/p>/)
    assert.match(body, / autofocus aria-invalid="true" aria-describedby="wrong">/)
    assert.doesNotMatch((await ask(port, '/x', { headers: page })).body, /aria-/)
    assert.match(body, /value="\/x"/)
  })

  test('that is wrong too often must wait; who knows it or is logged in need not', async t => {
    const { port } = await open(t, hello(), ['--http-token-file', token], { wrongToken: 300 })
    const cookie = cookieOf(await ask(port, '/login', post('/')))
    const guess = () => ask(port, '/', { headers: { authorization: 'Bearer guess' } })
    const guesses = Array.from({ length: 30 }, guess)
    await Promise.race(guesses)
    // Nobody who knows it is kept out by those who do not.
    assert.equal((await ask(port, '/', { headers: { authorization: `Bearer ${TOKEN}` } })).status, 200)
    assert.equal((await ask(port, '/login', post('/'))).status, 303)
    const answers = await Promise.all(guesses)
    const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length
    assert.deepEqual([count(401), count(429)], [20, 10])
    assert.equal((await ask(port, '/', { headers: { cookie } })).status, 200)
  })

  test('a link from elsewhere brings no cookie; the page loads itself again', async t => {
    const { port } = await open(t, hello(), ['--http-token-file', token])
    const headers = { accept: 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    assert.match((await ask(port, '/', { headers })).body, /http-equiv="refresh" content="0"/)
  })

  test('can be changed; the old one and its sessions end', async t => {
    const path = file('changing', 'old')
    const served = await open(t, hello(), ['--http-token-file', path])
    const cookie = cookieOf(await ask(served.port, '/login', post('/', 'old')))
    file('changing', '')
    assert.throws(() => served.reload(), Misuse)
    assert.equal((await ask(served.port, '/', { headers: { cookie } })).status, 200)
    file('changing', 'new')
    served.reload()
    assert.equal((await ask(served.port, '/', { headers: { cookie } })).status, 401)
    assert.equal((await ask(served.port, '/', { headers: { authorization: 'Bearer new' } })).status, 200)
  })

  test('a large form is refused', async t => {
    const { port } = await open(t, hello(), ['--http-token-file', token])
    assert.equal((await ask(port, '/login', post('/', 'x'.repeat(20_000)))).status, 413)
  })
})

describe('headers', () => {
  const app = new Hono()
    .get('/', c => c.text('hello'))
    .get(
      '/weak',
      () =>
        new Response('x', { headers: { 'Content-Security-Policy': '*', Server: 'x', 'X-Powered-By': 'x' } }),
    )
    .get('/kept', c => c.text('x', 200, { 'Cache-Control': 'max-age=5' }))
    .get('/stream', c => c.body(endless(Buffer.from('x'), 1).body))
    .get('/throws', () => {
      throw new Error('no')
    })
  for (const path of ['/', '/weak', '/kept', '/stream', '/throws', '/none', '/%zz', '/a\\b']) {
    test(`are on ${path}`, async t => {
      const { port } = await open(t, app)
      const { headers } = await ask(port, path)
      assert.equal(
        headers['content-security-policy'],
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      )
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.equal(headers['cache-control'], path === '/kept' ? 'max-age=5' : 'no-store')
      for (const name of ['server', 'x-powered-by', 'strict-transport-security'])
        assert.ok(!(name in headers), name)
    })
  }
})

describe('compression', () => {
  const long = JSON.stringify({ text: 'sluice '.repeat(1000) })
  const typed = (type: string, body: string) => () =>
    new Response(body, { headers: { 'content-type': type } })
  const app = new Hono()
    .get('/json', typed('application/json', long))
    .get('/ndjson', typed('application/x-ndjson', long))
    .get('/css', typed('text/css', long))
    .get('/js', typed('text/javascript', long))
    .get('/small', typed('application/json', '{}'))
    .get('/png', typed('image/png', long))
    .get(
      '/coded',
      () => new Response(long, { headers: { 'content-type': 'text/plain', 'content-encoding': 'x' } }),
    )
  const cases: [path: string, accept: string | undefined, encoding: string | undefined][] = [
    ['/json', 'gzip, deflate, br, zstd', 'br'],
    ['/json', 'gzip', 'gzip'],
    ['/json', 'br;q=0, gzip;q=0.5', 'gzip'],
    ['/json', '*', 'br'],
    ['/json', 'gzip;q=0', undefined],
    ['/json', undefined, undefined],
    ['/ndjson', 'gzip', 'gzip'],
    ['/css', 'gzip', 'gzip'],
    ['/js', 'br', 'br'],
    ['/small', 'gzip', undefined],
    ['/png', 'gzip', undefined],
    ['/coded', 'gzip', 'x'],
  ]
  for (const [path, accept, encoding] of cases) {
    test(`${path} for ${accept}: ${encoding}`, async t => {
      const { port } = await open(t, app)
      const { headers, bytes } = await ask(port, path, {
        headers: { ...(accept && { 'accept-encoding': accept }) },
      })
      assert.equal(headers['content-encoding'], encoding)
      assert.equal(Number(headers['content-length']), bytes.length)
      const plain =
        encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes
      assert.equal(String(plain), path === '/small' ? '{}' : long)
      const varies = !['/small', '/png', '/coded'].includes(path)
      assert.equal(headers.vary, varies ? 'accept-encoding' : undefined)
    })
  }

  test('of a stream, lets each line out at once', async t => {
    const lines = manual()
    const app = new Hono().get('/', c => c.body(lines.body, 200, { 'content-type': 'application/x-ndjson' }))
    const { port } = await open(t, app)
    const response = await begin(port, '/', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(response.headers['content-encoding'], 'gzip')
    const plain = response.pipe(createGunzip()).setEncoding('utf8')
    for (const line of ['{"n":1}\n', '{"n":2}\n', '{"n":3}\n']) {
      lines.write(line)
      assert.deepEqual(await once(plain, 'data'), [line])
    }
    lines.end()
    plain.resume()
    await once(plain, 'end')
  })

  test('leaves events alone', async t => {
    const app = new Hono().get('/', c =>
      streamSSE(c, async stream => stream.writeSSE({ data: 'x'.repeat(2000) })),
    )
    const { port } = await open(t, app)
    const { headers, body } = await ask(port, '/', { headers: { 'accept-encoding': 'gzip, br' } })
    assert.equal(headers['content-encoding'], undefined)
    assert.equal(headers['x-accel-buffering'], 'no')
    assert.match(body, /^data: x+\n\n$/)
  })
})

describe('limits', () => {
  const app = () => new Hono().post('/', async c => c.text(String((await c.req.text()).length)))
  for (const [how, headers] of [
    ['of a known length', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ] as const) {
    for (const [length, status] of [
      [1024, 200],
      [1025, 413],
    ] as const) {
      test(`a body ${how} of ${length} bytes`, async t => {
        const { port } = await open(t, app(), [], { body: 1024 })
        const answer = await ask(port, '/', { method: 'POST', headers, body: 'x'.repeat(length) })
        assert.equal(answer.status, status)
        if (status === 200) assert.equal(answer.body, String(length))
        else assert.equal(errorOf(answer).code, 'too-large')
      })
    }
  }

  for (const connection of ['close', 'keep-alive'])
    test(`a client that reads when it has sent all sees why it is refused: ${connection}`, async t => {
      const { port } = await open(t, app(), [], { body: 1024 })
      const socket = connect(port, '127.0.0.1').setEncoding('utf8')
      const length = 50 * 1024 * 1024
      const head = ['POST / HTTP/1.1', 'Host: 127.0.0.1', `Connection: ${connection}`]
      socket.pause().write(`${head.join('\r\n')}\r\nContent-Length: ${length}\r\n\r\n`)
      // Fails where the connection is closed before.
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject)
        socket.write(Buffer.alloc(length), () => resolve())
      })
      const [text] = await once(socket.resume(), 'data')
      assert.match(text, /^HTTP\/1.1 413 /)
      if (connection === 'close') await once(socket, 'end')
      else {
        socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\nab')
        const [next] = await once(socket, 'data')
        assert.match(next, /^HTTP\/1.1 200 /)
      }
      socket.destroy()
    })

  test('an app that has none for bodies gets them as they come', async t => {
    const came = Promise.withResolvers<string>()
    const app = new Hono<{ Bindings: HttpBindings }>().post('/', async c => {
      const [chunk] = await once(c.env.incoming, 'data')
      came.resolve(String(chunk))
      return c.text('enough')
    })
    const { port } = await open(t, app as unknown as Hono, [], { body: Number.POSITIVE_INFINITY })
    const sent = request({ port, host: '127.0.0.1', method: 'POST', agent: false })
    sent.on('error', () => {}).write('the beginning')
    assert.equal(await came.promise, 'the beginning')
    const [response] = await once(sent, 'response')
    assert.equal(response.statusCode, 200)
    sent.destroy()
  })

  test('a URL without end is refused', async t => {
    const { port } = await open(t, hello())
    assert.equal((await ask(port, `/${'x'.repeat(20_000)}`)).status, 431)
  })

  test('one connection too many is not accepted, but takes the place of an idle one', async t => {
    const hanging = manual()
    const app = hello().get('/hang', c => c.body(hanging.body))
    const { port } = await open(t, app, [], { connections: 2 })
    const idle = connect(port, '127.0.0.1')
    await once(idle, 'connect')
    await begin(port, '/hang')
    await assert.rejects(begin(port, '/'))
    if (!idle.closed) await once(idle.resume(), 'close')
    assert.equal((await ask(port, '/')).body, 'hello')
  })

  for (const accept of ['identity', 'gzip']) {
    test(`a client that does not read holds up its producer (${accept})`, async t => {
      const chunk = crypto.getRandomValues(new Uint8Array(64 * 1024))
      const { body, state } = endless(chunk, 1600)
      const app = new Hono().get('/', c => c.body(body, 200, { 'content-type': 'text/plain' }))
      const { port } = await open(t, app)
      const response = await begin(port, '/', { headers: { 'accept-encoding': accept } })
      response.pause()
      // Until it is asked for nothing more.
      for (let before = -1; before !== state.asked; ) {
        before = state.asked
        for (let turns = 0; turns < 50; turns++) await ask(port, '/none')
      }
      assert.ok(state.asked < 400, `it was asked for ${state.asked} of 1600 chunks`)
      response.destroy()
      await state.gone
    })
  }
})

describe('errors', () => {
  test('of an app are logged with their stack, once a minute, and not told', async t => {
    const app = new Hono().get('/api/x', () => {
      throw new Error('the disk is full')
    })
    const { port, log } = await open(t, app)
    for (let n = 0; n < 3; n++) {
      const answer = await ask(port, '/api/x?q=secret')
      assert.equal(answer.status, 500)
      assert.deepEqual(errorOf(answer), { code: 'internal', message: 'this failed; the log says why' })
    }
    assert.equal(log.length, 1)
    assert.equal(log[0]!.msg, 'a request failed: the disk is full')
    assert.match(log[0]!.err!.stack, /serve\.test\.ts/)
    assert.equal(log[0]!.path, '/api/x')
  })

  test('that are no Error are errors too', async t => {
    const app = new Hono().get('/', () => {
      throw 'a text'
    })
    const { port, log } = await open(t, app)
    assert.equal(errorOf(await ask(port)).code, 'internal')
    assert.equal(log[0]!.msg, 'a request failed: a text')
  })

  test('of the request keep the status that the app gives them', async t => {
    const app = new Hono().get('/', () => {
      throw new HTTPException(400, { message: 'there is no closing quote' })
    })
    const { port, log } = await open(t, app)
    const answer = await ask(port)
    assert.deepEqual([answer.status, errorOf(answer).code], [400, 'bad-request'])
    assert.deepEqual(log, [])
  })

  test('in the middle of a stream end the connection, not the answer', async t => {
    const stream = manual()
    const { port, log } = await open(
      t,
      new Hono().get('/', c => c.body(stream.body)),
    )
    const response = await begin(port, '/')
    stream.write('half')
    assert.equal(String(await once(response, 'data')), 'half')
    stream.fail(new Error('the disk is gone'))
    const [error] = await once(response, 'error')
    assert.equal(error.code, 'ECONNRESET')
    assert.equal(response.complete, false)
    assert.deepEqual(
      log.map(({ msg }) => msg),
      ['a request failed: the disk is gone'],
    )
  })

  test('404 and 405 are JSON', async t => {
    const { port } = await open(t, hello())
    const none = await ask(port, '/none')
    assert.deepEqual([none.status, errorOf(none).code], [404, 'not-found'])
    const post = await ask(port, '/api/x', { method: 'POST' })
    assert.deepEqual(
      [post.status, errorOf(post).code, post.headers.allow],
      [405, 'method-not-allowed', 'GET, HEAD'],
    )
  })

  test('an app may answer 404 by itself', async t => {
    const { port } = await open(
      t,
      new Hono().get('/x', c => c.json({ error: { code: 'mine' } }, 404)),
    )
    assert.equal(errorOf(await ask(port, '/x')).code, 'mine')
  })
})

describe('HEAD', () => {
  test('is GET without the body', async t => {
    const { port } = await open(t, hello())
    const { status, headers, body } = await ask(port, '/', { method: 'HEAD' })
    assert.deepEqual([status, headers['content-length'], body], [200, '5', ''])
  })

  test('gives up a stream that nobody will read', async t => {
    const stream = manual()
    const { port } = await open(
      t,
      new Hono().get('/', c => c.body(stream.body)),
    )
    assert.equal((await ask(port, '/', { method: 'HEAD' })).status, 200)
    await stream.gone
  })
})

describe('a client that leaves', () => {
  test('is told to the app while it prepares the answer', async t => {
    const came = Promise.withResolvers<AbortSignal>()
    const app = new Hono().get('/', async c => {
      came.resolve(c.req.raw.signal)
      await new Promise((_, reject) =>
        c.req.raw.signal.addEventListener('abort', () => reject(new Error('left'))),
      )
      return c.text('')
    })
    const { port, log } = await open(t, app)
    const socket = get(port)
    const signal = await came.promise
    socket.destroy()
    await once(signal, 'abort')
    await settled()
    assert.deepEqual(log, [])
  })

  for (const type of ['text/plain', 'text/event-stream'])
    test(`is told to a stream that has nothing to say (${type})`, async t => {
      const stream = manual()
      const signals: AbortSignal[] = []
      const app = new Hono().get('/', c => {
        signals.push(c.req.raw.signal)
        return c.body(stream.body, 200, { 'content-type': type })
      })
      const { port, log } = await open(t, app)
      const socket = get(port, 'Accept-Encoding: gzip\r\n')
      await once(socket, 'data')
      const aborted = once(signals[0]!, 'abort')
      socket.destroy()
      await stream.gone
      await aborted
      assert.deepEqual(log, [])
    })
})

/** A connection of our own that has sent a request. */
function get(port: number, headers = ''): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}).write(`GET / HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`)
  return socket
}

describe('the end', () => {
  test('ends idle connections at once, and accepts no more', async t => {
    const served = await open(t, hello(), [], { grace: 30_000 })
    const fresh = connect(served.port, '127.0.0.1')
    const kept = get(served.port)
    await once(kept, 'data')
    await Promise.all([served.close(), once(kept.resume(), 'close'), once(fresh.resume(), 'close')])
    await assert.rejects(begin(served.port, '/'))
  })

  test('lets a running request finish', async t => {
    const came = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const app = new Hono().get('/', async c => {
      came.resolve()
      await go.promise
      return c.text('done')
    })
    const served = await open(t, app, [], { grace: 30_000 })
    // Kept alive by the client, closed by us.
    const socket = get(served.port).setEncoding('utf8')
    await came.promise
    const closed = served.close()
    go.resolve()
    assert.match((await once(socket, 'data'))[0], /done$/)
    await Promise.all([closed, once(socket, 'close')])
  })

  test('lets a large answer leave', async t => {
    const large = 'x'.repeat(32 * 1024 * 1024)
    const served = await open(
      t,
      new Hono().get('/', c => c.text(large)),
      [],
      { grace: 30_000 },
    )
    const response = await begin(served.port, '/')
    const closed = served.close()
    let length = 0
    for await (const chunk of response) length += chunk.length
    assert.equal(length, large.length)
    await closed
  })

  test('destroys what does not end in time', async t => {
    const came = Promise.withResolvers<AbortSignal>()
    const app = new Hono().get('/', async c => {
      const { signal } = c.req.raw
      came.resolve(signal)
      await once(signal, 'abort')
      return c.text('')
    })
    const served = await open(t, app, [], { grace: 50 })
    const socket = get(served.port)
    const aborted = once(await came.promise, 'abort')
    await Promise.all([served.close(), aborted, once(socket.resume(), 'close')])
  })

  test('ends streams of events at once', async t => {
    const stream = manual()
    const signals: AbortSignal[] = []
    const app = new Hono().get('/', c => {
      signals.push(c.req.raw.signal)
      return c.body(stream.body, 200, { 'content-type': 'text/event-stream; charset=utf-8' })
    })
    const served = await open(t, app, [], { grace: 30_000 })
    const socket = get(served.port)
    await once(socket, 'data')
    const aborted = once(signals[0]!, 'abort')
    await Promise.all([served.close(), stream.gone, aborted, once(socket.resume(), 'close')])
  })
})

describe('TLS', () => {
  const at = (name: string) => join(folder, name)
  const skip = noCertificates
  before(() => {
    if (!skip) for (const name of ['server', 'client']) makeCertificate(folder, name)
    if (!skip) makeCertificate(folder, 'foreign', 'another-ca')
  })
  const flags = ['--tls-cert', at('server.pem'), '--tls-key', at('server.key')]

  async function secure(port: number, options: object = {}): Promise<Answer> {
    const { readFileSync } = await import('node:fs')
    const sent = tlsRequest({
      port,
      host: '127.0.0.1',
      agent: false,
      ca: readFileSync(at('ca.pem')),
      ...options,
    }).end()
    const [response] = await once(sent, 'response')
    const bytes = Buffer.concat(await response.toArray())
    return { status: response.statusCode, headers: response.headers, body: String(bytes), bytes }
  }

  test('is spoken with the certificate', { skip }, async t => {
    const served = await open(t, hello(), flags)
    assert.match(served.url, /^https:/)
    assert.equal((await secure(served.port)).body, 'hello')
    await assert.rejects(
      secure(served.port, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    )
    assert.equal(
      (await secure(served.port, { headers: { origin: `http://127.0.0.1:${served.port}` } })).status,
      403,
    )
    served.reload()
    assert.equal((await secure(served.port)).body, 'hello')
  })

  test('makes cookies secure', { skip }, async t => {
    const { port } = await open(t, hello(), [...flags, '--http-token-file', token])
    const { readFileSync } = await import('node:fs')
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const options = {
      port,
      host: '127.0.0.1',
      path: '/login',
      method: 'POST',
      ca: readFileSync(at('ca.pem')),
      headers,
    }
    const [response] = await once(tlsRequest({ ...options, agent: false }).end(`token=${TOKEN}`), 'response')
    assert.match(response.headers['set-cookie'][0], /; Secure/)
    response.resume()
  })

  test('with an authority, lets in only who has its certificate', { skip }, async t => {
    const { readFileSync } = await import('node:fs')
    let refused = 0
    const limits = { refused: () => void refused++ }
    const { port, log } = await open(t, hello(), [...flags, '--tls-client-ca', at('ca.pem')], limits)
    await assert.rejects(secure(port))
    assert.equal(refused, 1)
    assert.match(log.at(-1)!.msg, /^a connection was refused: .*certificate/i)
    const foreign = { cert: readFileSync(at('foreign.pem')), key: readFileSync(at('foreign.key')) }
    await assert.rejects(secure(port, foreign))
    assert.equal(refused, 2)
    const own = { cert: readFileSync(at('client.pem')), key: readFileSync(at('client.key')) }
    assert.equal((await secure(port, own)).body, 'hello')
  })

  test('with names, lets in only who is called so', { skip }, async t => {
    const { readFileSync } = await import('node:fs')
    const own = { cert: readFileSync(at('client.pem')), key: readFileSync(at('client.key')) }
    const authority = [...flags, '--tls-client-ca', at('ca.pem')]
    const strict = await open(t, hello(), [...authority, '--tls-client-name', 'other.example'])
    await assert.rejects(secure(strict.port, own))
    assert.match(strict.log.at(-1)!.msg, /certificate is of client, who is not among --tls-client-name/)
    const { port } = await open(t, hello(), [...authority, '--tls-client-name', 'Client'])
    assert.equal((await secure(port, own)).body, 'hello')
  })

  test('who is revoked by now is refused, also with a session of before; who is connected stays', {
    skip,
  }, async t => {
    const { readFileSync } = await import('node:fs')
    const own = { cert: readFileSync(at('client.pem')), key: readFileSync(at('client.key')) }
    makeRevocationList(folder)
    const strict = [...flags, '--tls-client-ca', at('ca.pem'), '--tls-client-crl', at('ca.crl')]
    const { port, reload } = await open(t, hello(), strict)
    const dial = (session?: Buffer) => {
      const options = { port, host: '127.0.0.1', ca: readFileSync(at('ca.pem')), ...own, session }
      const socket = connectTls({ ...options, maxVersion: 'TLSv1.2' }).setEncoding('utf8')
      t.after(() => socket.destroy())
      return socket.on('error', () => {})
    }
    const kept = dial()
    const [session] = await once(kept, 'session')
    const again = dial(session)
    await once(again, 'secureConnect')
    assert.ok(again.isSessionReused())
    makeRevocationList(folder, 'client')
    reload()
    const later = dial(session)
    await new Promise(resolve => later.once('close', resolve))
    assert.equal(later.authorized, false)
    await assert.rejects(secure(port, own))
    kept.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    assert.match((await once(kept, 'data'))[0], /^HTTP\/1.1 200 /)
  })

  test('ends idle connections at the end', { skip }, async t => {
    const { Agent } = await import('node:https')
    const served = await open(t, hello(), flags, { grace: 30_000 })
    const agent = new Agent({ keepAlive: true })
    assert.equal((await secure(served.port, { agent })).status, 200)
    await served.close()
    agent.destroy()
  })

  test('is misuse with what is not a certificate, or not its key', { skip }, async t => {
    const wrong = async (cert: string, key: string, message: RegExp) =>
      assert.rejects(
        open(t, hello(), ['--tls-cert', at(cert), '--tls-key', at(key)]),
        error => error instanceof Misuse && message.test(error.message),
      )
    await wrong('token', 'server.key', /^--tls-cert: this is not PEM/)
    await wrong('server.pem', 'token', /^--tls-key: this is not PEM/)
    await wrong('server.pem', 'client.key', /^--tls-key: this is not the key of the certificate/)
  })
})

describe('a folder', () => {
  const script = 'console.log("sluice");\n'.repeat(100)
  const files = {
    'index.html': '<!doctype html><title>Page</title>',
    'app-5F2KJ3QL.js': script,
    'icon.svg': '<svg/>',
  }
  async function page(t: TestContext) {
    const built = mkdtempSync(join(folder, 'page-'))
    for (const [name, content] of Object.entries(files)) writeFileSync(join(built, name), content)
    const app = new Hono()
    serveFolder(app, pathToFileURL(`${built}/`), 'index.html')
    return open(t, app)
  }
  const cases: [path: string, name: keyof typeof files, type: string, caching: string][] = [
    ['/', 'index.html', 'text/html; charset=utf-8', 'no-cache'],
    ['/index.html', 'index.html', 'text/html; charset=utf-8', 'no-cache'],
    [
      '/app-5F2KJ3QL.js',
      'app-5F2KJ3QL.js',
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ],
    ['/icon.svg', 'icon.svg', 'image/svg+xml', 'no-cache'],
  ]
  for (const [path, name, type, caching] of cases) {
    test(`serves ${path}`, async t => {
      const { port } = await page(t)
      const { status, headers, body } = await ask(port, path)
      assert.deepEqual([status, body], [200, files[name]])
      assert.deepEqual([headers['content-type'], headers['cache-control']], [type, caching])
      const again = await ask(port, path, { headers: { 'if-none-match': headers.etag! } })
      assert.deepEqual([again.status, again.body, again.headers.etag], [304, '', headers.etag])
      assert.equal((await ask(port, path, { headers: { 'if-none-match': '"other"' } })).status, 200)
    })
  }

  test('compresses once what is worth it', async t => {
    const { port } = await page(t)
    for (const encoding of ['br', 'gzip'] as const) {
      const headers = { 'accept-encoding': encoding }
      const { headers: got, bytes } = await ask(port, '/app-5F2KJ3QL.js', { headers })
      assert.equal(got['content-encoding'], encoding)
      assert.equal(got.vary, 'accept-encoding')
      assert.equal(String(encoding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes)), script)
    }
    assert.equal(
      (await ask(port, '/', { headers: { 'accept-encoding': 'br' } })).headers['content-encoding'],
      undefined,
    )
  })

  test('gives nothing beside its files', async t => {
    const { port } = await page(t)
    for (const path of ['/../token', '/..%2ftoken', '/%2e%2e/token', '//etc/passwd'])
      assert.equal((await ask(port, path)).status, 404, path)
  })

  test('that was not built says so', async t => {
    const app = new Hono()
    serveFolder(app, pathToFileURL(join(folder, 'not-there/')), 'index.html')
    const { port, log } = await open(t, app)
    for (let n = 0; n < 2; n++) {
      const { status, body } = await ask(port, '/')
      assert.deepEqual([status, body], [503, 'the page is not built: npm run build\n'])
    }
    assert.deepEqual(
      log.map(({ msg }) => msg),
      ['the page is not built: npm run build'],
    )
  })
})
