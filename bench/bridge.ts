// sluice-syslog-udp alone, into a process that throws away what it pulls.
import { blast, generatorName } from './support/blast.ts'
import { Helper } from './support/children.ts'
import { ipcEndpoint } from './support/folder.ts'
import type { Pulled } from './support/null-pull.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { cpuSeconds, kernelDrops } from './support/proc.ts'
import { eventually, Program } from './support/program.ts'
import { MESSAGE_SIZE } from './support/records.ts'
import type { Report } from './support/report.ts'

const RATES = [10_000, 40_000, 0]
const SECONDS = 5
const ROUNDS = 3
const WARM_UP = { rate: 20_000, seconds: 3 }

interface Round {
  offered: number
  /** Records a second that were handed on. */
  rate: number
  /** Microseconds of CPU a record. */
  cpu: number
  kernelDropped: number
  bufferDropped: number
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    generator: generatorName(),
    message: `${MESSAGE_SIZE} bytes, RFC 3164`,
    output: 'plain ZeroMQ over ipc, to a process that throws it away',
    rounds: `${ROUNDS} of ${SECONDS} s at each rate, after ${WARM_UP.seconds} s to warm up`,
  })
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const bridge = new Program('sluice-syslog-udp', ['--listen', '127.0.0.1:0', '--push-connect', endpoint])
  await bridge.ready()
  await blastOnce(bridge, puller, WARM_UP.rate, WARM_UP.seconds)
  const rows: string[][] = []
  for (const rate of RATES) {
    const rounds: Round[] = []
    for (let n = 0; n < ROUNDS; n++) rounds.push(await blastOnce(bridge, puller, rate, SECONDS))
    rows.push(row(rate, rounds))
  }
  await bridge.stop()
  puller.stop()
  report.table(
    ['rate', 'offered/s', 'handed on/s', 'CPU µs a record', 'dropped by the kernel', 'by the buffer'],
    rows,
  )
  report.note('Medians; in brackets the least and the most of the rounds. Drops are the sum of all rounds.')
}

function row(rate: number, rounds: readonly Round[]): string[] {
  const sum = (values: number[]) => count(values.reduce((a, b) => a + b, 0))
  return [
    rate === 0 ? 'full speed' : `${count(rate)}/s`,
    count(median(rounds.map(round => round.offered))),
    spread(rounds.map(round => round.rate)),
    spread(
      rounds.map(round => round.cpu),
      digits(2),
    ),
    sum(rounds.map(round => round.kernelDropped)),
    sum(rounds.map(round => round.bufferDropped)),
  ]
}

async function blastOnce(
  bridge: Program,
  puller: Helper<string, Pulled>,
  rate: number,
  seconds: number,
): Promise<Round> {
  const port = bridge.port()
  const before = { pulled: await puller.ask('count'), cpu: cpuSeconds(bridge.pid), ...(await drops(bridge)) }
  const start = Date.now()
  const sent = await blast(port, rate, seconds, MESSAGE_SIZE)
  // Every datagram has become a record at the far end, or a drop that somebody counted.
  const arrived = async () => (await puller.ask('count')).records - before.pulled.records
  const settled = await eventually(async () => {
    const { kernel, buffer } = await drops(bridge)
    return (await arrived()) + kernel - before.kernel + buffer - before.buffer >= sent.datagrams
  })
  const { records, last } = await puller.ask('count')
  const { kernel, buffer } = await drops(bridge)
  if (!settled) console.log(`the books of ${sent.datagrams} datagrams do not balance after 20 s`)
  const handedOn = records - before.pulled.records
  return {
    offered: sent.datagrams / sent.seconds,
    rate: (handedOn / (last - start)) * 1000,
    cpu: ((cpuSeconds(bridge.pid) - before.cpu) / handedOn) * 1e6,
    kernelDropped: kernel - before.kernel,
    bufferDropped: buffer - before.buffer,
  }
}

/** The kernel's own count, since the daemon reads it only every few seconds, and the books' of the buffer. */
async function drops(bridge: Program): Promise<{ kernel: number; buffer: number }> {
  const { stages } = await bridge.status()
  return {
    kernel: kernelDrops(bridge.port()),
    buffer: Number(stages[0]?.books['dropped:buffer-full'] ?? 0),
  }
}
