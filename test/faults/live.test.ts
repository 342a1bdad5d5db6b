// Browsers that are on another host, and the network between: cut without a word, neither end is told.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { orSkip } from '../servers/available.ts'
import { makeCertificate } from '../support/certificates.ts'
import { root, Sluice } from '../support/process.ts'
import type { Got } from './live-watchers.ts'
import { type Host, Namespaces } from './namespaces.ts'
import { until } from './wait.ts'

const PORT = 8516
const TOKEN = 'secret-of-ours'
const [SOCKETS, STREAMS] = [20, 20]
/** Events every so many milliseconds: while the network is cut, more come than the hub remembers. */
const [EVENTS, EVERY] = [40, 100]
/** How long it may take to forget who has vanished (docs/hub.md), and a little. */
const FORGOTTEN = 45_000 + 5_000

function prepare(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-live-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const token = join(folder, 'token')
  writeFileSync(token, TOKEN, { mode: 0o600 })
  return { token, ...makeCertificate(folder, 'hub') }
}

/** A hub on a host, that a test sends numbered events to. */
async function hubAt(t: TestContext, host: Host) {
  const { token, cert, key } = prepare(t)
  const flags = [
    '--http',
    `0.0.0.0:${PORT}`,
    '--http-token-file',
    token,
    '--tls-cert',
    cert,
    '--tls-key',
    key,
  ]
  const command = ['ip', 'netns', 'exec', host.name, join(root, 'bin/sluice-hub'), ...flags]
  const run = new Sluice(t, '/usr/bin/env', command, { stdin: 'open' })
  await run.ready()
  const counters = async () => (await run.status()).stages[0]!.counters
  const files = () => readdirSync(`/proc/${run.child.pid}/fd`).length
  let sent = 0
  const send = (count: number) => {
    const lines = Array.from({ length: count }, () => `${JSON.stringify({ type: 'a', n: sent++ })}\n`)
    run.child.stdin!.write(lines.join(''))
  }
  return { run, counters, files, send, sent: () => sent }
}

/** Watchers on a host. */
function watchersAt(t: TestContext, host: Host, address: string, sockets: number, streams: number) {
  const script = join(import.meta.dirname, 'live-watchers.ts')
  const words = [script, `https://${address}:${PORT}/`, TOKEN, String(sockets), String(streams)]
  const child: ChildProcess = spawn('ip', ['netns', 'exec', host.name, process.execPath, ...words], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
  })
  t.after(() => child.kill('SIGKILL'))
  return async (): Promise<Got[]> => {
    child.send('report')
    const [got] = await once(child, 'message')
    return got
  }
}

test('a hub and browsers between which the network is cut without a word', async t => {
  const net = await orSkip(t, () => Namespaces.open(t))
  if (!net) return
  const hub = await hubAt(t, net.right)
  const local = watchersAt(t, net.right, '127.0.0.1', 1, 1)
  const remote = watchersAt(t, net.left, net.right.address, SOCKETS, STREAMS)
  const there = (count: number) => async () => {
    const { clients, clientsLeft } = await hub.counters()
    return clients! - clientsLeft! === count
  }
  await until('all watchers', there(2 + SOCKETS + STREAMS))
  const feeding = setInterval(() => hub.send(EVENTS), EVERY)
  t.after(() => clearInterval(feeding))
  const reach = (which: () => Promise<Got[]>, number: number) => async () =>
    (await which()).every(({ last }) => last >= number)

  // For a moment: nobody is forgotten, nothing is missed.
  await until('the first events', reach(remote, EVENTS))
  net.cut()
  await wait(2000)
  net.restore()
  await until('what came meanwhile', reach(remote, hub.sent()))
  for (const { opened, events, first, last, missed, unordered } of await remote())
    assert.deepEqual([opened, events, missed, unordered], [1, last - first + 1, 0, 0])

  const files = hub.files()
  const cutAt = performance.now()
  net.cut()
  await until('the hub to forget them', there(2), FORGOTTEN)
  const forgotten = (performance.now() - cutAt) / 1000
  // Give or take what it has open for a moment.
  assert.ok(hub.files() <= files - SOCKETS - STREAMS + 2, `${hub.files()} of ${files}`)
  // Nobody else was held up.
  await until('what the others get', reach(local, hub.sent()))
  for (const { opened, events, first, last, missed } of await local())
    assert.deepEqual([opened, events, missed], [1, last - first + 1, 0])
  net.restore()
  await until('all to come back', there(2 + SOCKETS + STREAMS))
  const back = (performance.now() - cutAt) / 1000
  await until('what comes then', reach(remote, hub.sent()))
  for (const { kind, events, first, last, missed, unknown, unordered } of await remote()) {
    assert.equal(unordered, 0)
    if (kind === 'stream') assert.deepEqual([events + missed, unknown], [last - first + 1, 0])
  }
  const streams = (await remote()).filter(({ kind }) => kind === 'stream')
  assert.ok(streams.some(({ missed }) => missed > 0))
  t.diagnostic(`forgotten after ${forgotten.toFixed(0)} s, back ${(back - forgotten).toFixed(0)} s later`)
  clearInterval(feeding)
  assert.equal(await hub.run.stop(), 0)
})
