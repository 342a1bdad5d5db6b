// What strangers send to all that takes events, beside what others send: all of it is somewhere in the books, and no count is wrong.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Push } from 'zeromq'
import { eventOf, numbersCounted } from '../faults/minutes.ts'
import { LONG, Random } from '../faults/random.ts'
import { Service } from '../faults/service.ts'
import { numbersInStore } from '../faults/store.ts'
import { until } from '../faults/wait.ts'
import { post } from '../support/http.ts'
import { Watcher } from '../support/live.ts'
import { freePort } from '../support/port.ts'
import { raiseReceiveBuffer, sendDatagrams } from '../support/udp.ts'
import { oddBytes } from './odd-events.ts'

const ROUNDS = LONG ? 200 : 12
const EACH = 50

/** udp-json, collect and msgpack → hub → store and count. */
async function chain(t: TestContext) {
  const runtime = mkdtempSync(join(tmpdir(), 'sluice-runtime-'))
  t.after(() => rmSync(runtime, { recursive: true, force: true }))
  const [raw, plain, counting, storing] = await Promise.all([1, 2, 3, 4].map(freePort))
  const ports = { hub: await freePort(), count: await freePort(), store: await freePort() }
  const ack = (port: number | undefined) => `ack+tcp://127.0.0.1:${port}`
  const http = (port: number) => ['--http', `127.0.0.1:${port}`]
  const env = { RUNTIME_DIRECTORY: runtime }
  const service = (program: string, args: string[], stdin: 'open' | 'ignore' = 'ignore') =>
    new Service(t, program, args, { env, stdin })
  const keys = ['--key', '{type}', '--key', 'by/{account}/{type}', '--sum', 'in/{account}/all = {amount}']
  const store = service('sluice-store', [
    '--pull-bind',
    ack(storing),
    ...http(ports.store),
    '--path',
    'store',
  ])
  const count = service('sluice-count', [
    ...['--pull-bind', ack(counting), ...http(ports.count), ...keys],
    ...['--distinct', 'of/{account}/visitors = {visitor}'],
  ])
  const hub = service('sluice-hub', [
    ...['--pull-bind', ack(raw), '--pull-bind', `tcp://127.0.0.1:${plain}`, ...http(ports.hub)],
    ...['--to', ack(storing), '--push-connect', ack(counting)],
  ])
  const push = ['--push-connect', ack(raw)]
  const udp = service('sluice-udp-json', ['--listen', '127.0.0.1:0', ...push])
  const pages = ['--allow-origin', '*', '--rate', 'off', '--http', '127.0.0.1:0']
  const collect = service('sluice-collect', [...pages, ...push])
  const msgpack = service('sluice-msgpack', ['--pull-connect', '-', ...push], 'open')
  const services = [msgpack, collect, udp, hub, count, store]
  for (const one of services) await one.ready()
  return { services, udp, collect, msgpack, ports, plain: plain! }
}

test('odd events and junk come in everywhere: the books balance, and what is sound is counted once', async t => {
  await raiseReceiveBuffer()
  const random = new Random(t)
  const { services, udp, collect, msgpack, ports, plain } = await chain(t)
  const [listen, pages] = [await udp.run.port(), await collect.run.port()]
  const watcher = await Watcher.open(t, ports.hub, '?last=100')
  const links = new Push({ linger: 0 })
  t.after(() => links.close())
  links.connect(`tcp://127.0.0.1:${plain}`)
  let sent = 0
  const types = ['text/plain', 'application/json', 'application/x-ndjson']
  const posted = (bytes: Buffer, type: string) =>
    post(pages, bytes, { path: '/e', headers: { 'content-type': type } })
  const sound: ((bytes: Buffer) => unknown)[] = [
    bytes => sendDatagrams(listen, [bytes]),
    bytes => posted(bytes, 'application/json'),
    bytes => links.send(bytes),
  ]
  const ways: typeof sound = [
    ...sound,
    bytes => posted(bytes, random.pick(types)),
    bytes => new Promise(resolve => msgpack.run.child.stdin!.write(bytes, resolve)),
  ]
  for (let round = 0; round < ROUNDS; round++) {
    for (let n = 0; n < EACH; n++) await random.pick(ways)(oddBytes(random))
    // Between them what is sound, by each way that tells where one ends.
    const good = JSON.stringify({ ...eventOf(sent), number: sent++ })
    await sound[round % 3]!(Buffer.from(good))
    await until(`event ${sent}`, () => watcher.events.filter(({ type }) => type === 'all').length >= sent)
  }
  msgpack.run.child.stdin!.end()
  assert.equal(await msgpack.run.exited, 0, msgpack.run.stderr)

  const rest = services.filter(one => one !== msgpack)
  for (const one of rest) await one.run.untilStatus('all of it', ({ stages }) => stages[0]!.books.held === 0)
  const numbers = Array.from({ length: sent }, (_, n) => n)
  assert.deepEqual(await numbersCounted(ports.count), numbers)
  const stored = (await numbersInStore(ports.store)).filter(number => number !== undefined)
  assert.deepEqual(
    stored.toSorted((a, b) => a - b),
    numbers,
  )
  await everyKeyIsFound(ports.count)
  for (const one of rest) {
    const { books } = (await one.status()).stages[0]!
    assert.ok(books.balanced, `${one.name}: ${JSON.stringify(books)}`)
    assert.equal(one.starts, 1)
    assert.equal(await one.stop(), 0, one.run.stderr)
    t.diagnostic(`${one.name} ${JSON.stringify(books)}`)
  }
})

/** What the names of keys are made of is whatever came: each can be asked for. */
async function everyKeyIsFound(http: number): Promise<void> {
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${http}/api/v1/${path}`)
    assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`)
    return response.json()
  }
  const { keys }: { keys: { key: string; last: number }[] } = await ask('keys?limit=1000')
  for (const { key, last } of keys) {
    const path = key.split('/').map(part => encodeURIComponent(decodeURIComponent(part)))
    const hash = await ask(`hashes/${path.join('/')}/${new Date(last).getUTCFullYear()}`)
    assert.ok(Object.keys(hash).length > 0, `${key}: ${JSON.stringify(hash)}`)
  }
}
