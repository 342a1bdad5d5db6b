// Who sent a record, as the link knows by its keys: `@meta.sender`. What comes over a link with keys says it truly or not at all.
import { startsWithId } from './own-lines.ts'
import type { Read } from './reader.ts'
import type { LogRecord } from './record.ts'

/** Whom a link has in front of it. */
export interface Sender {
  /** Undefined where it may be one of several. */
  name: string | undefined
  /** It speaks for others: what its records say of who sent them stays. */
  relay: boolean
  /** By which it came in, where it has shown that it is its own. */
  key?: string
}

const [LF, QUOTE, BACKSLASH] = [0x0a, 0x22, 0x5c]
const [OPEN_LIST, OPEN, CLOSE] = [0x5b, 0x7b, 0x7d]
/** Where the members of `@meta` begin. */
const META = '{"@meta":{'.length
const KEY = Buffer.from('sender"')

/**
 * NDJSON with the sender in each line: the very bytes where they say it already. Undefined where that is not to be seen without
 * reading a line as JSON: then `signRecords` does it.
 */
export function signLines(bytes: Buffer, { name, relay }: Sender): Buffer | undefined {
  const addition = name === undefined ? undefined : Buffer.from(`,"sender":"${name}"`)
  /** Where it is to be added. */
  const places: number[] = []
  for (let start = 0; start < bytes.length; ) {
    const meta = startsWithId(bytes, start) ? lookAt(bytes, start + META) : undefined
    if (!meta || (meta.saysSender && !relay)) return undefined
    if (addition && !meta.saysSender) places.push(meta.end)
    start = bytes.indexOf(LF, meta.end) + 1
  }
  return addition && places.length > 0 ? inserted(bytes, addition, places) : bytes
}

/** The same for records that were read. */
export function signRecords(read: Read, sender: Sender): Read {
  for (const record of read.records) sign(record, sender)
  for (const { record } of read.refused) sign(record, sender)
  return read
}

function sign({ '@meta': meta }: LogRecord, { name, relay }: Sender): void {
  if (relay && meta.sender !== undefined) return
  if (name !== undefined) meta.sender = name
  else delete meta.sender
}

/** Where the members end, and whether one of them may be the sender. Undefined where they are more than plain values. */
function lookAt(bytes: Buffer, start: number): { end: number; saysSender: boolean } | undefined {
  let inText = false
  let saysSender = false
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      inText = !inText
      if (inText && startsWith(bytes, at + 1, KEY)) saysSender = true
    } else if (byte === BACKSLASH || byte === LF) return undefined
    else if (!inText && byte === CLOSE) return { end: at, saysSender }
    else if (!inText && (byte === OPEN || byte === OPEN_LIST)) return undefined
  }
  return undefined
}

function startsWith(bytes: Buffer, start: number, text: Buffer): boolean {
  for (let n = 0; n < text.length; n++) if (bytes[start + n] !== text[n]) return false
  return true
}

function inserted(bytes: Buffer, addition: Buffer, places: readonly number[]): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes.length + places.length * addition.length)
  let [from, to] = [0, 0]
  for (const place of places) {
    to += bytes.copy(whole, to, from, place)
    to += addition.copy(whole, to)
    from = place
  }
  bytes.copy(whole, to, from)
  return whole
}
