// One end of a hop of single events, by this project's transports: node pub-end.ts push|pull bind|connect ENDPOINT EVENTS LINE.
// Who pushes sends all when it is told to, and says how long that took; who pulls says how many came, once none has for a while.
import { setTimeout as wait } from 'node:timers/promises'
import { Batch } from '../../src/lib/batch.ts'
import { parseEndpoint } from '../../src/lib/endpoint.ts'
import type { Direction, Mode } from '../../src/lib/schemes.ts'
import { openPulls, openPush } from '../../src/lib/transport/index.ts'
import { linkContext } from './link.ts'

export interface Part {
  events: number
  seconds: number
  /** Microseconds of CPU. */
  cpu: number
}

const PER_BATCH = 256
/** Milliseconds. */
const WHILE = 500

if (process.send) {
  const [direction, mode, address = '', events = '0', line = ''] = process.argv.slice(2)
  const endpoint = parseEndpoint(address, direction as Direction, mode as Mode)
  await (direction === 'push' ? push(Number(events), line) : pull())

  async function push(events: number, line: string): Promise<void> {
    const context = linkContext()
    const link = await openPush([endpoint], context)
    await link.room()
    const [status] = link.statuses
    while (status!.subscriptions === 0) await wait(10)
    process.once('message', async () => {
      const [start, before] = [performance.now(), process.cpuUsage()]
      for (let sent = 0; sent < events; sent += PER_BATCH) {
        const room = link.room()
        if (room) await room
        await link.accept(Batch.fromBytes(Buffer.from(`${line}\n`.repeat(PER_BATCH)), context.reader))
      }
      const { user, system } = process.cpuUsage(before)
      process.send!({ events, seconds: (performance.now() - start) / 1000, cpu: user + system })
    })
    process.send!('open')
  }

  async function pull(): Promise<void> {
    let [events, start, last] = [0, 0, 0]
    const before = process.cpuUsage()
    process.once('message', async () => {
      while (performance.now() - last < WHILE) await wait(100)
      const { user, system } = process.cpuUsage(before)
      process.send!({ events, seconds: (last - start) / 1000, cpu: user + system })
    })
    await openPulls([endpoint], linkContext, link => {
      link.run({
        accept: async (batch: Batch) => {
          events += batch.count
          last = performance.now()
          start ||= last
          return { stored: batch.count }
        },
        room: () => undefined,
      })
    })
    process.send!('open')
  }
}
