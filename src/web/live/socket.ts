// Events over a WebSocket: it is not among the six connections that a browser opens to one server.
import { parseExact } from '../lib/http.ts'
import type { Fields } from '../lib/record-fields.ts'
import type { ConnectionHandlers } from './following.ts'

/** Milliseconds until it is open: some answer nothing at all to who asks for it. */
const OPENING = 10_000

/** One connection, until it ends, or nothing comes through it for so many milliseconds. */
export function followSocket(
  address: string,
  signal: AbortSignal,
  silence: number,
  handlers: ConnectionHandlers,
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
  const wait = (patience: number) => {
    clearTimeout(timer)
    timer = setTimeout(end, patience)
  }
  wait(OPENING)
  signal.addEventListener('abort', end)
  socket.onopen = () => {
    if (isOver) return
    wait(silence)
    handlers.onOpen()
  }
  socket.onmessage = ({ data }) => {
    if (isOver) return
    wait(silence)
    handlers.onWord()
    take(String(data), handlers)
  }
  socket.onclose = end
}

function take(batch: string, { onEvent, onMissed }: ConnectionHandlers): void {
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
