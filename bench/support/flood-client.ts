// Somebody who is allowed: node flood-client.ts KIND PORT KEY SERVERKEY. It says when it is connected; then, at each message `SECONDS RATE`, it
// sends for so long at so many a second (0: as fast as it goes), and says how many it could: records, or requests that were answered.
import { once } from 'node:events'
import { Agent, get, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { Batch } from '../../src/lib/batch.ts'
import { parseEndpoint } from '../../src/lib/endpoint.ts'
import { openPush } from '../../src/lib/transport/index.ts'
import { linkContext } from './link.ts'
import { syslogLine } from './records.ts'

/** How it sends: so many at once; settles when it may go on. */
interface Way {
  most: number
  send(): Promise<unknown> | undefined
}

const BATCH = 100
const lines = Array.from({ length: BATCH }, (_, n) => syslogLine(n))

const [kind = '', port = '', key = '', serverKey = ''] = process.argv.slice(2)
const where = { port: Number(port), host: '127.0.0.1' }

/** Kinds whose clients ask, and are answered; the others send records. */
export const ASKING = ['store', 'admin']

const WAYS: { readonly [kind: string]: () => Promise<Way> } = {
  tcp: () => overLink('tcp'),
  'ack+tcp': () => overLink('ack+tcp'),
  'syslog-tcp': () => overSocket(false),
  'syslog-tls': () => overSocket(true),
  relp,
  'http-in': async () => {
    const headers = { 'content-type': 'text/plain' }
    const body = `${lines.join('\n')}\n`
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    return {
      most: BATCH,
      send: () => answered(request({ ...where, agent, method: 'POST', headers }), body),
    }
  },
  store: () => asking('/api/search?q='),
  admin: () => asking('/metrics'),
}

if (process.send) {
  const way = await WAYS[kind]!()
  process.on('message', async (asked: string) => {
    const [seconds, rate] = asked.split(' ').map(Number) as [number, number]
    process.send!(await offer(way, seconds, rate))
  })
  process.on('disconnect', () => process.exit())
  process.send!('connected')
}

async function offer({ most, send }: Way, seconds: number, rate: number): Promise<number> {
  const start = performance.now()
  const spent = () => (performance.now() - start) / 1000
  let sent = 0
  for (let turns = 0; spent() < seconds; turns++) {
    const room = send()
    if (room) await room
    sent += most
    const early = rate === 0 ? 0 : sent / rate - spent()
    if (early > 0) await wait(early * 1000)
    // Also who never has to wait lets the loop go round.
    else if (turns % 5 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  return sent
}

async function overLink(scheme: string): Promise<Way> {
  const context = { ...linkContext(), onReload: () => {} }
  const keys = key ? { curveKey: key, curveServer: serverKey } : {}
  const endpoint = parseEndpoint(`${scheme}://127.0.0.1:${port}`, 'push', 'connect', keys)
  const link = await openPush([endpoint], context)
  await link.room()
  const bytes = Buffer.from(lines.map(message => `${JSON.stringify({ message })}\n`).join(''))
  return {
    most: BATCH,
    send() {
      // It says itself when it will not be delivered; this client lives until it is killed.
      link.accept(Batch.fromBytes(bytes, context.reader)).catch(() => {})
      return link.room()
    },
  }
}

async function overSocket(hasTls: boolean): Promise<Way> {
  // Who it is does not matter here, and what is measured is the other side.
  const socket = hasTls ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where)
  await once(socket, hasTls ? 'secureConnect' : 'connect')
  const burst = Buffer.from(lines.map(line => `${line}\n`).join(''))
  return { most: BATCH, send: () => (socket.write(burst) ? undefined : once(socket, 'drain')) }
}

async function relp(): Promise<Way> {
  const socket = connect({ ...where, noDelay: true })
  await once(socket, 'connect')
  const offers = 'relp_version=0\nrelp_software=bench\ncommands=syslog'
  socket.write(`1 open ${offers.length} ${offers}\n`)
  await once(socket, 'data')
  const window = Buffer.from(lines.map((line, n) => `${n + 2} syslog ${line.length} ${line}\n`).join(''))
  let answers = 0
  let done = (): void => {}
  socket.on('data', chunk => {
    for (const byte of chunk) if (byte === 0x0a) answers++
    if (answers >= BATCH) done()
  })
  return {
    most: BATCH,
    send() {
      answers = 0
      socket.write(window)
      return new Promise<void>(resolve => {
        done = resolve
      })
    },
  }
}

async function asking(path: string): Promise<Way> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return { most: 1, send: () => answered(get({ ...where, agent, path })) }
}

async function answered(sent: ReturnType<typeof get>, body?: string): Promise<void> {
  sent.end(body)
  const [response] = await once(sent, 'response')
  await once(response.resume(), 'end')
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`)
}
