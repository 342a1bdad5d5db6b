// sluice-hub alone: thousands of browsers that all see every event, and what it costs when there is none.
import { symlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Push } from 'zeromq'
import { Helper } from './support/children.ts'
import { feedFilter, HEADINGS, inTurn, row } from './support/filter.ts'
import { ipcEndpoint, temporary } from './support/folder.ts'
import type { Received } from './support/hub-clients.ts'
import { count, digits } from './support/numbers.ts'
import { cpuSeconds, memoryOf } from './support/proc.ts'
import { Program } from './support/program.ts'
import { recordFile } from './support/records.ts'
import type { Report } from './support/report.ts'

const CLIENTS = 5000
/** Events a second that each client is to see. */
const RATES = [1, 20, 100]
const SECONDS = 10
const WARM_UP = 3
/** Of those that nobody sees. */
const RECORDS = 300_000
const ROUNDS = 3
const HTTP = ['--http', '127.0.0.1:0']

export async function measure(report: Report): Promise<void> {
  report.parameters({
    clients: `${count(CLIENTS)} by WebSocket, in a process of their own; all want every event`,
    events: 'about 300 bytes of JSON, every 10 ms as many as are due, over plain ZeroMQ by ipc',
    rounds: `one of ${SECONDS} s, after ${WARM_UP} s to warm up`,
    cores: 'the hub has the first one; clients and sender are free to use both',
    latency: 'from where an event is made to where its client has read it; of the oldest in each message',
  })
  const rows: string[][] = []
  for (const silent of [0, CLIENTS / 10]) for (const rate of RATES) rows.push(await round(rate, silent))
  report.table(HEAD, rows)
  await alone(report)
}

/** What it costs when nobody looks, beside others that take the same records. */
async function alone(report: Report): Promise<void> {
  const { path, bytes } = await recordFile('parsed', RECORDS)
  const nowhere = temporary('nowhere')
  symlinkSync('/dev/null', nowhere)
  const feed = (program: string, ...args: string[]) => feedFilter(program, path, RECORDS, args)
  report.parameters({
    'nobody connected': `${count(RECORDS)} records of ${digits(0)(bytes / RECORDS)} bytes from a file; outputs are links to /dev/null`,
  })
  const output = ['--to', `* => file://${nowhere}`]
  const ways = {
    'sluice-relay, which reads no record': () => feed('sluice-relay', '--push-connect', `file://${nowhere}`),
    'sluice-route, one output': () => feed('sluice-route', ...output),
    'sluice-hub, one output': () => feed('sluice-hub', ...HTTP, ...output),
    'sluice-hub, no output': () => feed('sluice-hub', ...HTTP),
  }
  report.table(HEADINGS, (await inTurn(ways, ROUNDS)).map(row))
}

const HEAD = [
  'events/s in, clients that do not read',
  'events/s taken',
  'events/s out',
  'of those due',
  'messages/s out',
  'MiB/s out',
  'p50, p99, worst ms',
  'CPU',
  'µs a message',
  'MiB',
]

async function round(rate: number, silent: number): Promise<string[]> {
  const endpoint = ipcEndpoint()
  const hub = new Program('sluice-hub', ['--pull-bind', endpoint, ...HTTP], { core: 0 })
  await hub.ready()
  const clients = new Helper<string, Received>('hub-clients.ts', [hub.port(), CLIENTS, silent].map(String))
  await clients.hello
  const feeder = new Feeder(endpoint, rate)
  await sleep(WARM_UP * 1000)
  await clients.ask('begin')
  const taken = async () => (await hub.status()).stages[0]!.books.in
  const [before, cpu, at] = [await taken(), cpuSeconds(hub.pid), performance.now()]
  await sleep(SECONDS * 1000)
  const { events, frames, bytes, latency } = await clients.ask('report')
  const seconds = (performance.now() - at) / 1000
  const used = (cpuSeconds(hub.pid) - cpu) / seconds
  const came = (await taken()) - before
  const { rss } = memoryOf(hub.pid)
  await feeder.stop()
  clients.stop()
  await hub.stop()
  const a = (n: number) => count(n / seconds)
  return [
    `${rate}, ${silent}`,
    a(came),
    a(events),
    `${((events / (came * (CLIENTS - silent))) * 100).toFixed(1)} %`,
    a(frames),
    digits(1)(bytes / seconds / 2 ** 20),
    ['p50', 'p99', 'worst'].map(name => digits(0)(latency[name]!)).join(', '),
    `${digits(0)(used * 100)} %`,
    digits(1)((used / (frames / seconds)) * 1e6),
    count(rss / 1024),
  ]
}

const TICK = 10

/** Sends so many events a second. */
class Feeder {
  readonly #socket = new Push({ linger: 0, sendHighWaterMark: 10 })
  readonly #running: Promise<void>
  #isOver = false

  constructor(endpoint: string, rate: number) {
    this.#socket.connect(endpoint)
    this.#running = this.#run(rate)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
    this.#socket.close()
  }

  async #run(rate: number): Promise<void> {
    const start = performance.now()
    for (let sent = 0; !this.#isOver; await sleep(TICK)) {
      const due = Math.floor(((performance.now() - start) / 1000) * rate) - sent
      if (due <= 0) continue
      const lines = Array.from({ length: due }, (_, n) => line(sent + n))
      sent += due
      await this.#socket.send(lines.join(''))
    }
  }
}

function line(n: number): string {
  const at = performance.timeOrigin + performance.now()
  const meta = { id: `1m83bw6wwvg6yz${n}`, received: Math.floor(at), peer: '192.0.2.17:53211' }
  const data = {
    account: `account-${n % 20}`,
    path: `/articles/${n}`,
    referrer: 'https://search.example/?q=articles',
    browser: { name: 'Firefox', version: '143' },
    visitor: `v${n % 977}`,
  }
  return `${JSON.stringify({ '@meta': meta, at, type: 'pageview', app: 'shop', data })}\n`
}
