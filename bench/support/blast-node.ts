// What bench/blast.c does, where there is no C compiler:
//   node blast-node.ts PORT RATE SECONDS FIRST SIZE [SENDERS [FIELDS]]; with -2 for FIELDS, events as JSON
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { eventLine, structuredLine, syslogLine } from './records.ts'

const MOST = 64

const [port = 0, rate = 0, seconds = 0, first = 0, size = 0, senders = 1, fields] = process.argv
  .slice(2)
  .map(Number)
const sockets = await Promise.all(Array.from({ length: senders }, openSender))
const line = fields === undefined ? syslogLine : fields < 0 ? eventLine : structuredLine(fields)
const start = performance.now()
let sent = 0
for (let elapsed = 0, turns = 0; elapsed < seconds; elapsed = (performance.now() - start) / 1000) {
  const due = rate > 0 ? Math.floor(elapsed * rate) - sent : MOST
  if (due <= 0) {
    await sleep(1)
    continue
  }
  const last = sent + Math.min(due, MOST)
  const socket = sockets[turns++ % senders]!
  while (sent < last) socket.send(line(first + sent++, size))
  await turn()
}
for (const socket of sockets) socket.close()
console.log(sent, (performance.now() - start) / 1000)

async function openSender(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}
