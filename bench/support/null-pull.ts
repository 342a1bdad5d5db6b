// A process that pulls and throws away: node null-pull.ts ENDPOINT. It says when it is bound, and on any message
// what has come so far.
import { Pull } from 'zeromq'

const LF = 0x0a

export interface Pulled {
  batches: number
  records: number
  bytes: number
  /** Epoch milliseconds of the last batch. */
  last: number
}

const endpoint = process.argv[2]
if (endpoint) {
  const socket = new Pull({ receiveHighWaterMark: 64 })
  await socket.bind(endpoint)
  const pulled: Pulled = { batches: 0, records: 0, bytes: 0, last: 0 }
  process.on('message', () => process.send!(pulled))
  process.send!(socket.lastEndpoint)
  for await (const [frame] of socket) {
    pulled.batches++
    pulled.bytes += frame!.length
    pulled.records += lines(frame!)
    pulled.last = performance.timeOrigin + performance.now()
  }
}

function lines(frame: Buffer): number {
  let count = 0
  for (let at = frame.indexOf(LF); at >= 0; at = frame.indexOf(LF, at + 1)) count++
  return count
}
