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
  const addition = name === undefined ? undefined : `,"sender":"${name}"`
  // A character is a byte.
  const text = bytes.toString('latin1')
  /** Where it is to be added. */
  const places: number[] = []
  for (let start = 0; start < bytes.length; ) {
    const meta = metaAt(bytes, text, start)
    if (!meta || (meta.saysSender && !relay)) return undefined
    if (addition && !meta.saysSender) places.push(meta.end)
    start = text.indexOf('\n', meta.end) + 1
  }
  return addition && places.length > 0 ? inserted(text, addition, places) : bytes
}

/** Where the members of `@meta` end. */
interface MetaEnd {
  end: number
  /** Whether one of them may be the sender. */
  saysSender: boolean
}

/** Undefined where that is not to be seen. (Patterns: 65 µs for 256 lines of 280 bytes, where a loop over the bytes took 107.) */
function metaAt(bytes: Buffer, text: string, start: number): MetaEnd | undefined {
  const unsigned = endOf(UNSIGNED, text, start)
  if (unsigned >= 0) return { end: unsigned, saysSender: false }
  const signed = endOf(SIGNED, text, start)
  if (signed >= 0) return { end: signed, saysSender: true }
  return startsWithId(bytes, start) ? lookAt(bytes, start + META) : undefined
}

// As Sluice writes it.
const UNSIGNED = /\{"@meta":\{"id":"[\w~.-]+"(?:,"received":\d+)?(?:,"peer":"[^"\\\n]*")?\}/y
const SIGNED =
  /\{"@meta":\{"id":"[\w~.-]+"(?:,"received":\d+)?(?:,"peer":"[^"\\\n]*")?,"sender":"[^"\\\n]*"\}/y

/** Where the members of `@meta` end in a line that starts there and is like that; else -1. */
function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex - 1 : -1
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

/** Undefined where they are more than plain values. */
function lookAt(bytes: Buffer, start: number): MetaEnd | undefined {
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

function inserted(text: string, addition: string, places: readonly number[]): Buffer {
  let whole = ''
  let from = 0
  for (const place of places) {
    whole += text.slice(from, place) + addition
    from = place
  }
  return Buffer.from(whole + text.slice(from), 'latin1')
}
