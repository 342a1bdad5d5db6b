// Pushes log records as fast as they go: node store-feeder.ts ENDPOINT START. Asked "FIRST RECORDS", it pushes so many
// from that number on, and says what it did.
import { Batch } from '../../src/lib/batch.ts'
import { parseEndpoint } from '../../src/lib/endpoint.ts'
import { openPush } from '../../src/lib/transport/zeromq.ts'
import { linkContext } from './link.ts'
import { createLogRecords } from './log-lines.ts'

export interface Fed {
  /** performance.timeOrigin + performance.now() of the first batch. */
  start: number
  /** Bytes of the syslog lines, with a line feed each. */
  lines: number
  /** Bytes of the records as JSON, with a line feed each. */
  json: number
}

const PER_BATCH = 256

const [endpoint, start] = process.argv.slice(2)
if (process.send && endpoint) {
  const context = linkContext()
  const link = await openPush(parseEndpoint(endpoint, 'push', 'connect'), context)
  const record = createLogRecords(Number(start))
  process.on('message', async (question: string) => {
    const [first = 0, records = 0] = question.split(' ').map(Number)
    await link.room()
    const fed: Fed = { start: performance.timeOrigin + performance.now(), lines: 0, json: 0 }
    for (let number = first; number < first + records; ) {
      let ndjson = ''
      for (const end = Math.min(number + PER_BATCH, first + records); number < end; number++) {
        const { line, json } = record(number)
        fed.lines += line.length + 1
        ndjson += `${json}\n`
      }
      const bytes = Buffer.from(ndjson)
      fed.json += bytes.length
      const room = link.room()
      if (room) await room
      await link.accept(Batch.fromBytes(bytes, context.reader))
    }
    process.send!(fed)
  })
  process.send('connected')
}
