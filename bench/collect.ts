// sluice-collect alone, into a process that throws away what it pulls: the GIF, what pages post, what programs post.
import { execFileSync } from 'node:child_process'
import { type Load, type Measured, wrk } from '../test/servers/wrk.ts'
import { Helper } from './support/children.ts'
import { ipcEndpoint, temporary } from './support/folder.ts'
import type { Pulled } from './support/null-pull.ts'
import { count, digits, spread } from './support/numbers.ts'
import { cpuSeconds } from './support/proc.ts'
import { Program } from './support/program.ts'
import type { Report } from './support/report.ts'

const CONNECTIONS = 64
const SECONDS = 4
const WARM_UP = 2
const ROUNDS = 3

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
const DATA = {
  account: 'acme',
  page: 'https://shop.example/cart?step=2',
  referrer: 'https://shop.example/',
  screen: '1920x1080',
  tz: 'Europe/Berlin',
  visitor: '1795409674000.8437592837',
}
const EVENT = JSON.stringify({ type: 'pageview', app: 'shop', data: DATA })
const PARAMETERS = new URLSearchParams({
  ...{ u: DATA.page, r: DATA.referrer, s: DATA.screen, z: DATA.tz, v: DATA.visitor },
})

interface Case {
  path: string
  flags?: readonly string[]
  type?: string
}

export const CASES: { readonly [what: string]: Case } = {
  GIF: { path: `/r/shop/acme/pageview?${PARAMETERS}` },
  'GIF without parameters': { path: '/r/shop/acme/open' },
  'GIF, to a spool': { path: `/r/shop/acme/pageview?${PARAMETERS}`, flags: ['--spool', 'SPOOL'] },
  'GIF, to a spool, --answer accepted': {
    path: `/r/shop/acme/pageview?${PARAMETERS}`,
    flags: ['--spool', 'SPOOL', '--answer', 'accepted'],
  },
  'POST of a page': { path: '/e', type: 'text/plain' },
  'POST of a program': { path: '/e', type: 'application/json' },
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    requests: `by wrk, ${CONNECTIONS} connections that are kept, one address; User-Agent of Chrome`,
    rate: '--rate 1000000/s: the limit is looked at, and does not apply',
    output: 'plain ZeroMQ over ipc, to a process that throws it away',
    cores: 'the daemon has the first one, wrk and who pulls the others',
    rounds: `${ROUNDS} of ${SECONDS} s, after ${WARM_UP} s to warm up`,
  })
  const rows: string[][] = []
  const bare = new Helper<number, never>('bare-http.ts')
  const port = await bare.hello
  pin(bare.child.pid!)
  rows.push([
    'node:http alone, the same answer',
    ...(await rounds(bare.child.pid!, `http://127.0.0.1:${port}`, CASES.GIF!)),
  ])
  bare.stop()
  for (const [what, one] of Object.entries(CASES)) {
    const { program, url, stop } = await startCollect(one.flags ?? [])
    rows.push([what, ...(await rounds(program.pid, url, one))])
    await stop()
  }
  report.table(
    [
      'request',
      'requests/s',
      'CPU µs a request',
      'share of the core',
      'requests a CPU second',
      'p50, p99 ms',
      'failed',
    ],
    rows,
  )
}

function pin(pid: number): void {
  execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', '0', String(pid)])
}

async function rounds(pid: number, url: string, one: Case): Promise<string[]> {
  const load = loadOf(one)
  await wrk(url + one.path, { ...load, seconds: WARM_UP })
  const measured: (Measured & { cpu: number })[] = []
  for (let n = 0; n < ROUNDS; n++) {
    const before = cpuSeconds(pid)
    const round = await wrk(url + one.path, load)
    measured.push({ ...round, cpu: cpuSeconds(pid) - before })
  }
  const column = (of: (round: (typeof measured)[number]) => number, format = count) =>
    spread(measured.map(of), format)
  return [
    column(({ perSecond }) => perSecond),
    column(({ cpu, requests }) => (cpu / requests) * 1e6, digits(1)),
    column(
      ({ cpu }) => (cpu / SECONDS) * 100,
      value => `${count(value)} %`,
    ),
    column(({ cpu, requests }) => requests / cpu),
    `${column(({ latency }) => latency.median, digits(1))}, ${column(({ latency }) => latency.p99, digits(1))}`,
    String(measured.reduce((sum, { failed }) => sum + failed, 0)),
  ]
}

function loadOf({ type }: Case): Load {
  const headers = { 'User-Agent': CHROME, ...(type !== undefined && { 'Content-Type': type }) }
  return {
    connections: CONNECTIONS,
    seconds: SECONDS,
    headers,
    core: 1,
    ...(type !== undefined && { body: EVENT }),
  }
}

/** The daemon, and who throws away what it sends. */
export async function startCollect(flags: readonly string[]) {
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const given = flags.map(flag => (flag === 'SPOOL' ? temporary('spool') : flag))
  const args = ['--http', '127.0.0.1:0', '--rate', '1000000/s', '--burst', '1000000', ...given]
  const program = new Program('sluice-collect', [...args, '--push-connect', endpoint], { core: 0 })
  await program.ready()
  const stop = async () => {
    await program.stop()
    puller.stop()
  }
  return { program, url: `http://127.0.0.1:${program.port()}`, stop }
}
