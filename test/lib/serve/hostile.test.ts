// What strangers send to the HTTP faces: paths that lead elsewhere, junk, silence, too many connections.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { makeCertificate, noCertificates } from '../../support/certificates.ts'
import { Sluice } from '../../support/process.ts'

const LONG = `/${'a'.repeat(9_000)}`
const TOO_LONG = `/${'a'.repeat(20_000)}`

/** Targets as they are on the wire. None of them is a page, a file or a question of ours. */
const TARGETS = [
  ...['/../../../../etc/passwd', '/..%2f..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/etc/passwd'],
  ...['/assets/../../../etc/passwd', '/assets/..%5c..%5cetc%5cpasswd', '/..;/etc/passwd', '//etc/passwd'],
  ...[
    '/%00',
    '/status%00.html',
    '/%',
    '/%zz',
    '/%c0%ae%c0%ae/etc/passwd',
    '/\u0001',
    '/%0d%0aset-cookie:%20a=b',
  ],
  ...['http://evil.example/etc/passwd', 'file:///etc/passwd', '*', '\\..\\..\\etc\\passwd', 'etc/passwd'],
  ...[LONG, TOO_LONG, '/__proto__', '/constructor', '/hasOwnProperty'],
]

/** Whole requests that are none, or try to be two. */
const JUNK = [
  '\r\n\r\n\r\n',
  '\0\0\0\0\0\0\0\0\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n',
  `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${'X: y\r\n'.repeat(5_000)}\r\n`,
]

type Where = { port: number; host: string } | { path: string }

function dial(t: TestContext, where: Where): Socket {
  const socket = connect(where as NetConnectOpts)
  t.after(() => socket.destroy())
  return socket.on('error', () => {}).setEncoding('latin1')
}

/** Sends bytes, perhaps to say nothing more, and reads until the other side closes. */
async function say(t: TestContext, where: Where, bytes: string | Buffer, isAll = false): Promise<string> {
  const socket = dial(t, where)
  let heard = ''
  socket.on('data', text => {
    heard += text
  })
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  if (isAll) socket.end()
  await closed(socket)
  return heard
}

function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.once('close', () => resolve()))
}

/** It is connected, or was turned away. */
function settled(socket: Socket): Promise<void> | undefined {
  if (!socket.connecting) return undefined
  return new Promise(resolve => socket.once('connect', () => resolve()).once('close', () => resolve()))
}

const NOWHERE = ['--pull-connect', 'tcp://127.0.0.1:1', '--push-connect', 'tcp://127.0.0.1:1']

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`

const faces: [
  what: string,
  start: (t: TestContext) => Promise<{ run: Sluice; where: Where; fine: string }>,
][] = [
  [
    'the admin face on a unix socket',
    async t => {
      const run = new Sluice(t, 'sluice-relay', [
        '--pull-connect',
        'tcp://127.0.0.1:1',
        '--push-connect',
        'tcp://127.0.0.1:1',
      ])
      const [face] = await run.faces()
      return { run, where: { path: face!.slice('unix:'.length) }, fine: '/healthz' }
    },
  ],
  [
    'the admin face at an address',
    async t => {
      const run = new Sluice(t, 'sluice-relay', [
        ...['--pull-connect', 'tcp://127.0.0.1:1', '--push-connect', 'tcp://127.0.0.1:1'],
        ...['--admin', '127.0.0.1:0'],
      ])
      const face = (await run.faces()).find(one => one.startsWith('http:'))!
      return { run, where: { host: '127.0.0.1', port: Number(new URL(face).port) }, fine: '/healthz' }
    },
  ],
  [
    'sluice-store',
    async t => {
      const run = new Sluice(t, 'sluice-store', ['--pull-bind', 'tcp://127.0.0.1:0', '--http', '127.0.0.1:0'])
      const { endpoints = [] } = await run.ready()
      const page = endpoints.find(one => one.startsWith('http:'))!
      return { run, where: { host: '127.0.0.1', port: Number(new URL(page).port) }, fine: '/api/about' }
    },
  ],
  [
    'sluice-http-in',
    async t => {
      const run = new Sluice(t, 'sluice-http-in', [
        '--http',
        '127.0.0.1:0',
        '--push-connect',
        'tcp://127.0.0.1:1',
      ])
      const { endpoints = [] } = await run.ready()
      const page = endpoints.find(one => one.startsWith('http:'))!
      // It takes what is posted, and has nothing to show.
      return { run, where: { host: '127.0.0.1', port: Number(new URL(page).port) }, fine: '/' }
    },
  ],
  ['sluice-hub', t => live(t, 'sluice-hub')],
  ['sluice-count', t => live(t, 'sluice-count', '--key', '{type}')],
]

/** One that shows events as they come. */
async function live(t: TestContext, program: string, ...flags: string[]) {
  const run = new Sluice(t, program, ['--pull-bind', 'tcp://127.0.0.1:0', '--http', '127.0.0.1:0', ...flags])
  return { run, where: { host: '127.0.0.1', port: await run.port() }, fine: '/api/v1/about' }
}

const MEGABYTE = 'x'.repeat(1_000_000)
const post = (head: string) =>
  `POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${head}\r\n\r\n`
const chunked = `${'f4240\r\n'}${MEGABYTE}\r\n`.repeat(10)

/** Requests that are as large as nobody needs, what is answered, and how many of thirty have to hear that. */
const LARGE: [what: string, request: string, answer: RegExp, least?: number][] = [
  ['a body of 10 MB', post('Content-Length: 10000000') + MEGABYTE.repeat(10), /^(404|405|413)$/],
  // It may be closed while most of it is still to come, as is the address below.
  ['one in pieces', `${post('Transfer-Encoding: chunked')}${chunked}0\r\n\r\n`, /^(404|405|413)$/, 1],
  [
    'a body that is no UTF-8',
    `${post('Content-Length: 1000000')}${'\xc3\x28'.repeat(500_000)}`,
    /^(400|404|405|413)$/,
  ],
  ['an address of 10 MB', get(`/events?topic=${MEGABYTE.repeat(10)}`), /^(414|431)$/, 1],
  ['an address that is no UTF-8', get('/events?topic=\xc3\x28&match=%c3%28(&last=%ff'), /^(400|404|405)$/],
  ['a header of 1 MB', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${MEGABYTE}\r\n\r\n`, /^431$/],
  ['1 MB of headers', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${'X: yy\r\n'.repeat(140_000)}\r\n`, /^431$/],
]

/** Bytes of memory that a process has. */
function memoryOf({ child }: Sluice): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024
}

/** The daemon is there, and answers as ever. */
async function isWell(t: TestContext, where: Where, fine: string): Promise<void> {
  assert.match(await say(t, where, get(fine)), fine === '/' ? /^HTTP\/1\.1 405 / : /^HTTP\/1\.1 200 /)
}

for (const [what, start] of faces) {
  describe(what, { concurrency: false }, () => {
    test('leads nowhere else, whatever the path', async t => {
      const { run, where, fine } = await start(t)
      const ours = readdirSync(process.cwd())
      for (const target of TARGETS) {
        const heard = await say(t, where, get(target))
        const [head = '', body = ''] = heard.split(/\r\n\r\n(.*)/s)
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
        assert.ok(status >= 400 && status < 500, `${target.slice(0, 80)}: ${heard.slice(0, 300)}`)
        assert.doesNotMatch(heard, /root:.*:0:0:|set-cookie:|at .*\(?file:|node:internal/i)
        assert.ok(!body.includes(run.folder) && !body.includes(ours[0]!), body)
      }
      await isWell(t, where, fine)
    })

    test('bears junk', async t => {
      const { run, where, fine } = await start(t)
      for (const junk of JUNK) {
        const heard = await say(t, where, junk, true)
        assert.doesNotMatch(heard, /^HTTP\/1\.1 (2|5)\d\d/m, `${JSON.stringify(junk.slice(0, 80))}: ${heard}`)
      }
      await isWell(t, where, fine)
      assert.equal(run.child.exitCode, null)
    })

    test('answers what is large without keeping it', async t => {
      const { run, where, fine } = await start(t)
      await isWell(t, where, fine)
      const before = memoryOf(run)
      for (const [request, bytes, answer, least = 15] of LARGE) {
        const sent = Buffer.from(bytes, 'latin1')
        const all = await Promise.all(Array.from({ length: 30 }, () => say(t, where, sent)))
        // Who still sends may find the connection closed before the answer was read.
        const statuses = all.map(heard => /^HTTP\/1\.1 (\d{3}) /.exec(heard)?.[1]).filter(Boolean)
        for (const status of statuses) assert.match(status!, answer, request)
        assert.ok(statuses.length >= least, `${request}: ${statuses.length} answers`)
      }
      await isWell(t, where, fine)
      const grown = (memoryOf(run) - before) / 2 ** 20
      // Kept, it would be 300 MB, several times.
      assert.ok(grown < 220, `grown by ${grown} MiB`)
      t.diagnostic(`grown by ${grown.toFixed(0)} MiB`)
    })

    test('answers while 2,000 connect and say nothing, or half of something', async t => {
      const { run, where, fine } = await start(t)
      await flood(t, where, () => say(t, where, get(fine)), fine)
      assert.equal(run.child.exitCode, null)
    })
  })
}

describe('with TLS', { skip: noCertificates }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  after(() => rmSync(folder, { recursive: true }))
  const { cert, key } = noCertificates ? { cert: '', key: '' } : makeCertificate(folder, 'host')
  const tls = (prefix: string) => [`--${prefix}-cert`, cert, `--${prefix}-key`, key]
  const programs: [program: string, flags: string[], fine: string][] = [
    ['sluice-relay', [...NOWHERE, '--admin', '127.0.0.1:0', ...tls('admin-tls')], '/healthz'],
    [
      'sluice-store',
      ['--pull-bind', 'tcp://127.0.0.1:0', '--http', '127.0.0.1:0', ...tls('tls')],
      '/api/about',
    ],
  ]
  for (const [program, flags, fine] of programs)
    test(`${program} answers while 2,000 connect and agree on nothing`, async t => {
      const run = new Sluice(t, program, flags)
      const { endpoints = [], admin = [] } = await (program === 'sluice-store'
        ? run.ready()
        : run.log(/^starting$/))
      const { port } = new URL([...endpoints, ...admin].find(one => one.startsWith('https:'))!)
      const where = { host: '127.0.0.1', port: Number(port) }
      const ask = async () => {
        const socket = connectTls({ ...where, ca: readFileSync(join(folder, 'ca.pem')) }).setEncoding(
          'latin1',
        )
        t.after(() => socket.destroy())
        let heard = ''
        socket
          .on('error', () => {})
          .on('data', text => {
            heard += text
          })
        socket.write(get(fine))
        await closed(socket)
        return heard
      }
      await flood(t, where, ask, fine)
      await run.log(
        /a connection was refused: (too many are about to agree on TLS|it speaks HTTP without TLS)/,
      )
      assert.equal(run.child.exitCode, null)
    })
})

/** Many come, and one who asks gets his answer. Who is turned away comes again, as every client does. */
async function flood(t: TestContext, where: Where, ask: () => Promise<string>, fine: string): Promise<void> {
  const begun = Array.from({ length: 2_000 }, (_, n) => {
    const socket = dial(t, where)
    if (n % 2 === 0) socket.write('GET / HTTP/1.1\r\nHost: ')
    return socket
  })
  await Promise.all(begun.map(settled))
  let heard = ''
  for (let tries = 0; heard === '' && tries < 20; tries++) heard = await ask()
  assert.match(heard, fine === '/' ? /^HTTP\/1\.1 405 / : /^HTTP\/1\.1 200 /)
  for (const socket of begun) socket.destroy()
}
