// sluice-syslog-udp alone, into a process that throws away what it pulls.
import { generatorName } from './support/blast.ts'
import { Helper } from './support/children.ts'
import { blastOnce, DATAGRAM_COLUMNS, datagramRow, type Round } from './support/datagram-rounds.ts'
import { ipcEndpoint } from './support/folder.ts'
import type { Pulled } from './support/null-pull.ts'
import { Program } from './support/program.ts'
import { MESSAGE_SIZE } from './support/records.ts'
import type { Report } from './support/report.ts'

const RATES = [10_000, 40_000, 0]
const SECONDS = 5
const ROUNDS = 3
const WARM_UP = { rate: 20_000, seconds: 3 }

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
    rows.push(datagramRow(rate, rounds))
  }
  await bridge.stop()
  puller.stop()
  report.table(DATAGRAM_COLUMNS, rows)
  report.note('Medians; in brackets the least and the most of the rounds. Drops are the sum of all rounds.')
}
