import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type RequestOptions, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { Admin } from '../../../src/lib/admin/admin.ts'
import type { AdminHandler } from '../../../src/lib/admin/handler.ts'

/** Whoever reaches the address may ask. */
const OPEN = { isSecure: false }

/** Files that this code loads by require(). */
function loadedBy(code: string): string[] {
  const look = `console.log(JSON.stringify(Object.keys(require('node:module')._cache)))`
  const args = ['--no-warnings', '--eval', `(async () => { ${code}; ${look} })()`]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

const holds = (files: readonly string[], part: string) => files.some(file => file.includes(part))

test('the first question loads of prom-client only what writes the text format', () => {
  const face = new URL('../../../src/lib/admin/http.ts', import.meta.url)
  const loaded = loadedBy(`(await import('${face}')).speakHttp({})`)
  assert.ok(holds(loaded, 'prom-client/lib/registry'))
  assert.ok(!holds(loaded, 'opentelemetry'))
  // It is seen where it is loaded.
  assert.ok(holds(loadedBy(`await import('prom-client')`), 'opentelemetry'))
})

/** The faces of a process whose daemon answers at one path. */
async function startFaces(t: TestContext, handler: AdminHandler) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  const admin = new Admin(
    {
      status: () => ({}),
      metrics: () => [],
      waiting: () => [],
      handlers: new Map([['/stdin/tail', handler]]),
    },
    pino({ level: 'silent' }),
  )
  t.after(() => {
    admin.close()
    rmSync(folder, { recursive: true })
  })
  const socketPath = join(folder, 'admin.sock')
  await admin.listenUnix(socketPath)
  const { port } = new URL(await admin.listenTcp({ host: '127.0.0.1', port: 0 }, OPEN))
  const ask = async (where: RequestOptions, method: string, path: string, body?: Buffer | string) => {
    const asked = request({ ...where, method, path, agent: false }).end(body)
    const [response] = await once(asked, 'response')
    return { status: response.statusCode as number, body: await text(response) }
  }
  return {
    port: Number(port),
    unix: (method: string, path: string, body?: Buffer | string) => ask({ socketPath }, method, path, body),
    tcp: (method: string, path: string, body?: Buffer | string) =>
      ask({ host: '127.0.0.1', port }, method, path, body),
  }
}

test('a daemon answers at a path of its own, what is posted on the unix socket only', async t => {
  const { unix, tcp } = await startFaces(t, ({ method, body }) =>
    method === 'POST' ? { status: 200, body: `got ${body}` } : { status: 201, body: { method } },
  )
  assert.deepEqual(await unix('POST', '/stdin/tail', '{"do":"pause"}'), {
    status: 200,
    body: 'got {"do":"pause"}\n',
  })
  assert.deepEqual(await tcp('GET', '/stdin/tail?x=1'), { status: 201, body: '{\n  "method": "GET"\n}\n' })
  assert.deepEqual(await tcp('POST', '/stdin/tail', 'x'), { status: 403, body: 'only on the unix socket\n' })
  assert.equal((await unix('DELETE', '/stdin/tail')).status, 405)
  assert.equal((await unix('POST', '/status')).status, 405)
  assert.deepEqual(await unix('GET', '/nothing'), {
    status: 404,
    body: 'there is nothing here; there are /healthz, /readyz, /metrics, /status, /stdin/tail\n',
  })
  assert.deepEqual(await unix('POST', '/stdin/nope', 'x'), {
    status: 404,
    body: 'there is nothing here; there are /healthz, /readyz, /metrics, /status, /stdin/tail\n',
  })
})

test('what is posted has a bound, and a handler that throws is an answer', async t => {
  const { unix } = await startFaces(t, ({ body }) => {
    if (body.length === 0) throw new Error('nothing was posted')
    return { status: 200, body: String(body.length) }
  })
  assert.equal((await unix('POST', '/stdin/tail', Buffer.alloc(2 ** 20, 'x'))).body, '1048576\n')
  assert.equal((await unix('POST', '/stdin/tail', Buffer.alloc(2 ** 20 + 1, 'x'))).status, 413)
  assert.deepEqual(await unix('POST', '/stdin/tail'), { status: 500, body: 'Error: nothing was posted\n' })
})

test('who is refused is heard to the end, so that the answer is read by who first sends all', async t => {
  const { port } = await startFaces(t, () => ({ status: 200, body: '' }))
  for (const head of ['Transfer-Encoding: chunked', 'Content-Length: 8388623']) {
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.write(`POST /status HTTP/1.1\r\nHost: 127.0.0.1\r\n${head}\r\n\r\n`)
    // It looks for an answer only now, as many clients do.
    socket.pause()
    for (const piece of ['800000\r\n', Buffer.alloc(0x800000, 'x'), '\r\n0\r\n\r\n'])
      await new Promise((resolve, reject) =>
        socket.once('error', reject).write(piece, error => (error ? reject(error) : resolve(undefined))),
      )
    assert.match(await text(socket), /^HTTP\/1\.1 405 /, head)
  }
})

test('a port in use, and an address of another host, are said as of any other port', async t => {
  const create = () => {
    const admin = new Admin(
      {
        status: () => ({}),
        metrics: () => [],
        waiting: () => [],
        handlers: new Map(),
      },
      pino({ level: 'silent' }),
    )
    t.after(() => admin.close())
    return admin
  }
  const { port } = new URL(await create().listenTcp({ host: '127.0.0.1', port: 0 }, OPEN))
  await assert.rejects(create().listenTcp({ host: '127.0.0.1', port: Number(port) }, OPEN), {
    message: new RegExp(
      `^--admin 127.0.0.1:${port}: the port is in use by another program; choose another one`,
    ),
  })
  // TEST-NET-1 (RFC 5737).
  await assert.rejects(create().listenTcp({ host: '192.0.2.1', port: 0 }, OPEN), {
    message: /^--admin 192.0.2.1:0: this host has no such address$/,
  })
})

// The other bound, of silence, is of Node's own timers and comes after ten seconds.
test('who takes too long to ask has to go, also when a byte comes now and then', {
  timeout: 8_000,
}, async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { port } = await startFaces(t, () => ({ status: 200, body: '' }))
  const slow = connect(port, '127.0.0.1')
  slow.on('error', () => {})
  slow.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n')
  await once(slow, 'connect')
  // It is known there when another one, who came after it, has his answer.
  const other = connect(port, '127.0.0.1').setEncoding('utf8')
  other.end('GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await once(other, 'data')
  t.mock.timers.tick(9_000)
  slow.write('X: y\r\n')
  t.mock.timers.tick(1_000)
  await new Promise(resolve => slow.resume().once('close', resolve))
})

test('a page of somebody else, in a browser on this host, is told nothing', async t => {
  const { port } = await startFaces(t, () => ({ status: 200, body: 'secret' }))
  const as = async (headers: { [name: string]: string }) => {
    const asked = request({ host: '127.0.0.1', port, path: '/stdin/tail', agent: false, headers }).end()
    const [response] = await once(asked, 'response')
    return [response.statusCode as number, await text(response)] as const
  }
  for (const host of [`127.0.0.1:${port}`, 'localhost', `[::1]:${port}`])
    assert.deepEqual(await as({ host }), [200, 'secret\n'])
  for (const host of ['evil.example', `localhost.evil.example:${port}`, '192.0.2.1', 'a b'])
    assert.deepEqual(await as({ host }), [403, 'this face answers only under a loopback name\n'])
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  ]) {
    const [status, body] = await as(headers as { [name: string]: string })
    assert.equal(status, 403)
    assert.doesNotMatch(body, /secret/)
  }
})

test('an answer that goes on ends when who asks goes, and is not cut while it is silent', async t => {
  const gone = Promise.withResolvers<void>()
  const queries: string[] = []
  const { unix, port } = await startFaces(t, ({ query, isTrusted }) => ({
    status: 200,
    body: '',
    stream: out => {
      queries.push(`${query} ${isTrusted}`)
      out.write('{"n":1}\n')
      if (query.has('all')) return void out.end()
      out.once('close', gone.resolve)
    },
  }))
  assert.deepEqual(await unix('GET', '/stdin/tail?all=1&b=%20'), { status: 200, body: '{"n":1}\n' })
  const asked = request({ host: '127.0.0.1', port, path: '/stdin/tail', agent: false }).end()
  const [response] = await once(asked, 'response')
  assert.equal(response.headers['content-type'], 'application/x-ndjson')
  assert.equal(`${(await once(response, 'data'))[0]}`, '{"n":1}\n')
  response.destroy()
  await gone.promise
  // At this address anybody of the host may ask.
  assert.deepEqual(queries, ['all=1&b=+ true', ' false'])
})
