// sluice-relp alone, by connections, window and what it takes until a message may be answered.
import { mkdirSync } from 'node:fs'
import { Helper } from './support/children.ts'
import { ipcEndpoint, temporary } from './support/folder.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { cpuSeconds } from './support/proc.ts'
import { Program } from './support/program.ts'
import { MESSAGE_SIZE } from './support/records.ts'
import type { Report } from './support/report.ts'

const ROUNDS = 3
const MESSAGES = 200_000
const GOAL = { connections: 10, window: 128, rate: 50_000 }

interface Way {
  connections: number
  window: number
  /** What an answer waits for: a process that throws away, or the disk. */
  until: 'ack+ipc' | 'spool'
}

const WAYS: readonly Way[] = [
  { connections: 1, window: 128, until: 'ack+ipc' },
  { connections: 10, window: 128, until: 'ack+ipc' },
  { connections: 100, window: 128, until: 'ack+ipc' },
  { connections: 1, window: 1024, until: 'ack+ipc' },
  { connections: 10, window: 128, until: 'spool' },
  { connections: 100, window: 128, until: 'spool' },
]

interface Round {
  /** Messages a second that were answered. */
  rate: number
  /** Microseconds of CPU a message, of all threads. */
  cpu: number
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    message: `${MESSAGE_SIZE} bytes, RFC 3164`,
    'answered when': 'a relay that throws away has acknowledged (ack+ipc), or it is on the disk (spool)',
    rounds: `${ROUNDS} of ${count(MESSAGES)} messages, after one to warm up`,
  })
  const rows: string[][] = []
  for (const way of WAYS) rows.push(await measureWay(way, report))
  report.table(['connections', 'window', 'answered by', 'answered/s', 'CPU µs a message'], rows)
  report.note('Medians; in brackets the least and the most of the rounds.')
}

async function measureWay(way: Way, report: Report): Promise<string[]> {
  const { connections, window, until } = way
  const endpoint = `ack+${ipcEndpoint()}`
  const relay = new Program('sluice-relay', ['--pull-bind', endpoint, '--push-connect', 'file:///dev/null'])
  await relay.ready()
  const folder = temporary(`relp-spool-${connections}`)
  mkdirSync(folder, { recursive: true })
  const args = ['--listen', '127.0.0.1:0', '--push-connect', endpoint]
  const daemon = new Program('sluice-relp', [...args, ...(until === 'spool' ? ['--spool', folder] : [])])
  await daemon.ready()
  const settings = [daemon.port(), connections, window].map(String)
  const sender = new Helper<string, string>('relp-sender.ts', settings)
  await sender.hello
  await send(daemon, sender)
  const rounds: Round[] = []
  for (let n = 0; n < ROUNDS; n++) rounds.push(await send(daemon, sender))
  sender.stop()
  await daemon.stop()
  await relay.stop()
  const rates = rounds.map(({ rate }) => rate)
  if (connections === GOAL.connections && window === GOAL.window && until === 'ack+ipc')
    report.goal(
      `answered/s over ${connections} connections with a window of ${window}`,
      `>= ${count(GOAL.rate)}`,
      count(median(rates)),
    )
  const cpu = rounds.map(round => round.cpu)
  return [count(connections), count(window), until, spread(rates), spread(cpu, digits(2))]
}

async function send(daemon: Program, sender: Helper<string, string>): Promise<Round> {
  const before = cpuSeconds(daemon.pid)
  const start = performance.now()
  await sender.ask(String(MESSAGES))
  const seconds = (performance.now() - start) / 1000
  return { rate: MESSAGES / seconds, cpu: ((cpuSeconds(daemon.pid) - before) / MESSAGES) * 1e6 }
}
