// Events as the server tells them (docs/live-api.md).
import type { StreamEvent } from '../lib/event-stream.ts'
import { parseExact } from '../lib/http.ts'
import type { Fields } from '../lib/record-fields.ts'
import { type FollowHandlers, followEither } from './following.ts'

interface EventHandlers {
  onEvent(event: Fields): void
  /** So many were left out; null: nobody knows how many. */
  onMissed(count: number | null): void
}

/** The server says something every 20 s at least. */
const SILENCE = 30_000

/** Follows the events at an address until `signal` is aborted. */
export function followEvents(
  address: string,
  signal: AbortSignal,
  handlers: EventHandlers & Pick<FollowHandlers, 'onOpen' | 'onLost'>,
): void {
  followEither(address, signal, {
    silence: SILENCE,
    onOpen: handlers.onOpen,
    onMessage: text => takeMessage(text, handlers),
    onEvent: event => takeEvent(event, handlers),
    onLost: handlers.onLost,
  })
}

/** A message of a WebSocket: events, one a line. */
function takeMessage(text: string, { onEvent, onMissed }: EventHandlers): void {
  for (const line of text.split('\n')) {
    if (line === '') continue
    const event = parseExact(line) as Fields & { '@meta'?: { missed?: number | null; beat?: number } }
    const { missed, beat } = event['@meta'] ?? {}
    // An event has more than this.
    const isWord = Object.keys(event).length === 1
    if (isWord && missed !== undefined) onMissed(missed)
    else if (!isWord || beat === undefined) onEvent(event)
  }
}

function takeEvent({ event, data }: StreamEvent, { onEvent, onMissed }: EventHandlers): void {
  if (event === 'message') onEvent(parseExact(data) as Fields)
  else if (event === 'missed') onMissed((JSON.parse(data) as { records: number | null }).records)
}
