// Events over a WebSocket: it is not among the six connections that a browser opens to one server.
import { parseExact } from '../lib/http.ts'
import type { Fields } from '../lib/record-fields.ts'
import type { EventHandlers } from './following.ts'

/** One connection, until it ends, or nothing comes through it for so many milliseconds. */
export function followSocket(
  address: string,
  signal: AbortSignal,
  silence: number,
  handlers: EventHandlers,
): void {
  const url = new URL(address, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
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
    timer = setTimeout(end, silence)
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

function take(batch: string, { onEvent, onMissed }: EventHandlers): void {
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
