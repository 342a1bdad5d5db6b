// Batches over one ZeroMQ hop between two processes: this project's transport, and zeromq alone beside it.
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

interface Round {
  rate: number
  /** Microseconds of CPU a batch, in the sender and in the receiver. */
  sender: number
  receiver: number
}

export async function measure(report: Report): Promise<void> {
  report.parameters({
    record: `${MESSAGE_SIZE} bytes and a line feed`,
    transport:
      'src/lib/transport/zeromq.ts: openPush to openPull, batches of bytes, records counted at both ends',
    'zeromq alone': 'the same frames through Push.send and Pull.receive, nothing counted',
    rounds: `${ROUNDS} of about ${SECONDS} s, all ways in turn`,
  })
  const ways = ['ipc', 'tcp'].flatMap(scheme =>
    SIZES.flatMap(size => ['transport', 'zeromq'].map(way => ({ scheme, size, way }))),
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
      way === 'zeromq' ? 'zeromq alone' : 'transport',
      spread(rounds[i]!.map(round => round.rate)),
      digits(1)(median(rounds[i]!.map(round => round.sender))),
      digits(1)(median(rounds[i]!.map(round => round.receiver))),
    ]),
  )
  const goal = ways.findIndex(
    ({ scheme, size, way }) => scheme === 'ipc' && size === GOAL.batch && way === 'transport',
  )
  const measured = count(median(rounds[goal]!.map(round => round.rate)))
  report.goal(`records/s over ipc at ${GOAL.batch} a batch`, count(GOAL.rate), measured)
}

async function once(scheme: string, size: number, way: string): Promise<Round> {
  const batches = Math.ceil((EXPECTED[size]! * SECONDS) / size)
  const records = String(batches * size)
  const address = scheme === 'ipc' ? ipcEndpoint() : 'tcp://127.0.0.1:*'
  const receiver = new Helper<string, Received>('hop-receiver.ts', [way, address, records, String(size)])
  const endpoint = await receiver.hello
  const sender = new Helper<string, number>('hop-sender.ts', [
    way,
    endpoint,
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
