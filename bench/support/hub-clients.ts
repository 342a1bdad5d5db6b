// Many clients of a hub by WebSocket, in one process: node hub-clients.ts PORT CLIENTS SILENT. SILENT of them never read. It says
// when all are there; asked, it begins to count anew, and says what has come since it was asked last.
import { connect, type Socket } from 'node:net'

const LF = 0x0a
const TIME = Buffer.from('"at":')
const MISSED = Buffer.from('{"@meta":{"missed":')
const END = Buffer.from('\r\n\r\n')
/** Handshakes that are under way at a time. */
const AT_ONCE = 100

export interface Received {
  frames: number
  events: number
  missed: number
  bytes: number
  /** Milliseconds from where the oldest event of a frame was made to here: their percentiles. */
  latency: { [percentile: string]: number }
}

let frames = 0
let events = 0
let missed = 0
let bytes = 0
let latencies: number[] = []

const [port = 0, clients = 0, silent = 0] = process.argv.slice(2).map(Number)
if (port) {
  let next = 0
  const open = async () => {
    while (next < clients) await client(next++ < silent)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, open))
  process.on('message', () => process.send!(report()))
  process.send!('connected')
}

function client(isSilent: boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect(port, '127.0.0.1')
  socket.on('error', reject)
  socket.write(
    `GET /events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
      'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  socket.once('data', answer => {
    if (!answer.toString('latin1').startsWith('HTTP/1.1 101')) return reject(new Error(String(answer)))
    if (isSilent) socket.pause()
    else read(socket, answer.subarray(answer.indexOf(END) + END.length))
    resolve()
  })
  return promise
}

/** Frames of a server are not masked (RFC 6455 section 5.2). Pings are not answered: nobody is here that long. */
function read(socket: Socket, first: Buffer): void {
  let rest = first
  socket.on('data', chunk => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    while (rest.length >= 2) {
      const short = rest[1]! & 0x7f
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (rest.length < head) return
      const length = head === 2 ? short : head === 4 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2))
      if (rest.length < head + length) return
      if ((rest[0]! & 0x0f) === 1) frame(rest.subarray(head, head + length))
      rest = rest.subarray(head + length)
    }
  })
}

function frame(text: Buffer): void {
  frames++
  bytes += text.length
  if (text.subarray(0, MISSED.length).equals(MISSED)) {
    missed += JSON.parse(text.toString())['@meta'].missed
    return
  }
  events++
  for (let at = text.indexOf(LF); at >= 0; at = text.indexOf(LF, at + 1)) events++
  const at = text.indexOf(TIME)
  if (at >= 0)
    latencies.push(
      performance.timeOrigin +
        performance.now() -
        Number.parseFloat(text.toString('latin1', at + TIME.length, at + TIME.length + 20)),
    )
}

function report(): Received {
  const sorted = Float64Array.from(latencies).sort()
  const percentile = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  const received = {
    ...{ frames, events, missed, bytes },
    latency: { p50: percentile(0.5), p99: percentile(0.99), worst: sorted.at(-1) ?? 0 },
  }
  frames = events = missed = bytes = 0
  latencies = []
  return received
}
