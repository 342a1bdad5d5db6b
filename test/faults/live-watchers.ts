// Those who watch a hub, as its page does, in a process of their own, so that it can be on another host: node live-watchers.ts ADDRESS
// TOKEN WEBSOCKETS STREAMS. Asked, it says what each of them has got.
import { follow } from '../../src/web/lib/event-stream.ts'
import { followEvents } from '../../src/web/live/follow-events.ts'

/** What one of them has got. */
export interface Got {
  kind: 'WebSocket' | 'stream'
  opened: number
  lost: number
  /** Events, by their numbers: how many, the first and the last one, and how many were not behind those before them. */
  events: number
  first: number
  last: number
  unordered: number
  missed: number
  /** How often it was told that nobody knows how many it missed. */
  unknown: number
}

const [address = '', token = '', sockets = '0', streams = '0'] = process.argv.slice(2)
if (address) {
  // Who pauses by chance pauses the least, so that the test is over soon.
  Math.random = () => 0
  bring({ authorization: `Bearer ${token}` })
  const all = [
    ...Array.from({ length: Number(sockets) }, watchSocket),
    ...Array.from({ length: Number(streams) }, watchStream),
  ]
  process.on('message', () => process.send!(all))
  process.on('disconnect', () => process.exit())
}

/** A page brings what it was given at its login; this is a program, with a token. */
function bring(headers: { [name: string]: string }): void {
  const { fetch, WebSocket } = globalThis
  Object.assign(globalThis, {
    location: new URL(address),
    fetch: (url: string, init: RequestInit) =>
      fetch(url, { ...init, headers: { ...init.headers, ...headers } }),
    WebSocket: class extends WebSocket {
      constructor(url: URL) {
        super(url, { headers } as unknown as string)
      }
    },
  })
}

function watchSocket(): Got {
  const got = nothing('WebSocket')
  followEvents('events', new AbortController().signal, {
    onOpen: () => got.opened++,
    onLost: () => got.lost++,
    onEvent: event => add(got, event.n),
    onMissed: count => miss(got, count),
  })
  return got
}

function watchStream(): Got {
  const got = nothing('stream')
  void follow(new URL('events', address).href, new AbortController().signal, {
    onOpen: () => got.opened++,
    onLost: () => got.lost++,
    onEvent: ({ event, data }) => {
      const told = JSON.parse(data)
      if (event === 'missed') miss(got, told.records)
      else if (event === 'message') add(got, told.n)
    },
  })
  return got
}

function nothing(kind: Got['kind']): Got {
  const counts = { events: 0, first: -1, last: -1, unordered: 0, missed: 0, unknown: 0 }
  return { kind, opened: 0, lost: 0, ...counts }
}

function add(got: Got, number: unknown): void {
  if (got.events++ === 0) got.first = number as number
  else if ((number as number) <= got.last) got.unordered++
  got.last = number as number
}

function miss(got: Got, count: number | null): void {
  if (count === null) got.unknown++
  else got.missed += count
}
