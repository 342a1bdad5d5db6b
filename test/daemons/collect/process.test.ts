// The daemon as its user starts it, and clients who are not polite.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { root, Sluice } from '../../support/process.ts'
import { ask, dataOf, post } from './support.ts'

async function start(t: TestContext, ...flags: string[]): Promise<{ run: Sluice; port: number }> {
  const run = new Sluice(t, 'sluice-collect', ['--http', '127.0.0.1:0', ...flags])
  return { run, port: await run.port() }
}

/** Writes bytes, and resolves to all that is answered until the server closes. */
async function speak(port: number, ...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', text => {
    answer += text
  })
  // It may close before it has read all.
  socket.on('error', () => {})
  for (const piece of pieces) socket.write(piece)
  await once(socket, 'close')
  return answer
}

const statusesIn = (answer: string) =>
  [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))

test('docs/collect.md: its commands', async t => {
  const { run, port } = await start(t)
  const text = readFileSync(join(root, 'docs/collect.md'), 'utf8')
  const [, commands = ''] = /<!-- run -->\n```sh\n([\s\S]*?)```/.exec(text)!
  const { stdout } = await promisify(execFile)(
    'sh',
    ['-ec', commands.replaceAll('127.0.0.1:8518', `127.0.0.1:${port}`)],
    { cwd: run.folder },
  )
  assert.equal(readFileSync(join(run.folder, 'pixel.gif')).length, 43)
  assert.match(stdout, /^try\{/)
  assert.deepEqual(
    (await run.records(2)).map(({ type }) => type),
    ['pageview', 'signup'],
  )
})

test('requests one behind the other are answered in order, each with its event', async t => {
  const { run, port } = await start(t)
  const names = Array.from({ length: 200 }, (_, n) => `n${n}`)
  const requests = names.map(name => `GET /r/a/b/${name} HTTP/1.1\r\nhost: x\r\n\r\n`).join('')
  const answer = await speak(
    port,
    requests,
    'GET /r/a/b/last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  )
  assert.deepEqual(statusesIn(answer), Array(201).fill(200))
  assert.equal(answer.match(/GIF89a/g)!.length, 201)
  assert.deepEqual(
    (await run.records(201)).map(({ type }) => type),
    [...names, 'last'],
  )
})

test('bytes that are no HTTP, no UTF-8, or too many', async t => {
  const { run, port } = await start(t)
  const get = (head: string) => Buffer.from(`GET ${head}\r\nconnection: close\r\n\r\n`, 'latin1')
  const cases: [bytes: Buffer, status: number][] = [
    [get('/r/a/b/\xff HTTP/1.1\r\nhost: x'), 400],
    [get('/r/a/b/c?x=\xff HTTP/1.1\r\nhost: x'), 400],
    [get('/r/a/b/c?x=%ff HTTP/1.1\r\nhost: x'), 200],
    [get('/r/a/b/ok HTTP/1.1\r\nhost: x\r\nuser-agent: \xff\xfe\r\nreferer: http://\xc3\xa4/\xff'), 200],
    [get(`/r/a/b/agent HTTP/1.1\r\nhost: x\r\nuser-agent: ${'Mozilla/5.0 ('.repeat(600)}`), 200],
    [get(`/r/a/b/c HTTP/1.1\r\nhost: x\r\nuser-agent: ${'x'.repeat(20_000)}`), 431],
    [get(`/r/a/b/${'c'.repeat(20_000)} HTTP/1.1\r\nhost: x`), 431],
    [get('/r/a/b/c HTTP/1.1\r\nhost: x\r\nx: a\rb'), 400],
    [get('/r/a/b/c HTTP/1.1'), 400],
    [Buffer.from('\x16\x03\x01\x02\x00\x01\x00', 'latin1'), 400],
  ]
  for (const [bytes, status] of cases)
    assert.deepEqual(statusesIn(await speak(port, bytes)), [status], bytes.toString('latin1').slice(0, 60))
  const records = await run.records(3)
  assert.deepEqual(
    records.map(({ type }) => type),
    ['c', 'ok', 'agent'],
  )
  assert.deepEqual((records[0]!.data as { query: object }).query, { x: '\ufffd' })
  assert.equal((records[1]!.data as { referrer: string }).referrer, 'http://ä/\ufffd')
})

test('ten megabytes are refused, said to be so many or not, and it goes on', async t => {
  const { run, port } = await start(t)
  const body = Buffer.alloc(10_000_000, ' ')
  const said = await ask(port, '/e', post('application/json', body))
  assert.equal(said.status, 413)
  const chunked = await ask(port, '/e', post('application/json', body, { 'transfer-encoding': 'chunked' }))
  assert.equal(chunked.status, 413)
  assert.equal((await ask(port, '/e', post('application/json', { type: 'a' }))).status, 204)
  assert.equal((await run.records(1)).length, 1)
})

test('bodies that do not come keep nobody out', async t => {
  const { run, port } = await start(t)
  const head = 'POST /e HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{'
  const slow = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'))
  for (const socket of slow) {
    socket.on('error', () => {}).write(head)
    t.after(() => socket.destroy())
  }
  await Promise.all(slow.map(socket => once(socket, 'connect')))
  for (let n = 0; n < 20; n++) assert.equal((await ask(port, `/r/a/b/${n}`)).status, 200)
  // Of half a body nothing is taken, and nothing is said in the log.
  for (const socket of slow) socket.destroy()
  await run.records(20)
  assert.equal(await run.stop(), 0)
  assert.deepEqual(
    run.logs.filter(({ level }) => level === 'error'),
    [],
  )
})

test('all that was answered is there after SIGTERM, while requests go on', async t => {
  const { run, port } = await start(t)
  let answered = 0
  const clients = Array.from({ length: 8 }, async (_, client) => {
    for (let n = 0; ; n++) {
      const answer = await ask(port, `/r/a/${client}/${n}`).catch(() => undefined)
      if (answer?.status !== 200) return
      if (++answered === 200) run.child.kill('SIGTERM')
    }
  })
  await Promise.all(clients)
  assert.equal(await run.exited, 0)
  const records = run.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(
    new Set(records.map(record => `${dataOf(record).account} ${record.type}`)).size,
    records.length,
  )
  assert.ok(records.length >= answered, `${records.length} of ${answered}`)
})

test('with a spool and --answer accepted, kill -9 takes nothing that was answered', async t => {
  const collect = ['--http', '127.0.0.1:0', '--name', 'collect', '--spool', '.', '--answer', 'accepted']
  const away = ['--push-connect', 'ack+tcp://127.0.0.1:1']
  const first = new Sluice(t, 'sluice-collect', [...collect, ...away])
  const port = await first.port()
  const answered: string[] = []
  const clients = Array.from({ length: 8 }, async (_, client) => {
    for (let n = 0; ; n++) {
      const name = `${client}-${n}`
      const answer = await ask(port, `/r/a/b/${name}`).catch(() => undefined)
      if (answer?.status !== 200) return
      answered.push(name)
      if (answered.length === 300) first.child.kill('SIGKILL')
    }
  })
  await Promise.all(clients)
  await first.exited
  const out = join(first.folder, 'out.ndjson')
  const second = new Sluice(t, 'sluice-collect', [...collect, '--push-connect', `file://${out}`], {
    cwd: first.folder,
  })
  const there = () =>
    existsSync(out)
      ? readFileSync(out, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map(line => JSON.parse(line).type as string)
      : []
  await second.until('all that was answered', () => new Set(there()).size >= answered.length)
  assert.deepEqual(
    answered.filter(name => !there().includes(name)),
    [],
  )
})
