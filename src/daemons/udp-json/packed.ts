// To be imported late: it loads a package that hardly anybody needs.
import { decodeOne } from '../../lib/msgpack/decode.ts'
import { eachValue, type Value } from '../../lib/msgpack/each-value.ts'
import { MsgpackFault } from '../../lib/msgpack/fault.ts'
import type { Fields } from '../../lib/record.ts'
import { decodeText } from '../../lib/text/decode.ts'
import { type Bad, type Events, MOST_BAD, orAllOfIt, type Reason } from './events.ts'

/** Events of MessagePack: maps one behind the other, and lists of them. From what has no end on, everything is bad. */
export function eventsOfPacked(bytes: Buffer): Events {
  const events: Fields[] = []
  const bad: Bad[] = []
  for (const value of eachValue(bytes)) {
    try {
      for (const event of eventsAt(bytes, value)) events.push(event)
    } catch (error) {
      if (!(error instanceof MsgpackFault)) throw error
      const isRest = bad.length === MOST_BAD
      const reason: Reason = value.fault ? 'not-msgpack' : 'not-object'
      const text = decodeText(bytes, value.start, isRest ? bytes.length : value.end)
      bad.push({ text, reason, detail: error.message })
      if (isRest) break
    }
  }
  return orAllOfIt({ events, bad }, () => decodeText(bytes, 0, bytes.length))
}

/** The map that is there, or the members of the list. Throws MsgpackFault where not all of it is events. */
function eventsAt(bytes: Buffer, { start, end, fault }: Value): Fields[] {
  if (fault) throw fault
  const head = bytes[start]!
  if (!isList(head)) return [decodeOne(bytes, start, end)]
  const events: Fields[] = []
  const first = start + 1 + sizeBytes(head)
  for (const member of eachValue(bytes, first, end)) events.push(decodeOne(bytes, member.start, member.end))
  return events
}

function isList(head: number): boolean {
  return (head >= 0x90 && head <= 0x9f) || head === 0xdc || head === 0xdd
}

/** Bytes behind the head of a list that say how long it is. */
function sizeBytes(head: number): number {
  return head === 0xdd ? 4 : head === 0xdc ? 2 : 0
}
