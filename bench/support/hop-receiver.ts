// Pulls batches and counts their records, by this project's transport or by zeromq alone:
// node hop-receiver.ts transport|zeromq ENDPOINT RECORDS BATCH. It says where it is bound; when all have come,
// how long that took.
import { Pull } from 'zeromq'
import type { Batch } from '../../src/lib/batch.ts'
import { openPull } from '../../src/lib/transport/zeromq.ts'
import { linkContext, pullEndpoint } from './link.ts'

export interface Received {
  /** Seconds from the first batch to the last. */
  seconds: number
  /** Microseconds of CPU. */
  cpu: number
}

if (process.send) {
  const [way, address = '', records = '0', perBatch = '0'] = process.argv.slice(2)
  let missing = Number(records)
  let start = 0
  const before = process.cpuUsage()

  const take = (count: number): void => {
    if (start === 0) start = performance.now()
    missing -= count
    if (missing > 0) return
    const { user, system } = process.cpuUsage(before)
    const received: Received = { seconds: (performance.now() - start) / 1000, cpu: user + system }
    process.once('message', () => process.send!(received))
  }

  if (way === 'zeromq') {
    const socket = new Pull({ receiveHighWaterMark: 64 })
    await socket.bind(address)
    process.send(socket.lastEndpoint)
    for await (const _ of socket) take(Number(perBatch))
  } else {
    const link = await openPull(pullEndpoint(address), linkContext())
    process.send(link.statuses[0]!.endpoint)
    await link.run({
      // Every stage enters the number of records in its books.
      accept: async (batch: Batch) => {
        take(batch.count)
        return {}
      },
      room: () => undefined,
    })
  }
}
