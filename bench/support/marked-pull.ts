// A process that pulls, and counts what it looks for: node marked-pull.ts ENDPOINT. It says when it is bound, and on any message how many
// records of allowed clients have come so far: what strangers say may become records too.
import { Pull } from 'zeromq'

/** What is in each of those records. */
const MARK = Buffer.from('Failed password')

const endpoint = process.argv[2]
if (endpoint) {
  const socket = new Pull({ receiveHighWaterMark: 64 })
  await socket.bind(endpoint)
  let records = 0
  process.on('message', () => process.send!(records))
  process.send!('bound')
  for await (const [frame] of socket)
    for (let at = frame!.indexOf(MARK); at >= 0; at = frame!.indexOf(MARK, at + MARK.length)) records++
}
