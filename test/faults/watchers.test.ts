// The network is cut between a hub and some of those who watch: the others notice nothing, and they are told what they missed.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { makeCertificate, noCertificates } from '../support/certificates.ts'
import { Sluice } from '../support/process.ts'
import { endBalanced } from './ends.ts'
import { Generator } from './generator.ts'
import { type Host, Namespaces } from './namespaces.ts'
import { LONG } from './random.ts'
import { until } from './wait.ts'

const RATE = 500
const TOKEN = 'a-token-of-some-length'
/** Until who has vanished is ended, docs/hub.md says; milliseconds. */
const ENDED_WITHIN = 60_000

interface Got {
  number?: number
  missed?: number | null
  ended?: true
}

class Watching {
  readonly #run: Sluice

  constructor(t: TestContext, host: Host, kind: string, address: string) {
    const script = join(import.meta.dirname, 'watch.ts')
    const command = ['netns', 'exec', host.name, process.execPath, script, kind, address, TOKEN]
    this.#run = new Sluice(t, '/usr/bin/env', ['ip', ...command])
  }

  get all(): Got[] {
    return this.#run.stdout
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line))
  }

  get numbers(): number[] {
    return this.all.flatMap(({ number }) => number ?? [])
  }

  get hasEnded(): boolean {
    return this.all.some(({ ended }) => ended)
  }

  /** Those that it was told of; NaN where nobody knows how many. */
  get missed(): number {
    return this.all.reduce((sum, { missed }) => sum + (missed === undefined ? 0 : (missed ?? Number.NaN)), 0)
  }

  async got(number: number): Promise<void> {
    await until(`event ${number}`, () => this.numbers.at(-1)! >= number)
  }

  /** In order, each once, and with what it was told to have missed all that came from the first one on. */
  check(sent: number): void {
    const { numbers, missed } = this
    const [first = 0] = numbers
    const again = numbers.findIndex((number, n) => n > 0 && number <= numbers[n - 1]!)
    assert.equal(again, -1, `${numbers.slice(again - 1, again + 1)} of ${numbers.length}`)
    assert.equal(numbers.length + missed, sent - first)
  }
}

async function open(t: TestContext) {
  const net = await orSkip(t, () => Namespaces.open(t))
  if (!net) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'sluice-watchers-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'token'), TOKEN, { mode: 0o600 })
  const { cert, key } = makeCertificate(folder, 'hub')
  // A socket in the file system is there in all namespaces.
  const pull = `ack+ipc://${folder}/pipe`
  const address = `${net.right.address}:8516`
  const face = ['--http', address, '--http-token-file', join(folder, 'token')]
  const tls = ['--tls-cert', cert, '--tls-key', key]
  const hub = await net.right.service(t, 'sluice-hub', ['--pull-bind', pull, ...face, ...tls]).ready()
  const watch = (host: Host) =>
    ['WebSocket', 'server-sent events'].map(kind => new Watching(t, host, kind, address))
  const load = await Generator.open(t, pull, { rate: RATE, record: () => ({ type: 'pageview' }) })
  return { net, hub, load, near: watch(net.right), far: watch(net.left) as [Watching, Watching] }
}

test('watchers whose network is cut', { skip: noCertificates }, async t => {
  const opened = await open(t)
  if (!opened) return
  const { net, hub, load, near, far } = opened
  load.start()
  for (const one of [...near, ...far]) await one.got(RATE)
  net.cut()
  const left = async () => (await hub.status()).stages[0]!.counters.clientsLeft ?? 0
  const before = await left()
  const begun = performance.now()
  do {
    await load.more(RATE)
    for (const one of near) await one.got(load.acknowledged.size - RATE)
  } while (LONG ? (await left()) < before + far.length : performance.now() - begun < 4_000)
  const took = performance.now() - begun
  assert.ok(took < ENDED_WITHIN, `they were ended after ${took} ms`)
  net.restore()
  await load.more(RATE)
  const [socket, events] = far
  if (LONG) await until('the end of the WebSocket', () => socket.hasEnded)
  await load.finish()
  for (const one of near) {
    await one.got(load.sent - 1)
    assert.ok(!one.hasEnded && one.missed === 0)
  }
  await events.got(load.sent - 1)
  if (!LONG) await socket.got(load.sent - 1)
  for (const one of LONG ? [...near, events] : [...near, ...far]) one.check(load.sent)
  t.diagnostic(`${load.sent} events; ${far.map(({ missed }) => missed).join(' and ')} missed far away`)
  await endBalanced([hub])
})
