// Sends syslog over TCP as fast as it goes: node tcp-sender.ts PORT CONNECTIONS FRAMING CA. It says when it is connected; then,
// at each message `COUNT RATE`, it sends so many messages over all connections in turn, so many a second (0: as fast as it goes), and
// says when they have left it.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { syslogLine } from './records.ts'

/** Messages that a connection sends at once. */
const BURST = 20

const [port, connections, framing, ca] = process.argv.slice(2)
const burst = Buffer.from(Array.from({ length: BURST }, (_, n) => framed(syslogLine(n))).join(''))
const sockets: Socket[] = []
for (let n = 0; n < Number(connections); n++) sockets.push(await open())
let next = 0
process.send!('connected')

process.on('message', async (asked: string) => {
  const [count, rate] = asked.split(' ').map(Number) as [number, number]
  const start = performance.now()
  for (let sent = 0; sent < count; sent += BURST) {
    const socket = sockets[next++ % sockets.length]!
    if (!socket.write(burst)) await once(socket, 'drain')
    const early = rate === 0 ? 0 : (sent / rate) * 1000 - (performance.now() - start)
    if (early > 0) await sleep(early)
    // Also who never has to wait lets the loop go round.
    else if (next % 100 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  process.send!('sent')
})

function framed(line: string): string {
  return framing === 'counted' ? `${Buffer.byteLength(line)} ${line}` : `${line}\n`
}

async function open(): Promise<Socket> {
  const where = { port: Number(port), host: '127.0.0.1' }
  const socket = ca ? connectTls({ ...where, ca: readFileSync(ca) }) : connect(where)
  await once(socket, ca ? 'secureConnect' : 'connect')
  return socket
}
