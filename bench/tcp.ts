// sluice-syslog-tcp alone, into a process that throws away what it pulls: by framing, by TLS, and by how many are connected.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../test/support/certificates.ts'
import { Helper } from './support/children.ts'
import { ipcEndpoint, temporary } from './support/folder.ts'
import type { Pulled } from './support/null-pull.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { cpuSeconds, memoryOf } from './support/proc.ts'
import { eventually, Program } from './support/program.ts'
import { MESSAGE_SIZE } from './support/records.ts'
import type { Report } from './support/report.ts'

const ROUNDS = 3
const MESSAGES = 500_000
const RATE = 40_000
const CONNECTIONS = [1, 10, 100, 1000, 10_000]
const GOAL = 200_000

interface Way {
  connections: number
  framing: 'lines' | 'counted'
  tls: boolean
}

interface Round {
  /** Records a second of CPU time of the daemon. */
  perCore: number
  /** Records a second by the clock. */
  rate: number
  /** Microseconds of CPU a record. */
  cpu: number
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    message: `${MESSAGE_SIZE} bytes, RFC 3164; 20 at a time on each connection, as fast as they are read`,
    output: 'plain ZeroMQ over ipc, to a process that throws it away',
    rounds: `${ROUNDS} of ${count(MESSAGES)} messages, after one at ${count(RATE)}/s, whose memory and CPU are there as well`,
  })
  const ways: Way[] = [
    ...CONNECTIONS.map(connections => ({ connections, framing: 'lines', tls: false }) as const),
    { connections: 10, framing: 'counted', tls: false },
    { connections: 10, framing: 'lines', tls: true },
  ]
  const rows: string[][] = []
  for (const way of ways) rows.push(await measureWay(way, report))
  report.table(
    [
      'connections',
      'records/s of a core',
      'records/s',
      'CPU µs a record',
      `at ${count(RATE)}/s`,
      'MB private, with no connection',
      'connected',
      `at ${count(RATE)}/s`,
    ],
    rows,
  )
  report.note('Medians; in brackets the least and the most of the rounds.')
}

async function measureWay(way: Way, report: Report): Promise<string[]> {
  const { connections, framing, tls } = way
  const folder = temporary('certificates')
  mkdirSync(folder, { recursive: true })
  const { cert, key } = makeCertificate(folder, 'host')
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const daemon = new Program('sluice-syslog-tcp', [
    ...['--listen', '127.0.0.1:0', '--push-connect', endpoint, '--max-connections', '10000'],
    ...(tls ? ['--tls-cert', cert, '--tls-key', key] : []),
  ])
  await daemon.ready()
  const megabytes = () => Math.round(memoryOf(daemon.pid).uss / 1024)
  const memory = [megabytes()]
  const ca = tls ? [join(folder, 'ca.pem')] : []
  const sender = new Helper<string, string>('tcp-sender.ts', [
    ...[String(daemon.port()), String(connections), framing, ...ca],
  ])
  await sender.hello
  memory.push(megabytes())
  const slow = await send(daemon, sender, puller, RATE)
  memory.push(megabytes())
  const rounds: Round[] = []
  for (let n = 0; n < ROUNDS; n++) rounds.push(await send(daemon, sender, puller))
  sender.stop()
  await daemon.stop()
  puller.stop()
  const perCore = rounds.map(round => round.perCore)
  if (connections === 10 && framing === 'lines' && !tls)
    report.goal('records/s of a core over 10 connections', `>= ${count(GOAL)}`, count(median(perCore)))
  return [
    `${count(connections)}${tls ? ', TLS' : ''}${framing === 'counted' ? ', octets counted' : ''}`,
    spread(perCore),
    spread(rounds.map(round => round.rate)),
    spread(
      rounds.map(round => round.cpu),
      digits(2),
    ),
    digits(2)(slow.cpu),
    ...memory.map(String),
  ]
}

async function send(
  daemon: Program,
  sender: Helper<string, string>,
  puller: Helper<string, Pulled>,
  rate = 0,
): Promise<Round> {
  const before = { records: (await puller.ask('count')).records, cpu: cpuSeconds(daemon.pid) }
  const start = Date.now()
  await sender.ask(`${MESSAGES} ${rate}`)
  const arrived = await eventually(
    async () => (await puller.ask('count')).records - before.records >= MESSAGES,
  )
  if (!arrived) throw new Error(`not all of ${MESSAGES} messages have come`)
  const cpu = cpuSeconds(daemon.pid) - before.cpu
  const { last } = await puller.ask('count')
  return { perCore: MESSAGES / cpu, rate: (MESSAGES / (last - start)) * 1000, cpu: (cpu / MESSAGES) * 1e6 }
}
