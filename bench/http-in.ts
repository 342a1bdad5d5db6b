// sluice-http-in alone, into a process that throws away what it pulls: small requests and large ones.
import { Helper } from './support/children.ts'
import { ipcEndpoint } from './support/folder.ts'
import type { BodyForm, Posted } from './support/http-poster.ts'
import type { Pulled } from './support/null-pull.ts'
import { digits, spread } from './support/numbers.ts'
import { cpuSeconds } from './support/proc.ts'
import { Program } from './support/program.ts'
import type { Report } from './support/report.ts'

/** Form of the body, its records, connections. */
export const CASES: readonly [form: BodyForm, size: number, connections: number][] = [
  ['ndjson', 1, 64],
  ['ndjson', 100, 16],
  ['ndjson', 10_000, 4],
  ['json', 10_000, 4],
  ['text', 10_000, 4],
  ['gzip', 10_000, 4],
  ['zstd', 10_000, 4],
]
const SECONDS = 4
const WARM_UP = 2
const ROUNDS = 3

interface Round {
  requests: number
  records: number
  /** Microseconds of CPU a request, and a record. */
  cpu: { request: number; record: number }
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    records: 'as the translator makes them, without @meta; the text is 180 bytes, RFC 3164',
    output: 'plain ZeroMQ over ipc, to a process that throws it away',
    cores: 'the daemon has the first one, who posts the others',
    rounds: `${ROUNDS} of ${SECONDS} s, after ${WARM_UP} s to warm up`,
  })
  const rows: string[][] = []
  for (const [form, size, connections] of CASES) {
    const rounds = await measureCase(form, size, connections)
    const column = (of: (round: Round) => number, places = 0) => spread(rounds.map(of), digits(places))
    rows.push([
      `${form}, ${size} a request, ${connections} connections`,
      column(({ requests }) => requests),
      column(({ cpu }) => cpu.request),
      column(({ records }) => records),
      column(({ cpu }) => cpu.record, 2),
    ])
  }
  report.table(['body', 'requests/s', 'CPU µs a request', 'records/s', 'CPU µs a record'], rows)
}

async function measureCase(form: BodyForm, size: number, connections: number): Promise<Round[]> {
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const program = new Program('sluice-http-in', ['--http', '127.0.0.1:0', '--push-connect', endpoint], {
    core: 0,
  })
  await program.ready()
  const poster = new Helper<string, Posted>('http-poster.ts', [
    String(program.port()),
    form,
    String(size),
    String(connections),
  ])
  await poster.ask(String(WARM_UP))
  const rounds: Round[] = []
  for (let n = 0; n < ROUNDS; n++) {
    const before = cpuSeconds(program.pid)
    const { requests, records, seconds } = await poster.ask(String(SECONDS))
    const cpu = (cpuSeconds(program.pid) - before) * 1e6
    rounds.push({
      requests: requests / seconds,
      records: records / seconds,
      cpu: { request: cpu / requests, record: cpu / records },
    })
  }
  poster.stop()
  await program.stop()
  puller.stop()
  return rounds
}
