// A source of datagrams, measured while it gets them at a rate: what it hands on, what that costs, what is lost.
import { type BlastOptions, blast } from './blast.ts'
import type { Helper } from './children.ts'
import type { Pulled } from './null-pull.ts'
import { count, digits, median, spread } from './numbers.ts'
import { cpuSeconds, kernelDrops } from './proc.ts'
import { eventually, type Program } from './program.ts'
import { MESSAGE_SIZE } from './records.ts'

export interface Round {
  offered: number
  /** Records a second that were handed on. */
  rate: number
  /** Microseconds of CPU a record. */
  cpu: number
  kernelDropped: number
  bufferDropped: number
}

export const DATAGRAM_COLUMNS = [
  'rate',
  'offered/s',
  'handed on/s',
  'CPU µs a record',
  'dropped by the kernel',
  'by the buffer',
]

export function datagramRow(rate: number, rounds: readonly Round[]): string[] {
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

/** What becomes of datagrams that are sent to a source for so many seconds, and handed on to who throws them away. */
export async function blastOnce(
  bridge: Program,
  puller: Helper<string, Pulled>,
  rate: number,
  seconds: number,
  options: BlastOptions = {},
): Promise<Round> {
  const port = bridge.port()
  const before = { pulled: await puller.ask('count'), cpu: cpuSeconds(bridge.pid), ...(await drops(bridge)) }
  const start = Date.now()
  const sent = await blast(port, rate, seconds, MESSAGE_SIZE, options)
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
