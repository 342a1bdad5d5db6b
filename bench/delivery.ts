// What it costs to lose nothing: a chain over acknowledged links against the same over plain ones, and the spool.
import { freePort } from '../test/support/port.ts'
import { Helper } from './support/children.ts'
import { ipcEndpoint, temporary } from './support/folder.ts'
import type { Received } from './support/hop-receiver.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { cpuSeconds } from './support/proc.ts'
import { Program } from './support/program.ts'
import { MESSAGE_SIZE, syslogLine } from './support/records.ts'
import type { Report } from './support/report.ts'
import type { Spooled } from './support/spooling.ts'

const RECORDS = 1_000_000
const PER_BATCH = 256
const ROUNDS = 5

interface Round {
  rate: number
  /** Microseconds of CPU a record in the daemon between the two. */
  cpu: number
}

/** The daemon in the middle does what a translator does; the rest of the chain only sends and counts. */
const WAYS: { readonly [way: string]: { ack: boolean; scheme: 'ipc' | 'tcp'; spool: boolean } } = {
  'plain over ipc': { ack: false, scheme: 'ipc', spool: false },
  'acknowledged over ipc': { ack: true, scheme: 'ipc', spool: false },
  'acknowledged over ipc, with a spool': { ack: true, scheme: 'ipc', spool: true },
  'plain over tcp': { ack: false, scheme: 'tcp', spool: false },
  'acknowledged over tcp': { ack: true, scheme: 'tcp', spool: false },
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    chain: `a sender, sluice-syslog-json, a receiver that counts; ${PER_BATCH} records a batch`,
    record: `${MESSAGE_SIZE} bytes of syslog, ${count(RECORDS)} of them a round`,
    rounds: `${ROUNDS}, all ways in turn, after one that does not count`,
  })
  const rounds = new Map<string, Round[]>(Object.keys(WAYS).map(way => [way, []]))
  for (let n = 0; n <= ROUNDS; n++)
    for (const way of Object.keys(WAYS)) {
      const round = await once(WAYS[way]!)
      if (n > 0) rounds.get(way)!.push(round)
    }
  report.table(
    ['chain', 'records/s', 'CPU µs a record in sluice-syslog-json'],
    [...rounds].map(([way, all]) => [
      way,
      spread(all.map(({ rate }) => rate)),
      digits(2)(median(all.map(({ cpu }) => cpu))),
    ]),
  )
  const rate = (way: string) => median(rounds.get(way)!.map(round => round.rate))
  for (const scheme of ['ipc', 'tcp']) {
    const ratio = rate(`acknowledged over ${scheme}`) / rate(`plain over ${scheme}`)
    report.goal(`acknowledged against plain, the same chain over ${scheme}`, '>= 0.9', digits(2)(ratio))
  }
  await measureSpool(report)
}

async function once({ ack, scheme, spool }: (typeof WAYS)[string]): Promise<Round> {
  const place = async () =>
    `${ack ? 'ack+' : ''}${scheme === 'ipc' ? ipcEndpoint() : `tcp://127.0.0.1:${await freePort()}`}`
  const [raw, parsed] = [await place(), await place()]
  const receiver = new Helper<string, Received>('hop-receiver.ts', [
    'bind',
    parsed,
    String(RECORDS),
    String(PER_BATCH),
  ])
  await receiver.hello
  const args = ['--pull-bind', raw, '--push-connect', parsed]
  const filter = new Program('sluice-syslog-json', spool ? [...args, '--spool', temporary('spool')] : args)
  await filter.ready()
  const line = JSON.stringify({
    '@meta': { id: '1m7ybapbt99g4n3hx0000', received: Date.now() },
    message: syslogLine(0),
  })
  const sender = new Helper<string, number>('hop-sender.ts', [
    'connect',
    raw,
    String(RECORDS),
    String(PER_BATCH),
    line,
  ])
  await sender.hello
  const before = cpuSeconds(filter.child.pid!)
  await sender.ask('send')
  const { seconds } = await receiver.ask('received')
  const cpu = ((cpuSeconds(filter.child.pid!) - before) * 1e6) / RECORDS
  sender.stop()
  receiver.stop()
  await filter.stop()
  return { rate: RECORDS / seconds, cpu }
}

async function measureSpool(report: Report): Promise<void> {
  const rows: string[][] = []
  let rate = 0
  for (const drained of [true, false]) {
    const all: Spooled[] = []
    for (let n = 0; n < ROUNDS; n++) {
      const helper = new Helper<string, Spooled>('spooling.ts', [
        temporary('spool'),
        drained ? 'drained' : 'kept',
      ])
      await helper.hello
      all.push(await helper.ask('spool'))
      helper.stop()
    }
    if (drained) rate = median(all.map(one => one.rate))
    rows.push([
      drained ? 'sent on and acknowledged meanwhile' : 'nobody takes anything',
      spread(all.map(one => one.rate)),
      digits(1)(Math.max(...all.map(one => one.stall))),
      digits(2)(median(all.map(one => one.cpu))),
    ])
  }
  report.table(
    [
      'spool: 2,000,000 records of 200 bytes, 256 a batch, fsync at each commit',
      'records/s',
      'longest stall of the main thread, ms',
      'CPU µs a record',
    ],
    rows,
  )
  report.goal('records/s of 200 bytes through a spool', '300,000', count(rate))
}
