// To be imported late: it loads a package that hardly anybody needs.
import { decodeOne } from '../../lib/msgpack/decode.ts'
import { MsgpackFault } from '../../lib/msgpack/fault.ts'
import { endOfValue } from '../../lib/msgpack/scan.ts'
import type { Fields } from '../../lib/record.ts'
import { decodeText } from '../../lib/text/decode.ts'
import { type Bad, type Events, MOST_BAD, orAllOfIt, type Reason } from './events.ts'

/** Events of MessagePack: maps one behind the other, and lists of them. From what has no end on, everything is bad. */
export function eventsOfPacked(bytes: Buffer): Events {
  const events: Fields[] = []
  const bad: Bad[] = []
  for (let at = 0; at < bytes.length; ) {
    let end = bytes.length
    let reason: Reason = 'not-msgpack'
    try {
      end = wholeEnd(bytes, at)
      reason = 'not-object'
      for (const event of valuesAt(bytes, at, end)) events.push(event)
    } catch (error) {
      if (!(error instanceof MsgpackFault)) throw error
      if (bad.length === MOST_BAD) end = bytes.length
      bad.push({ text: decodeText(bytes, at, end), reason, detail: error.message })
    }
    at = end
  }
  return orAllOfIt({ events, bad }, () => decodeText(bytes, 0, bytes.length))
}

/** The map that is there, or the members of the list. Throws MsgpackFault where not all of it is events. */
function valuesAt(bytes: Buffer, start: number, end: number): Fields[] {
  const head = bytes[start]!
  if (!isList(head)) return [decodeOne(bytes, start, end)]
  const values: Fields[] = []
  for (let at = start + 1 + sizeBytes(head); at < end; ) {
    const to = endOfValue(bytes, at)
    values.push(decodeOne(bytes, at, to))
    at = to
  }
  return values
}

/** Throws MsgpackFault. */
function wholeEnd(bytes: Buffer, start: number): number {
  const end = endOfValue(bytes, start)
  if (end > bytes.length) throw new MsgpackFault(start, 'the value that begins here has no end')
  return end
}

function isList(head: number): boolean {
  return (head >= 0x90 && head <= 0x9f) || head === 0xdc || head === 0xdd
}

/** Bytes behind the head of a list that say how long it is. */
function sizeBytes(head: number): number {
  return head === 0xdd ? 4 : head === 0xdc ? 2 : 0
}
