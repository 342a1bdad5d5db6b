// Events over a WebSocket: it is not among the six connections that a browser opens to one server.
import { parseExact } from '../lib/http.ts'
import type { Fields } from '../lib/record-fields.ts'

export interface SocketHandlers {
  onOpen(): void
  onEvent(event: Fields): void
  /** So many were left out; null: nobody knows how many. */
  onMissed(count: number | null): void
  onLost(): void
}

const LONGEST_PAUSE = 15_000

/** Follows the events at an address, over any number of connections, until `signal` is aborted. */
export function followSocket(address: string, signal: AbortSignal, handlers: SocketHandlers): void {
  const url = new URL(address, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  let attempts = 0
  const connect = () => {
    if (signal.aborted) return
    const socket = new WebSocket(url)
    const close = () => socket.close()
    signal.addEventListener('abort', close)
    socket.onopen = () => {
      attempts = 0
      if (!signal.aborted) handlers.onOpen()
    }
    socket.onmessage = ({ data }) => {
      if (!signal.aborted) take(String(data), handlers)
    }
    socket.onclose = () => {
      signal.removeEventListener('abort', close)
      if (signal.aborted) return
      handlers.onLost()
      setTimeout(connect, Math.min(2 ** attempts++ * 500, LONGEST_PAUSE))
    }
  }
  connect()
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
