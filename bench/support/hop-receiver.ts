// Pulls batches and counts their records, by this project's transports or by zeromq alone:
// node hop-receiver.ts bind|connect|zeromq ENDPOINT RECORDS BATCH [KEYS]. It says when it is open; when all have come, how long
// that took.
import { Pull } from 'zeromq'
import type { Batch } from '../../src/lib/batch.ts'
import { parseEndpoint } from '../../src/lib/endpoint.ts'
import { openPulls } from '../../src/lib/transport/index.ts'
import { linkContext } from './link.ts'

export interface Received {
  /** Seconds from the first batch to the last. */
  seconds: number
  /** Microseconds of CPU. */
  cpu: number
}

if (process.send) {
  const [way, address = '', records = '0', perBatch = '0', keys = '{}'] = process.argv.slice(2)
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
    process.send('open')
    for await (const _ of socket) take(Number(perBatch))
  } else {
    const endpoint = parseEndpoint(address, 'pull', way as 'bind' | 'connect', JSON.parse(keys))
    await openPulls([endpoint], linkContext, link => {
      process.send!('open')
      link.run({
        // Every stage enters the number of records in its books.
        accept: async (batch: Batch) => {
          take(batch.count)
          return { stored: batch.count }
        },
        room: () => undefined,
      })
    })
  }
}
