// Batches over one ZeroMQ hop between two processes: this project's transport, and zeromq alone beside it.

import { freePort } from '../test/support/port.ts'
import { Helper } from './support/children.ts'
import { ipcEndpoint } from './support/folder.ts'
import type { Received } from './support/hop-receiver.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import { MESSAGE_SIZE, syslogLine } from './support/records.ts'
import type { Report } from './support/report.ts'

const SIZES = [1, 64, 256, 512]
const ROUNDS = 5
const SECONDS = 1.5
const GOAL = { batch: 256, rate: 3_000_000 }
/** About what to expect of each size, so that each round takes about as long. */
const EXPECTED: { readonly [size: number]: number } = {
  1: 150_000,
  64: 2_000_000,
  256: 3_000_000,
  512: 4_000_000,
}

/** What is compared; of the acknowledged pipe, by who binds. */
const WAYS = {
  zeromq: 'zeromq alone',
  plain: 'plain',
  consumer: 'acknowledged, consumer binds',
  producer: 'acknowledged, producer binds',
}
type Way = keyof typeof WAYS

interface Round {
  rate: number
  /** Microseconds of CPU a batch, in the sender and in the receiver. */
  sender: number
  receiver: number
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    record: `${MESSAGE_SIZE} bytes and a line feed`,
    'plain, acknowledged':
      'src/lib/transport: openPush to openPull, batches of bytes, records counted at both ends',
    'zeromq alone': 'the same frames through Push.send and Pull.receive, nothing counted',
    rounds: `${ROUNDS} of about ${SECONDS} s, all ways in turn`,
  })
  const ways = ['ipc', 'tcp'].flatMap(scheme =>
    SIZES.flatMap(size => Object.keys(WAYS).map(way => ({ scheme, size, way: way as Way }))),
  )
  const rounds = ways.map((): Round[] => [])
  for (let n = 0; n < ROUNDS; n++) {
    for (const [i, { scheme, size, way }] of ways.entries()) rounds[i]!.push(await once(scheme, size, way))
  }
  report.table(
    ['hop', 'records a batch', 'by', 'records/s', 'sender µs a batch', 'receiver µs a batch'],
    ways.map(({ scheme, size, way }, i) => [
      scheme,
      String(size),
      WAYS[way],
      spread(rounds[i]!.map(round => round.rate)),
      digits(1)(median(rounds[i]!.map(round => round.sender))),
      digits(1)(median(rounds[i]!.map(round => round.receiver))),
    ]),
  )
  const rate = (scheme: string, size: number, way: Way) =>
    median(
      rounds[ways.findIndex(one => one.scheme === scheme && one.size === size && one.way === way)]!.map(
        r => r.rate,
      ),
    )
  report.goal(
    `records/s over ipc at ${GOAL.batch} a batch`,
    count(GOAL.rate),
    count(rate('ipc', GOAL.batch, 'plain')),
  )
  for (const [scheme, least] of [
    ['ipc', 0.7],
    ['tcp', 0.8],
  ] as const) {
    const ratios = (['consumer', 'producer'] as const).map(
      way => rate(scheme, GOAL.batch, way) / rate(scheme, GOAL.batch, 'plain'),
    )
    report.goal(
      `acknowledged against plain over ${scheme} at ${GOAL.batch} a batch (consumer binds, producer binds)`,
      `>= ${least}`,
      ratios.map(digits(2)).join(', '),
    )
  }
}

async function once(scheme: string, size: number, way: Way): Promise<Round> {
  const batches = Math.ceil((EXPECTED[size]! * SECONDS) / size)
  const records = String(batches * size)
  const place = scheme === 'ipc' ? ipcEndpoint() : `tcp://127.0.0.1:${await freePort()}`
  const address = way === 'plain' || way === 'zeromq' ? place : `ack+${place}`
  const [pull, push] =
    way === 'zeromq' ? ['zeromq', 'zeromq'] : way === 'producer' ? ['connect', 'bind'] : ['bind', 'connect']
  const receiver = new Helper<string, Received>('hop-receiver.ts', [pull!, address, records, String(size)])
  await receiver.hello
  const sender = new Helper<string, number>('hop-sender.ts', [
    push!,
    address,
    records,
    String(size),
    syslogLine(0),
  ])
  const cpu = await sender.ask('send')
  const received = await receiver.ask('received')
  sender.stop()
  receiver.stop()
  return {
    rate: (batches * size) / received.seconds,
    sender: cpu / batches,
    receiver: received.cpu / batches,
  }
}
