// Server-sent events over fetch: EventSource tells neither why it failed nor lets us go on after an error of the server.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
import { HttpError, request } from './http.ts'

export interface StreamEvent {
  event: string
  data: string
  id: string | undefined
}

export interface StreamHandlers {
  /** After so many milliseconds without a word, the connection is dead. */
  readonly silence?: number
  onOpen(): void
  onEvent(event: StreamEvent): void
  /** It is tried again in `seconds`, unless somebody aborts. */
  onLost(error: HttpError, seconds: number): void
}

/** The servers say something every 15 s at least. */
const SILENCE = 45_000
const LONGEST_PAUSE = 15

/** Seconds, by chance: or all who lost a server would come back to it at the same moments. */
export const pauseAfter = (attempts: number, chance = Math.random()): number =>
  Math.min(2 ** attempts / 2, LONGEST_PAUSE) * (0.5 + chance)

/** Follows a stream until `signal` is aborted, over any number of connections. */
export async function follow(url: string, signal: AbortSignal, handlers: StreamHandlers): Promise<void> {
  let lastId: string | undefined
  let attempts = 0
  while (!signal.aborted) {
    const failure = await connect(url, lastId, signal, {
      silence: handlers.silence ?? SILENCE,
      onOpen: () => {
        attempts = 0
        handlers.onOpen()
      },
      onId: id => {
        lastId = id
      },
      onEvent: handlers.onEvent,
    })
    if (signal.aborted) return
    const seconds = pauseAfter(attempts++)
    handlers.onLost(failure, seconds)
    await pause(seconds, signal)
  }
}

/** One connection, until it ends. */
async function connect(
  url: string,
  lastId: string | undefined,
  signal: AbortSignal,
  handlers: Pick<StreamHandlers, 'onOpen' | 'onEvent'> & { silence: number; onId(id: string): void },
): Promise<HttpError> {
  const silent = new AbortController()
  const giveUp = () => silent.abort()
  let timer = setTimeout(giveUp, handlers.silence)
  try {
    const headers = {
      accept: 'text/event-stream',
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    }
    const response = await request(url, { headers, signal: AbortSignal.any([signal, silent.signal]) })
    handlers.onOpen()
    const parse = createParser(handlers.onEvent, handlers.onId)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      clearTimeout(timer)
      timer = setTimeout(giveUp, handlers.silence)
      parse(value)
    }
    return new HttpError(0, { code: 'ended', message: 'The server ended the connection.' })
  } catch (error) {
    if (error instanceof HttpError) return error
    if (silent.signal.aborted)
      return new HttpError(0, { code: 'silent', message: 'The server says nothing.' })
    return new HttpError(0, { code: 'lost', message: 'The connection was lost.' })
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Takes text as it comes, and calls `onEvent` at the end of each event. `onId` is told where the stream is, also by a
 * block that has no data and so is no event.
 */
export function createParser(
  onEvent: (event: StreamEvent) => void,
  onId: (id: string) => void = () => {},
): (text: string) => void {
  let rest = ''
  let event: StreamEvent = { event: 'message', data: '', id: undefined }
  let data: string[] = []
  const line = (text: string) => {
    if (text === '') {
      if (event.id !== undefined) onId(event.id)
      if (data.length > 0) onEvent({ ...event, data: data.join('\n') })
      event = { event: 'message', data: '', id: undefined }
      data = []
      return
    }
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(text) ?? []
    if (name === 'data') data.push(value)
    else if (name === 'event') event.event = value
    else if (name === 'id') event.id = value
  }
  return text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const each of lines) line(each.endsWith('\r') ? each.slice(0, -1) : each)
  }
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, seconds * 1000)
  const stop = () => {
    clearTimeout(timer)
    resolve()
  }
  signal.addEventListener('abort', stop)
  // Or each pause would leave one behind, thousands a day where the server is away.
  return promise.finally(() => signal.removeEventListener('abort', stop))
}
