// sluice-udp-json, and sluice-syslog-udp in turns with it: the same datagrams as events and as texts.
import { generatorName } from './support/blast.ts'
import { Helper } from './support/children.ts'
import { blastOnce, DATAGRAM_COLUMNS, datagramRow, type Round } from './support/datagram-rounds.ts'
import { ipcEndpoint } from './support/folder.ts'
import type { Pulled } from './support/null-pull.ts'
import { Program } from './support/program.ts'
import { MESSAGE_SIZE } from './support/records.ts'
import type { Report } from './support/report.ts'

const DAEMONS = ['sluice-udp-json', 'sluice-syslog-udp']
const RATES = [10_000, 40_000, 0]
const SECONDS = 5
const ROUNDS = 3
const WARM_UP = { rate: 20_000, seconds: 3 }

export async function measure(report: Report): Promise<void> {
  report.parameters({
    generator: generatorName(),
    datagram: `an event of ${MESSAGE_SIZE} bytes, JSON`,
    output: 'plain ZeroMQ over ipc, to a process that throws it away',
    rounds: `${ROUNDS} of ${SECONDS} s at each rate, in turns, after ${WARM_UP.seconds} s to warm up`,
  })
  const lanes = await Promise.all(DAEMONS.map(openLane))
  for (const { program, puller } of lanes)
    await blastOnce(program, puller, WARM_UP.rate, WARM_UP.seconds, { events: true })
  const rows: string[][] = []
  for (const rate of RATES) {
    const rounds: Round[][] = lanes.map(() => [])
    for (let n = 0; n < ROUNDS; n++)
      for (const [lane, { program, puller }] of lanes.entries())
        rounds[lane]!.push(await blastOnce(program, puller, rate, SECONDS, { events: true }))
    for (const [lane, name] of DAEMONS.entries()) rows.push([name, ...datagramRow(rate, rounds[lane]!)])
  }
  for (const { program, puller } of lanes) {
    await program.stop()
    puller.stop()
  }
  report.table(['daemon', ...DATAGRAM_COLUMNS], rows)
  report.note('Medians; in brackets the least and the most of the rounds. Drops are the sum of all rounds.')
}

async function openLane(name: string): Promise<{ program: Program; puller: Helper<string, Pulled> }> {
  const endpoint = ipcEndpoint()
  const puller = new Helper<string, Pulled>('null-pull.ts', [endpoint])
  await puller.hello
  const program = new Program(name, ['--listen', '127.0.0.1:0', '--push-connect', endpoint])
  await program.ready()
  return { program, puller }
}
