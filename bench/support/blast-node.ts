// What bench/blast.c does, where there is no C compiler: node blast-node.ts PORT RATE SECONDS FIRST SIZE
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { syslogLine } from './records.ts'

const MOST = 64

const [port = 0, rate = 0, seconds = 0, first = 0, size = 0] = process.argv.slice(2).map(Number)
const socket = createSocket('udp4')
socket.connect(port, '127.0.0.1')
await once(socket, 'connect')
const start = performance.now()
let sent = 0
for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - start) / 1000) {
  const due = rate > 0 ? Math.floor(elapsed * rate) - sent : MOST
  if (due <= 0) {
    await sleep(1)
    continue
  }
  const last = sent + Math.min(due, MOST)
  while (sent < last) socket.send(syslogLine(first + sent++, size))
  await turn()
}
socket.close()
await once(socket, 'close')
console.log(sent, (performance.now() - start) / 1000)
