// From UDP to bulk requests: three daemons over ipc, and the same chain in one process.
import { blast, generatorName } from './support/blast.ts'
import { Helper } from './support/children.ts'
import { ipcEndpoint } from './support/folder.ts'
import type { Stored } from './support/null-bulk.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { cpuSeconds, kernelDrops } from './support/proc.ts'
import { eventually, Program } from './support/program.ts'
import { MESSAGE_SIZE } from './support/records.ts'
import type { Report } from './support/report.ts'

const RATES = [10_000, 40_000]
const SECONDS = 8
const ROUNDS = 3
const WARM_UP = { rate: 20_000, seconds: 4 }

interface Way {
  programs: readonly Program[]
  server: Helper<string, Stored>
}

interface Round {
  sent: number
  kernelDropped: number
  arrived: number
  repeated: number
  /** Microseconds of CPU a record, of each of our processes. */
  cpu: number[]
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    generator: generatorName(),
    message: `${MESSAGE_SIZE} bytes, RFC 3164, numbered`,
    server: 'null bulk server (as in the part sink), which looks at every number',
    rounds: `${ROUNDS} of ${SECONDS} s at each rate, after ${WARM_UP.seconds} s to warm up`,
  })
  const ways: { [way: string]: () => Promise<Way> } = {
    'three daemons over ipc': threeDaemons,
    'sluice run, one process': oneProcess,
  }
  const rows: string[][] = []
  for (const [name, open] of Object.entries(ways)) {
    const way = await open()
    await once(way, WARM_UP.rate, WARM_UP.seconds)
    for (const rate of RATES) {
      const rounds: Round[] = []
      for (let n = 0; n < ROUNDS; n++) rounds.push(await once(way, rate, SECONDS))
      rows.push(row(name, rate, rounds))
    }
    for (const program of way.programs) await program.stop()
    way.server.stop()
  }
  report.table(
    ['chain', 'rate', 'CPU µs a record', 'of each process', 'sent', 'kernel dropped', 'lost', 'twice'],
    rows,
  )
  report.note('Lost is what was sent, not dropped by the kernel before us, and never came to the server.')
}

function row(name: string, rate: number, rounds: readonly Round[]): string[] {
  const sum = (value: (round: Round) => number) => rounds.reduce((total, round) => total + value(round), 0)
  const total = rounds.map(round => round.cpu.reduce((a, b) => a + b, 0))
  const each = rounds[0]!.cpu.map((_, n) => digits(2)(median(rounds.map(round => round.cpu[n]!))))
  return [
    name,
    `${count(rate)}/s`,
    spread(total, digits(2)),
    each.join(' + '),
    count(sum(round => round.sent)),
    count(sum(round => round.kernelDropped)),
    count(sum(round => round.sent - round.kernelDropped - round.arrived)),
    count(sum(round => round.repeated)),
  ]
}

async function threeDaemons(): Promise<Way> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const [raw, parsed] = [ipcEndpoint(), ipcEndpoint()]
  const programs = [
    new Program('sluice-syslog-udp', ['--listen', '127.0.0.1:0', '--push-connect', raw]),
    new Program('sluice-syslog-json', ['--pull-bind', raw, '--push-connect', parsed]),
    new Program('sluice-elasticsearch', ['--pull-bind', parsed, '--node', await server.hello]),
  ]
  for (const program of programs) await program.ready()
  return { programs, server }
}

async function oneProcess(): Promise<Way> {
  const server = new Helper<string, Stored>('null-bulk.ts')
  const chain = `syslog-udp --listen 127.0.0.1:0 | syslog-json | elasticsearch --node ${await server.hello}`
  const program = new Program('sluice', ['run', chain])
  await program.ready()
  return { programs: [program], server }
}

async function once({ programs, server }: Way, rate: number, seconds: number): Promise<Round> {
  const port = programs[0]!.port()
  const cpu = () => programs.map(({ pid }) => cpuSeconds(pid))
  const before = { cpu: cpu(), stored: await server.ask('stored'), drops: kernelDrops(port) }
  const sent = await blast(port, rate, seconds, MESSAGE_SIZE)
  const arrived = async () => (await server.ask('stored')).distinct - before.stored.distinct
  const kernelDropped = () => kernelDrops(port) - before.drops
  await eventually(async () => (await arrived()) + kernelDropped() >= sent.datagrams, 15_000)
  const stored = await server.ask('stored')
  const distinct = stored.distinct - before.stored.distinct
  const after = cpu()
  return {
    sent: sent.datagrams,
    kernelDropped: kernelDropped(),
    arrived: distinct,
    repeated: stored.documents - before.stored.documents - distinct,
    cpu: after.map((value, n) => ((value - before.cpu[n]!) / distinct) * 1e6),
  }
}
