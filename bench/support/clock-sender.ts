// Sends numbered datagrams that say when they were sent, by the clock that all processes of a host share:
// node clock-sender.ts. Asked "PORT RATE SECONDS", it says how many it has sent.
import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'

/** Microseconds since some point in the past. */
export function clock(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

if (process.send) {
  const socket = createSocket('udp4')
  process.on('message', async (question: string) => {
    const [port = 0, rate = 0, seconds = 0] = question.split(' ').map(Number)
    const start = performance.now()
    let sent = 0
    for (let due = 0; sent < rate * seconds; await sleep(1)) {
      due = Math.min(Math.floor(((performance.now() - start) / 1000) * rate), rate * seconds)
      while (sent < due)
        socket.send(
          `<86>${stamp()} web${sent % 9}.example.org sshd[${1000 + (sent % 8999)}]: at=${clock()} n=${sent++} ` +
            `Failed password for invalid user admin from 192.0.2.${sent % 250} port ${40_000 + (sent % 20_000)} ssh2`,
          port,
          '127.0.0.1',
        )
    }
    process.send!(sent)
  })
  process.send('there')
}

function stamp(): string {
  const [, day, month, , time] = new Date().toUTCString().split(' ')
  return `${month} ${day!.replace(/^0/, ' ')} ${time}`
}
