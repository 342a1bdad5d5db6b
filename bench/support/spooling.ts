// Puts records into a spool as fast as it takes them: node spooling.ts FOLDER drained|kept. The main thread does what that
// of a daemon does; how long it stood still is noted.
import { join } from 'node:path'
import { Batch } from '../../src/lib/batch.ts'
import { openSpool } from '../../src/lib/spool/open-spool.ts'
import { linkContext } from './link.ts'

export interface Spooled {
  /** Records a second, until the last was durable (and, drained, gone). */
  rate: number
  /** Longest time in which nothing else could run, milliseconds. */
  stall: number
  /** Microseconds of CPU a record, all threads. */
  cpu: number
}

const RECORDS = 2_000_000
const PER_BATCH = 256

const [folder = '', way] = process.argv.slice(2)
if (process.send) {
  const { reader, log, signal } = linkContext()
  const spool = await openSpool({
    path: join(folder, 'bench.spool'),
    limit: 10 * 2 ** 30,
    reader,
    log,
    waitingFor: () => {},
    signal,
    fatal: error => {
      throw error
    },
  })
  const never = new Promise<void>(() => {})
  const outlet = spool.createOutlet({
    links: [
      {
        form: 'bytes',
        accept: async batch => ({ stored: batch.count }),
        room: () => (way === 'drained' ? undefined : never),
      },
    ],
    batch: { bytes: 64 * 1024, delay: 5 },
    buffer: 64 * 2 ** 20,
    whenFull: 'block',
    dropped: () => {},
    maxRecord: 2 ** 20,
    refuse: async () => {},
  })
  const line = `${JSON.stringify({ '@meta': { id: '1m7ybapbt99g4n3hx0000' }, message: 'x'.repeat(146) })}\n`
  const bytes = Buffer.from(line.repeat(PER_BATCH))

  process.once('message', async () => {
    let stall = 0
    let last = performance.now()
    const watch = setInterval(() => {
      const now = performance.now()
      stall = Math.max(stall, now - last - 1)
      last = now
    }, 1)
    const before = process.cpuUsage()
    const start = performance.now()
    const accepted: Promise<unknown>[] = []
    for (let sent = 0; sent < RECORDS; sent += PER_BATCH) {
      const room = outlet.room()
      if (room) await room
      accepted.push(outlet.accept(Batch.fromBytes(bytes, reader)))
      // As between two reads of a socket.
      if (accepted.length % 16 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await Promise.all(accepted)
    if (way === 'drained') await spool.drain(new AbortController().signal)
    const seconds = (performance.now() - start) / 1000
    const { user, system } = process.cpuUsage(before)
    clearInterval(watch)
    process.send!({ rate: RECORDS / seconds, stall, cpu: (user + system) / RECORDS } satisfies Spooled)
    await spool.close()
  })
  process.send('open')
}
