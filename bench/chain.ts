// From UDP to bulk requests: the chain in one process, as three daemons over ipc, and those with acknowledged links and a
// spool.
import { generatorName } from './support/blast.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { MESSAGE_SIZE } from './support/records.ts'
import type { Report } from './support/report.ts'
import { close, drive, type Round, udpChains } from './support/udp-chain.ts'

const RATES = [10_000, 40_000]
const SECONDS = 8
const ROUNDS = 3
const WARM_UP = { rate: 20_000, seconds: 4 }

export async function measure(report: Report): Promise<void> {
  report.parameters({
    generator: generatorName(),
    message: `${MESSAGE_SIZE} bytes, RFC 3164, numbered`,
    server: 'null bulk server (as in the part sink), which looks at every number',
    rounds: `${ROUNDS} of ${SECONDS} s at each rate, after ${WARM_UP.seconds} s to warm up`,
  })
  const rows: string[][] = []
  for (const [name, open] of Object.entries(udpChains)) {
    const chain = await open()
    await drive(chain, { rate: WARM_UP.rate }, WARM_UP.seconds)
    for (const rate of RATES) {
      const rounds: Round[] = []
      for (let n = 0; n < ROUNDS; n++) rounds.push(await drive(chain, { rate }, SECONDS))
      rows.push(row(name, rate, rounds))
    }
    await close(chain)
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
