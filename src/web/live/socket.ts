import { HttpError } from '../lib/http.ts'

/** Milliseconds until it is open, at most: some answer nothing at all to who asks for it. */
const OPENING = 10_000

export interface SocketHandlers {
  onOpen(): void
  onMessage(text: string): void
  onLost(failure: HttpError): void
}

/** One WebSocket, until it ends, or nothing comes through it for so many milliseconds. */
export function followSocket(
  address: string,
  signal: AbortSignal,
  silence: number,
  handlers: SocketHandlers,
): void {
  const url = new URL(address, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  const socket = new WebSocket(url)
  let timer: ReturnType<typeof setTimeout>
  let isOver = false
  const end = (code: string) => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    // A dead one says only much later that it is closed.
    socket.close()
    if (!signal.aborted) handlers.onLost(new HttpError(0, { code }))
  }
  const stop = () => end('stopped')
  const wait = (patience: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => end('silent'), patience)
  }
  wait(Math.min(OPENING, silence))
  signal.addEventListener('abort', stop)
  socket.onopen = () => {
    if (isOver) return
    wait(silence)
    handlers.onOpen()
  }
  socket.onmessage = ({ data }) => {
    if (isOver) return
    wait(silence)
    handlers.onMessage(String(data))
  }
  socket.onclose = () => end('lost')
}
