// Sends numbered datagrams of the present time at a rate: node sender.ts PORT RATE SIZE BURST…, where each burst is the second
// at which it begins. Asked anything, it says how many
// it has sent; asked "stop", it sends no more and says the last time. bench/blast.c always tells the same time, so that all
// of its messages would be in one index, and nothing could be deleted before the end.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { dueAfter } from './plan.ts'

/** Digits of a number, so that text sorts as numbers do. */
const DIGITS = 9
/** After a pause of this process the receiver is not flooded with all that is due. */
const MOST = 64

/** RFC 5424, with the number as MSGID, which is a keyword in Elasticsearch. */
export function numberedLine(number: number, time: string, size: number): string {
  const line =
    `<86>1 ${time} web${number % 9}.example.org sshd ${1000 + (number % 8999)} ${String(number).padStart(DIGITS, '0')} - ` +
    `Failed password for invalid user admin from 192.0.2.${number % 250} port ${40_000 + (number % 20_000)} ssh2 `
  return line.padEnd(size, '.')
}

if (process.send) {
  const [port = 0, rate = 0, size = 0, ...bursts] = process.argv.slice(2).map(Number)
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let sent = 0
  let stopped = false
  process.on('message', question => {
    stopped ||= question === 'stop'
    process.send!(sent)
  })
  process.send('there')
  for (const start = performance.now(); !stopped; await sleep(1)) {
    const due = dueAfter((performance.now() - start) / 1000, rate, bursts)
    const last = Math.min(due, sent + MOST)
    const time = new Date().toISOString()
    while (sent < last) socket.send(numberedLine(sent++, time, size))
  }
}
