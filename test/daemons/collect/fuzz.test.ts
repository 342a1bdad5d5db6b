// Requests that nobody would send: whatever they are, each is answered, and what becomes an event can be read.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Sluice } from '../../support/process.ts'
import { ask } from './support.ts'

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? Date.now() % 1e9)
const ROUNDS = Number(process.env.SLUICE_FUZZ_ROUNDS ?? 400)

/** Mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const PIECES = [
  ...[
    '/r/',
    'a',
    '/',
    '//',
    '..',
    '.',
    '%2e',
    '%2f',
    '%00',
    '%0d%0a',
    '%ff',
    '%',
    '%C3%A4',
    '\xff',
    '?',
    '&',
    '=',
    '#',
    ' ',
    '\t',
  ],
  ...[
    'd={',
    'd={"__proto__":{"a":1}}',
    '__proto__',
    'constructor',
    'u=https://a.example/?b=1',
    'v=',
    '{"type":"a"}',
    '[',
    '"',
    '\\',
  ],
  ...[
    'GET ',
    'POST ',
    'HEAD ',
    '/e',
    '/s.js',
    ' HTTP/1.1\r\n',
    '\r\n',
    '\n',
    'host: x\r\n',
    'user-agent: ',
    'referer: ',
    'cookie: ',
  ],
  ...[
    'content-type: text/plain\r\n',
    'content-type: application/json\r\n',
    'content-length: 5\r\n',
    'transfer-encoding: chunked\r\n',
  ],
  ...[
    '5\r\n',
    '0\r\n\r\n',
    'origin: https://x\r\n',
    'x-forwarded-for: 1.2.3.4, ::1, ',
    'sec-gpc: 1\r\n',
    'x'.repeat(300),
    '\x00',
    '\x7f',
  ],
]

test(`requests of pieces, SLUICE_FUZZ_SEED=${SEED}`, async t => {
  const random = createRandom(SEED)
  const pick = <T>(among: readonly T[]) => among[Math.floor(random() * among.length)]!
  const pieces = () => Array.from({ length: 1 + Math.floor(random() * 12) }, () => pick(PIECES)).join('')
  const wholes = [
    () => `GET /r/${pieces().replace(/[\r\n ]/g, '')} HTTP/1.1\r\nhost: x\r\n\r\n`,
    () =>
      `GET /r/a/b/c?${pieces().replace(/[\r\n ]/g, '')} HTTP/1.1\r\nhost: x\r\nuser-agent: ${pieces().replace(/[\r\n\x00\x7f]/g, '')}\r\n\r\n`,
    () => {
      const body = pieces()
      const type = pick(['text/plain', 'application/json', 'application/x-ndjson'])
      return `POST /e HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    },
    pieces,
  ]
  const run = new Sluice(t, 'sluice-collect', [
    '--http',
    '127.0.0.1:0',
    '--rate',
    'off',
    '--trusted-proxy',
    '127.0.0.1',
  ])
  const port = await run.port()
  for (let n = 0; n < ROUNDS; n++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}).resume()
    socket.end(Buffer.from(pick(wholes)(), 'latin1'))
    await once(socket, 'close')
  }
  const { status, body } = await ask(port, '/r/shop/acme/last')
  assert.deepEqual([status, body.length], [200, 43])
  await run.until('the last one', ({ stdout }) => stdout.includes('"type":"last"'))
  assert.equal(await run.stop(), 0)
  for (const line of run.stdout.trim().split('\n')) {
    const { '@meta': meta, type, time } = JSON.parse(line)
    assert.match(meta.id, /^[0-9a-z]{21}$/)
    assert.match(type, /^[^\r\n/]{1,200}$/)
    assert.ok(Number.isFinite(Date.parse(time)))
  }
  assert.deepEqual(
    run.logs.filter(({ level }) => level === 'error'),
    [],
  )
})
