// Following what a server tells, over any number of connections: by WebSocket, which is not among the six connections that a
// browser opens to one server; or by server-sent events, where something between us and the server lets no WebSocket through.
import { createParser, follow, pauseAfter, type StreamEvent } from '../lib/event-stream.ts'
import { HttpError, request } from '../lib/http.ts'
import { followSocket } from './socket.ts'

export interface FollowHandlers {
  /** After so many milliseconds without a word, the connection is dead. */
  readonly silence: number
  onOpen(): void
  /** A message of a WebSocket. */
  onMessage(text: string): void
  /** The same as a server-sent event. */
  onEvent(event: StreamEvent): void
  /** There is none now; it is tried again, unless somebody aborts. */
  onLost(failure: HttpError): void
}

/** As often as that in a row, the server answered, but not a word came by WebSocket: some let one open, and nothing through it. */
const MOST_CLOSED = 2

/** Follows what is at an address until `signal` is aborted. */
export function followEither(address: string, signal: AbortSignal, handlers: FollowHandlers): void {
  let attempts = 0
  let closed = 0
  const again = () => setTimeout(connect, pauseAfter(attempts++) * 1000)
  const bySocket = () => {
    let [isOpen, isHeard] = [false, false]
    followSocket(address, signal, handlers.silence, {
      onOpen: () => {
        isOpen = true
        handlers.onOpen()
      },
      onMessage: text => {
        isHeard = true
        attempts = closed = 0
        handlers.onMessage(text)
      },
      onLost: async failure => {
        if (isOpen) handlers.onLost(failure)
        if (isHeard) return void again()
        const refusal = await refusalOf(address, signal, handlers.silence)
        if (!refusal) {
          closed++
          return connect()
        }
        if (!signal.aborted && !isOpen) handlers.onLost(refusal)
        again()
      },
    })
  }
  const byStream = () => {
    followOnce(address, signal, {
      ...handlers,
      onEvent: event => {
        attempts = 0
        handlers.onEvent(event)
      },
      onLost: failure => {
        // It may be another way by now.
        closed = MOST_CLOSED - 1
        handlers.onLost(failure)
        again()
      },
    })
  }
  const connect = () => {
    if (signal.aborted) return
    if (closed < MOST_CLOSED) bySocket()
    else byStream()
  }
  connect()
}

/** Follows server-sent events, whose text may come by WebSocket as well, cut anywhere. */
export function followText(
  address: string,
  signal: AbortSignal,
  handlers: Omit<FollowHandlers, 'onMessage'>,
): void {
  let parse = createParser(handlers.onEvent)
  followEither(address, signal, {
    ...handlers,
    onOpen: () => {
      parse = createParser(handlers.onEvent)
      handlers.onOpen()
    },
    onMessage: text => parse(text),
  })
}

/** Why the server gives nothing to who asks without a WebSocket, where it gives nothing: a browser does not say why it got none. */
async function refusalOf(
  address: string,
  signal: AbortSignal,
  silence: number,
): Promise<HttpError | undefined> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(silence)])
    const response = await request(address, { signal: patience })
    await response.body?.cancel()
    return undefined
  } catch (error) {
    return error instanceof HttpError ? error : new HttpError(0)
  }
}

/** One connection. */
function followOnce(address: string, signal: AbortSignal, handlers: FollowHandlers): void {
  const over = new AbortController()
  void follow(address, AbortSignal.any([signal, over.signal]), {
    ...handlers,
    onLost: failure => {
      over.abort()
      handlers.onLost(failure)
    },
  })
}
