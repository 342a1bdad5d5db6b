// Pushes batches as fast as they go, by this project's transport or by zeromq alone:
// node hop-sender.ts transport|zeromq ENDPOINT RECORDS BATCH LINE. It says how long its CPU was at it.
import { Push } from 'zeromq'
import { Batch } from '../../src/lib/batch.ts'
import { openPush } from '../../src/lib/transport/zeromq.ts'
import { linkContext, pushEndpoint } from './link.ts'

const [way, address = '', records = 0, perBatch = 0, line = ''] = process.argv
  .slice(2)
  .map((word, n) => (n === 2 || n === 3 ? Number(word) : word)) as [string, string, number, number, string]

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
  const link = await openPush(pushEndpoint(address), context)
  await link.room()
  // It is only read, so that libzmq may hold on to it any number of times.
  const whole = bytes()
  return async () => {
    for (let sent = 0; sent < records; sent += perBatch) {
      const room = link.room()
      if (room) await room
      await link.accept(Batch.fromBytes(whole, context.reader))
    }
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
