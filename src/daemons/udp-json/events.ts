import { parseValues } from '../../lib/json-values.ts'
import { type Fields, isObject } from '../../lib/record.ts'
import { decodeText, type Text } from '../../lib/text/decode.ts'

/** Why something is no event. */
export type Reason = 'not-json' | 'not-utf8' | 'not-object' | 'not-msgpack'

/** A part of a datagram that is no event, with its bytes. */
export interface Bad {
  text: Text
  reason: Reason
  detail?: string
}

/** What is in a datagram, in its order; what is bad, beside it. */
export interface Events {
  events: readonly Fields[]
  bad: readonly Bad[]
}

/**
 * So many bad parts of a datagram stand alone; from the next one on, all the rest is one. Else two bytes each, of which a datagram holds
 * 32,000, would be a dead letter, and nobody else be heard for seconds.
 */
export const MOST_BAD = 16

const LF = 0x0a
const NONE: readonly never[] = []
const NOTHING: Events = { events: NONE, bad: NONE }

/**
 * The events of a text: JSON of any layout, or a value a line, of which the bad ones do not keep the others back. A list is as many
 * events as it has members. Where nothing is an event, all of it is one bad part, as it came.
 */
export function eventsOfText(memory: Buffer, start: number, end: number): Events {
  const text = decodeText(memory, start, end)
  const at = text.message.indexOf('\n')
  const isOneLine = at < 0 || at === text.message.length - 1
  if (isOneLine) return eventsOf(text)
  const lines = eventsOfLines(memory, start, end)
  if (lines.bad.length === 0) return lines
  // Not a value a line, but one over several lines?
  const whole = eventsOf(text)
  if (whole.bad.length === 0) return whole
  return orAllOfIt(lines, () => text)
}

/** Where nothing of several parts is an event, all of it is one bad part: pieces of it would say nothing. */
export function orAllOfIt(parts: Events, all: () => Text): Events {
  const { events, bad } = parts
  return events.length > 0 || bad.length === 0 ? parts : { events, bad: [{ ...bad[0]!, text: all() }] }
}

function eventsOfLines(memory: Buffer, start: number, end: number): Events {
  const events: Fields[] = []
  const bad: Bad[] = []
  for (let from = start; from < end; ) {
    const found = memory.indexOf(LF, from)
    const to = found < 0 || found > end ? end : found
    const line = eventsOf(decodeText(memory, from, to))
    for (const event of line.events) events.push(event)
    for (const one of line.bad) {
      if (bad.length < MOST_BAD) bad.push(one)
      else return { events, bad: [...bad, { ...one, text: decodeText(memory, from, end) }] }
    }
    from = to + 1
  }
  return { events, bad }
}

function eventsOf(text: Text): Events {
  if (text.bytes !== undefined) return refuse(text, 'not-utf8')
  // Some programs begin UTF-8 with a mark.
  const json = text.message.charCodeAt(0) === 0xfeff ? text.message.slice(1) : text.message
  let values: unknown[]
  try {
    values = parseValues(json)
  } catch (error) {
    return /\S/.test(json) ? refuse(text, 'not-json', (error as Error).message) : NOTHING
  }
  return values.every(isObject) ? { events: values, bad: NONE } : refuse(text, 'not-object')
}

function refuse(text: Text, reason: Reason, detail?: string): Events {
  return { events: NONE, bad: [detail === undefined ? { text, reason } : { text, reason, detail }] }
}
