// Following the events, over any number of connections: by WebSocket, or by server-sent events where something between us and
// the server lets no WebSocket through.
import { follow, pauseAfter } from '../lib/event-stream.ts'
import { HttpError, parseExact, request } from '../lib/http.ts'
import type { Fields } from '../lib/record-fields.ts'
import { followSocket } from './socket.ts'

export interface EventHandlers {
  onOpen(): void
  onEvent(event: Fields): void
  /** So many were left out; null: nobody knows how many. */
  onMissed(count: number | null): void
  onLost(): void
}

interface FollowHandlers extends EventHandlers {
  /** Why the server gives none. */
  onRefused(failure: HttpError): void
}

/** The server says something every 20 s at least (docs/live-api.md): after so many milliseconds without a word, the connection is dead. */
const SILENCE = 30_000
/** As often as that in a row, the server answered, but no WebSocket came about. */
const MOST_CLOSED = 2

/** Follows the events at an address until `signal` is aborted. */
export function followEvents(address: string, signal: AbortSignal, handlers: FollowHandlers): void {
  let attempts = 0
  let closed = 0
  const again = () => {
    handlers.onLost()
    setTimeout(connect, pauseAfter(attempts++) * 1000)
  }
  const bySocket = () => {
    let isOpen = false
    const onOpen = () => {
      isOpen = true
      attempts = closed = 0
      handlers.onOpen()
    }
    const onLost = async () => {
      if (!isOpen && (await answers(address, signal, handlers.onRefused))) closed++
      if (!signal.aborted) again()
    }
    followSocket(address, signal, SILENCE, { ...handlers, onOpen, onLost })
  }
  const byStream = () => {
    const onOpen = () => {
      attempts = 0
      handlers.onOpen()
    }
    const onLost = () => {
      // It may be another way by now.
      closed--
      again()
    }
    followStream(address, signal, { ...handlers, onOpen, onLost })
  }
  const connect = () => {
    if (signal.aborted) return
    if (closed < MOST_CLOSED) bySocket()
    else byStream()
  }
  connect()
}

/** Whether the server gives events to who asks without a WebSocket: a browser does not say why it got none. */
async function answers(
  address: string,
  signal: AbortSignal,
  onRefused: FollowHandlers['onRefused'],
): Promise<boolean> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(SILENCE)])
    const response = await request(address, { signal: patience })
    await response.body?.cancel()
    return true
  } catch (error) {
    if (error instanceof HttpError && error.status !== 0) onRefused(error)
    return false
  }
}

/** One connection. */
function followStream(address: string, signal: AbortSignal, handlers: EventHandlers): void {
  const over = new AbortController()
  void follow(address, AbortSignal.any([signal, over.signal]), {
    silence: SILENCE,
    onOpen: handlers.onOpen,
    onEvent: ({ event, data }) => {
      if (event === 'message') handlers.onEvent(parseExact(data) as Fields)
      else if (event === 'missed') handlers.onMissed((JSON.parse(data) as { records: number | null }).records)
    },
    onLost: () => {
      over.abort()
      handlers.onLost()
    },
  })
}
