// Events over a WebSocket: it is not among the six connections that a browser opens to one server.
import { pauseAfter } from '../lib/event-stream.ts'
import { parseExact } from '../lib/http.ts'
import type { Fields } from '../lib/record-fields.ts'

export interface SocketHandlers {
  onOpen(): void
  onEvent(event: Fields): void
  /** So many were left out; null: nobody knows how many. */
  onMissed(count: number | null): void
  onLost(): void
}

/** The server says something every 20 s at least (docs/live-api.md): after so many milliseconds without a word, the connection is dead. */
const SILENCE = 30_000

/** Follows the events at an address, over any number of connections, until `signal` is aborted. */
export function followSocket(address: string, signal: AbortSignal, handlers: SocketHandlers): void {
  const url = new URL(address, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  let attempts = 0
  const connect = () => {
    if (signal.aborted) return
    connectOnce(url, signal, {
      ...handlers,
      onOpen: () => {
        attempts = 0
        handlers.onOpen()
      },
      onLost: () => {
        handlers.onLost()
        setTimeout(connect, pauseAfter(attempts++) * 1000)
      },
    })
  }
  connect()
}

/** One connection, until it ends, or nothing comes through it any more. */
function connectOnce(url: URL, signal: AbortSignal, handlers: SocketHandlers): void {
  const socket = new WebSocket(url)
  let timer: ReturnType<typeof setTimeout>
  let isOver = false
  const end = () => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
    // A dead one says only much later that it is closed.
    socket.close()
    if (!signal.aborted) handlers.onLost()
  }
  const wait = () => {
    clearTimeout(timer)
    timer = setTimeout(end, SILENCE)
  }
  wait()
  signal.addEventListener('abort', end)
  socket.onopen = () => {
    if (!isOver) handlers.onOpen()
  }
  socket.onmessage = ({ data }) => {
    if (isOver) return
    wait()
    take(String(data), handlers)
  }
  socket.onclose = end
}

function take(batch: string, { onEvent, onMissed }: SocketHandlers): void {
  for (const line of batch.split('\n')) {
    if (line === '') continue
    const event = parseExact(line) as Fields & { '@meta'?: { missed?: number | null; beat?: number } }
    const { missed, beat } = event['@meta'] ?? {}
    // An event has more than this.
    const isWord = Object.keys(event).length === 1
    if (isWord && missed !== undefined) onMissed(missed)
    else if (!isWord || beat === undefined) onEvent(event)
  }
}
