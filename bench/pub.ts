// Single events over one ZeroMQ hop between two processes: published, as JSON and as MessagePack, and pushed.
import { freePort } from '../test/support/port.ts'
import { Helper } from './support/children.ts'
import { digits, median, spread } from './support/numbers.ts'
import type { Part } from './support/pub-end.ts'
import { eventLine } from './support/records.ts'
import type { Report } from './support/report.ts'

const ROUNDS = 3
const EVENTS = 50_000

const WAYS = [
  { name: 'tcp, a batch a message', push: 'tcp', query: '' },
  { name: 'tcp, framing=record', push: 'tcp', query: '?framing=record' },
  { name: 'pub+tcp, JSON', push: 'pub+tcp', query: '' },
  { name: 'pub+tcp, MessagePack', push: 'pub+tcp', query: '?encoding=msgpack' },
  { name: 'pub+tcp, nobody wants them', push: 'pub+tcp', query: '?topic=other' },
] as const

interface Round {
  sent: Part
  came: Part
}

export async function measure(report: Report): Promise<void> {
  const line = `{"@meta":{"id":"1m82n3gd58hk3q6870000","received":1795385573797},${eventLine(0).slice(1)}`
  report.parameters({
    event: `${line.length} bytes as JSON, given in batches of 256`,
    subscriber:
      'sub+tcp, one, to the topic pageview; it parses each event, which a plain link leaves to others',
    rounds: `${ROUNDS} of ${EVENTS} events, all ways in turn`,
  })
  const rounds = WAYS.map((): Round[] => [])
  for (let n = 0; n < ROUNDS; n++)
    for (const [i, way] of WAYS.entries()) rounds[i]!.push(await once(way, line))
  const rate = ({ sent }: Round) => sent.events / sent.seconds
  const rates = rounds.map(all => median(all.map(rate)))
  report.table(
    ['hop', 'events/s out', 'of framing=record', 'sender µs an event', 'arrived', 'receiver µs an event'],
    WAYS.map(({ name }, i) => {
      const all = rounds[i]!
      const came = median(all.map(round => round.came.events / round.sent.events))
      return [
        name,
        spread(all.map(rate)),
        digits(2)(rates[i]! / rates[1]!),
        digits(1)(median(all.map(({ sent }) => sent.cpu / sent.events))),
        digits(2)(came),
        came === 0 ? '-' : digits(1)(median(all.map(round => round.came.cpu / round.came.events))),
      ]
    }),
  )
}

async function once({ push, query }: (typeof WAYS)[number], line: string): Promise<Round> {
  const port = await freePort()
  const from = push === 'tcp' ? `tcp://127.0.0.1:${port}` : `sub+tcp://127.0.0.1:${port}?topic=pageview`
  const receiver = new Helper<string, Part>('pub-end.ts', ['pull', 'connect', from, '0', ''])
  await receiver.hello
  const to = `${push}://127.0.0.1:${port}${query}`
  const sender = new Helper<string, Part>('pub-end.ts', ['push', 'bind', to, String(EVENTS), line])
  await sender.hello
  const sent = await sender.ask('send')
  const came = await receiver.ask('received')
  sender.stop()
  receiver.stop()
  return { sent, came }
}
