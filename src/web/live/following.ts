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

/** Of one connection. */
export interface ConnectionHandlers extends EventHandlers {
  /** Something came, be it only a sign of life. */
  onWord(): void
}

interface FollowHandlers extends EventHandlers {
  /** Why the server gives none. */
  onRefused(failure: HttpError): void
}

/** The server says something every 20 s at least (docs/live-api.md): after so many milliseconds without a word, the connection is dead. */
const SILENCE = 30_000
/** As often as that in a row, the server answered, but not a word came by WebSocket: some let one open, and nothing through it. */
const MOST_CLOSED = 2

/** Follows the events at an address until `signal` is aborted. */
export function followEvents(address: string, signal: AbortSignal, handlers: FollowHandlers): void {
  let attempts = 0
  let closed = 0
  const again = () => setTimeout(connect, pauseAfter(attempts++) * 1000)
  const bySocket = () => {
    let isHeard = false
    const onWord = () => {
      isHeard = true
      attempts = closed = 0
    }
    const onLost = async () => {
      handlers.onLost()
      if (!isHeard && (await answers(address, signal, handlers.onRefused))) closed++
      again()
    }
    followSocket(address, signal, SILENCE, { ...handlers, onWord, onLost })
  }
  const byStream = () => {
    const onWord = () => {
      attempts = 0
    }
    const onLost = () => {
      handlers.onLost()
      // It may be another way by now.
      closed--
      again()
    }
    followStream(address, signal, { ...handlers, onWord, onLost })
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
function followStream(address: string, signal: AbortSignal, handlers: ConnectionHandlers): void {
  const over = new AbortController()
  void follow(address, AbortSignal.any([signal, over.signal]), {
    silence: SILENCE,
    onOpen: handlers.onOpen,
    onEvent: ({ event, data }) => {
      handlers.onWord()
      if (event === 'message') handlers.onEvent(parseExact(data) as Fields)
      else if (event === 'missed') handlers.onMissed((JSON.parse(data) as { records: number | null }).records)
    },
    onLost: () => {
      over.abort()
      handlers.onLost()
    },
  })
}
