// What keys cost a link: one ZeroMQ hop over tcp between two processes, plain and acknowledged, with keys and without.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKeyPair, formatKeyFile } from '../src/lib/curve/key-file.ts'
import { freePort } from '../test/support/port.ts'
import { Helper } from './support/children.ts'
import { temporary } from './support/folder.ts'
import type { Received } from './support/hop-receiver.ts'
import { digits, median, spread } from './support/numbers.ts'
import { syslogLine } from './support/records.ts'
import type { Report } from './support/report.ts'

const PER_BATCH = 256
const ROUNDS = 5
const BATCHES = 10_000

const WAYS = [
  { scheme: 'tcp', keys: false },
  { scheme: 'tcp', keys: true },
  { scheme: 'ack+tcp', keys: false },
  { scheme: 'ack+tcp', keys: true },
] as const

interface Round {
  rate: number
  /** Microseconds of CPU a batch, in the sender and in the receiver. */
  sender: number
  receiver: number
}

export async function measure(report: Report): Promise<void> {
  const line = JSON.stringify({
    '@meta': { id: '1m82n3gd58hk3q6870000', received: 1_795_385_573_797, peer: '192.0.2.1:514' },
    message: syslogLine(0),
  })
  report.parameters({
    record: `${line.length} bytes and a line feed, as sluice-syslog-udp writes it; ${PER_BATCH} a batch`,
    keys: 'CURVE; each record gets its sender in @meta',
    rounds: `${ROUNDS} of ${BATCHES} batches, all ways in turn`,
  })
  const keys = makeKeys()
  const rounds = WAYS.map((): Round[] => [])
  for (let n = 0; n < ROUNDS; n++) {
    for (const [i, way] of WAYS.entries()) {
      const [pull, push] = way.keys ? [keys.bound, keys.dialling] : [{}, {}]
      rounds[i]!.push(await once(way.scheme, line, pull, push))
    }
  }
  report.table(
    ['hop', 'records/s', 'sender µs a batch', 'receiver µs a batch'],
    WAYS.map(({ scheme, keys }, i) => [
      `${scheme}${keys ? ', keys' : ''}`,
      spread(rounds[i]!.map(({ rate }) => rate)),
      digits(1)(median(rounds[i]!.map(({ sender }) => sender))),
      digits(1)(median(rounds[i]!.map(({ receiver }) => receiver))),
    ]),
  )
  const rate = (i: number) => median(rounds[i]!.map(round => round.rate))
  report.note(
    `With keys: ${digits(2)(rate(1) / rate(0))} of the plain link's rate, ${digits(2)(rate(3) / rate(2))} of the acknowledged one's.`,
  )
}

function makeKeys() {
  const folder = temporary('keys')
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const [client, server] = [createKeyPair(), createKeyPair()]
  const { publicKey } = server
  return {
    bound: {
      curveKey: write('server', formatKeyFile('server', server)),
      curveAllow: write('allowed', `${client.publicKey} client\n`),
    },
    dialling: {
      curveKey: write('client', formatKeyFile('client', client)),
      curveServer: write('server.pub', formatKeyFile('server', { publicKey })),
    },
  }
}

async function once(scheme: string, line: string, pull: object, push: object): Promise<Round> {
  const records = String(BATCHES * PER_BATCH)
  const address = `${scheme}://127.0.0.1:${await freePort()}`
  const common = [address, records, String(PER_BATCH)]
  const receiver = new Helper<string, Received>('hop-receiver.ts', ['bind', ...common, JSON.stringify(pull)])
  await receiver.hello
  const words = ['connect', ...common, line, JSON.stringify(push)]
  const sender = new Helper<string, number>('hop-sender.ts', words)
  const cpu = await sender.ask('send')
  const received = await receiver.ask('received')
  sender.stop()
  receiver.stop()
  return { rate: Number(records) / received.seconds, sender: cpu / BATCHES, receiver: received.cpu / BATCHES }
}
