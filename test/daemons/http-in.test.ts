import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { makeCertificate, noCertificates } from '../support/certificates.ts'
import { beginPost, post } from '../support/http.ts'
import { counted, messages, open, typed } from './http-in/support.ts'

const LINES = 'application/x-ndjson'
const JSON_TYPE = 'application/json'

describe('what it takes', () => {
  test('says how many records were accepted, which say who sent them', async t => {
    const { stage, port } = await open(t)
    const { status, headers, body } = await post(port, '{"a":1}\nb\n', typed(LINES))
    assert.deepEqual([status, headers['content-type'], body], [200, 'application/json', '{"accepted":2}'])
    assert.match(stage.out[0]!['@meta'].peer!, /^127\.0\.0\.1:\d+$/)
    assert.deepEqual(
      stage.out.map(({ '@meta': _, ...fields }) => fields),
      [{ a: 1 }, { message: 'b' }],
    )
    assert.equal(stage.stage.counters.get('requests'), 1)
  })

  test('a body without a record is accepted too', async t => {
    const { port } = await open(t)
    for (const type of [LINES, JSON_TYPE, 'text/plain', ''])
      assert.equal((await post(port, '', typed(type))).body, '{"accepted":0}')
  })

  const text = Buffer.from('one\ntwo\n')
  const halves = [text.subarray(0, 5), text.subarray(5)].map(half => gzipSync(half))
  for (const [coding, body] of [
    ['gzip', gzipSync(text)],
    ['x-gzip', Buffer.concat(halves)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
  ] as const)
    test(`a body that is compressed: ${coding}`, async t => {
      const { stage, port } = await open(t)
      const answer = await post(port, body, typed('text/plain', { 'content-encoding': coding }))
      assert.equal(answer.body, '{"accepted":2}')
      assert.deepEqual(messages(stage), ['one', 'two'])
    })

  test('lines as they come, before the end of the body', async t => {
    const { stage, port } = await open(t)
    const { request, answer } = beginPost(port, typed('text/plain'))
    request.write('one\ntw')
    await stage.until(1)
    request.write('o\n')
    await stage.until(2)
    request.end('three')
    assert.equal((await answer).body, '{"accepted":3}')
    assert.deepEqual(messages(stage), ['one', 'two', 'three'])
  })

  test('a list of more members than a call may have arguments', async t => {
    const { stage, port } = await open(t)
    const list = JSON.stringify(Array.from({ length: 200_000 }, (_, n) => n))
    assert.equal((await post(port, list, typed(JSON_TYPE))).body, '{"accepted":200000}')
    assert.equal(stage.out.at(-1)!.message, '199999')
  })

  test('the address that a proxy gives, when it is believed', async t => {
    const { stage, port } = await open(t, '--trusted-proxy', '127.0.0.0/8')
    await post(port, 'a', { headers: { 'x-forwarded-for': '203.0.113.9, 198.51.100.1' } })
    assert.equal(stage.out[0]!['@meta'].peer, '198.51.100.1')
  })

  test('a text that is too long is a dead letter by the time of the answer, with --oversize reject', async t => {
    const { stage, port } = await open(t, '--max-record', '1KiB', '--oversize', 'reject')
    assert.equal((await post(port, 'x'.repeat(2000), typed('text/plain'))).body, '{"accepted":0}')
    assert.equal(stage.rejected[0]!['@meta'].dead!.reason, 'oversize')
  })
})

describe('what it refuses', () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000, 'x\n'))
  const gzip = typed('text/plain', { 'content-encoding': 'gzip' })
  const cases: [what: string, body: string | Buffer, options: object, status: number, message: RegExp][] = [
    ['another method', '', { method: 'PUT' }, 405, /only POST/],
    ['another path', '', { path: '/logs' }, 404, /nothing here/],
    ['a page of somebody else', '', typed('', { origin: 'https://evil.example' }), 403, /origins/],
    ['another compression', '', typed('', { 'content-encoding': 'compress' }), 415, /not one of gzip/],
    ['a form with files', '', typed('multipart/form-data; boundary=x'), 415, /send application\/x-ndjson/],
    ['JSON that is none', '[{"a":1},\n{"b"]', typed(JSON_TYPE), 400, /nothing of it was taken: .*line 2/],
    ['what is not compressed', 'hello', gzip, 400, /the body is not gzip/],
    [
      'half of a compressed body',
      gzipSync('hello hello').subarray(0, 20),
      gzip,
      400,
      /not gzip: unexpected end/,
    ],
    [
      'a window of zstd that is too large',
      zstdWindow(),
      typed('', { 'content-encoding': 'zstd' }),
      400,
      /not zstd/,
    ],
    ['a body that is too large', 'x'.repeat(1025), {}, 413, /at most 1024 bytes/],
    [
      'one that does not say how large it is',
      'x'.repeat(1025),
      typed('', { 'transfer-encoding': 'chunked' }),
      413,
      /1024/,
    ],
    ['one that grows without end', bomb.subarray(0, 1000), gzip, 413, /1024 bytes are taken, decompressed/],
  ]
  for (const [what, body, options, status, message] of cases)
    test(what, async t => {
      const { stage, port } = await open(t, '--max-body', '1KiB')
      const answer = await post(port, body, options)
      assert.equal(answer.status, status, answer.body)
      assert.match(JSON.parse(answer.body).error.message, message)
      if (status === 405) assert.equal(answer.headers.allow, 'POST')
      if (status === 415) assert.equal(stage.stage.counters.get('refused'), 1)
      if (status === 400) assert.deepEqual(stage.out, [])
    })

  for (const [coding, compress] of [
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)
    test(`something behind the end of ${coding}`, async t => {
      const { port } = await open(t)
      const body = Buffer.concat([compress('one\n'), compress('two\n')])
      const answer = await post(port, body, typed('text/plain', { 'content-encoding': coding }))
      assert.equal(answer.status, 400)
      assert.match(answer.body, /something behind its end/)
    })

  test('the lines before the end of what can be read are taken', async t => {
    const { stage, port } = await open(t)
    const { request, answer } = beginPost(port, gzip)
    const whole = gzipSync(`one\n${Array.from({ length: 100_000 }, Math.random).join()}`)
    request.write(whole.subarray(0, -100))
    await stage.until(1)
    request.end()
    assert.equal((await answer).status, 400)
    assert.deepEqual(messages(stage), ['one'])
  })

  test('more bodies at once than it can keep', async t => {
    const { stage, port } = await open(t, '--max-body', '512KiB')
    const long = 'x'.repeat(500_000)
    const bodies = [1, 2, 3, 4, 5].map(() => beginPost(port, typed(JSON_TYPE)))
    for (const { request } of bodies) request.write(`["${long}`)
    const refused = await Promise.race(bodies.map(({ answer }) => answer))
    assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1'])
    for (const { request } of bodies) request.end('"]')
    const answers = await Promise.all(bodies.map(({ answer }) => answer))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 503])
    // What they kept is free again.
    assert.equal((await post(port, `["${long}"]`, typed(JSON_TYPE))).status, 200)
    assert.equal(stage.out.length, 5)
  })

  test('a small body that would become a large one in memory', async t => {
    const { stage, port } = await open(t, '--max-body', '1MiB')
    for (const member of ['0', '{}', '[]']) {
      const list = `[${Array(Math.floor(1_000_000 / (member.length + 1)))
        .fill(member)
        .join()}]`
      const { status, body } = await post(port, list, typed(JSON_TYPE))
      assert.equal(status, 413)
      assert.match(body, /too many values; send less at a time/)
    }
    assert.deepEqual(stage.out, [])
  })

  test('the rest of a body whose client has left', async t => {
    const { stage, port } = await open(t)
    for (const [n, type] of ['text/plain', JSON_TYPE].entries()) {
      const { request } = beginPost(port, typed(type))
      request.write('{"a":1}\n{"b"')
      await stage.until(n + 1)
      request.destroy()
      await counted(stage, 'left', n + 1)
    }
    assert.equal(stage.out.length, 2)
  })
})

test('with --http-token-file, who brings the token is let in, whatever name it calls', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-http-in-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'token'), 'secret\n')
  const { stage, port } = await open(t, '--http-token-file', join(folder, 'token'))
  const host = 'collector.internal'
  assert.equal((await post(port, 'a', { headers: { host } })).status, 421)
  assert.equal((await post(port, 'a')).status, 401)
  assert.equal((await post(port, 'a', { headers: { host, authorization: 'Bearer secret' } })).status, 200)
  assert.equal(stage.out.length, 1)
})

test('with --tls-client-ca, the name in the certificate is kept', { skip: noCertificates }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-http-in-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { cert, key } = makeCertificate(folder, 'server')
  const client = makeCertificate(folder, 'web1')
  const ca = join(folder, 'ca.pem')
  const flags = ['--tls-cert', cert, '--tls-key', key, '--tls-client-ca', ca]
  const { stage, port } = await open(t, ...flags)
  const secure = { ca: readFileSync(ca), cert: readFileSync(client.cert), key: readFileSync(client.key) }
  assert.equal((await post(port, '{"a":1}\nb', secure)).status, 200)
  for (const record of stage.out) assert.equal(record['@meta'].sender, 'web1')
  assert.equal(stage.out.length, 2)
  await assert.rejects(post(port, 'a', { ca: secure.ca }))
})

/** The head of a frame that wants a window of 128 MiB (RFC 8878 section 3.1.1.1.2), and a block. */
function zstdWindow(): Buffer {
  return Buffer.from('28b52ffd0088010000', 'hex')
}
