// Pushes batches as fast as they go, by this project's transports or by zeromq alone:
// node hop-sender.ts bind|connect|zeromq ENDPOINT RECORDS BATCH LINE [KEYS]. It says how long its CPU was at it, when all is
// accepted.
import { Push } from 'zeromq'
import { Batch } from '../../src/lib/batch.ts'
import { parseEndpoint } from '../../src/lib/endpoint.ts'
import { openPush } from '../../src/lib/transport/index.ts'
import { linkContext } from './link.ts'

const [way, address = '', records = 0, perBatch = 0, line = '', keys = '{}'] = process.argv
  .slice(2)
  .map((word, n) => (n === 2 || n === 3 ? Number(word) : word)) as [
  string,
  string,
  number,
  number,
  string,
  string,
]

const send = way === 'zeromq' ? await withZeromq() : await withTransport()
process.once('message', async () => {
  const before = process.cpuUsage()
  await send()
  const { user, system } = process.cpuUsage(before)
  process.send!(user + system)
})
process.send!('connected')

function bytes(): Buffer {
  return Buffer.from(`${line}\n`.repeat(perBatch))
}

async function withTransport(): Promise<() => Promise<void>> {
  const context = linkContext()
  const endpoint = parseEndpoint(address, 'push', way as 'bind' | 'connect', JSON.parse(keys))
  const link = await openPush([endpoint], context)
  await link.room()
  // It is only read, so that libzmq may hold on to it any number of times.
  const whole = bytes()
  return async () => {
    let last: Promise<unknown> = Promise.resolve()
    for (let sent = 0; sent < records; sent += perBatch) {
      const room = link.room()
      if (room) await room
      last = link.accept(Batch.fromBytes(whole, context.reader))
    }
    await last
  }
}

async function withZeromq(): Promise<() => Promise<void>> {
  const socket = new Push({ sendHighWaterMark: 8 })
  socket.connect(address)
  const whole = bytes()
  return async () => {
    for (let sent = 0; sent < records; sent += perBatch) await socket.send(whole)
  }
}
