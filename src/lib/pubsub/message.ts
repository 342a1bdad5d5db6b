// An event as a message of ZeroMQ: with its topic before it in one frame, or in a frame of its own.
import { isUtf8 } from 'node:buffer'
import { decodeAll } from '../msgpack/decode.ts'
import { looksLikeMsgpack } from '../msgpack/looks-like.ts'
import { adopt, jsonRecord, oversize, type Read, type Reader, textRecord } from '../reader.ts'
import type { Fields, LogRecord } from '../record.ts'

const SPACE = 0x20
const OBJECT = 0x7b
/** Bytes of a topic that are looked at: it may be anything. */
const MOST_TOPIC = 1024

/** The parts of a message: what it is about, where it says so, and what it holds. */
export interface Parted {
  topic: string | undefined
  payloads: readonly Buffer[]
}

/**
 * Takes a message apart, whoever sent it: frames behind the first one are events; in a single frame the topic ends at the first space.
 * One that begins as an event has no topic, and one without a space is a text.
 */
export function partMessage([first, ...others]: readonly Buffer[]): Parted {
  if (!first) return { topic: undefined, payloads: [] }
  if (others.length > 0) return { topic: first.toString('utf8', 0, MOST_TOPIC), payloads: others }
  const end = first.indexOf(SPACE)
  if (end < 0 || looksLikeMsgpack(first) || (first[0] === OBJECT && isJson(first)))
    return { topic: undefined, payloads: [first] }
  return { topic: first.toString('utf8', 0, Math.min(end, MOST_TOPIC)), payloads: [first.subarray(end + 1)] }
}

/** A topic may begin with a brace too. */
function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}

/** Reads what one message holds: MessagePack, a JSON object, or else a text. Nothing of it is left out. */
export function readPayload(payload: Buffer, reader: Reader, topic?: string): Read {
  const records: LogRecord[] = []
  let rest = payload
  if (looksLikeMsgpack(payload)) {
    const { values, fault } = decodeAll(payload)
    for (const fields of values) records.push(named(fields, reader, topic))
    if (!fault) return sized(records, payload, reader)
    reader.count('notMsgpack')
    rest = payload.subarray(fault.at)
  }
  records.push(textOrJson(rest, reader, topic))
  return sized(records, payload, reader)
}

function textOrJson(bytes: Buffer, reader: Reader, topic: string | undefined): LogRecord {
  const text = bytes.toString()
  const record = isUtf8(bytes) ? jsonRecord(text, reader, fields => named(fields, reader, topic)) : undefined
  return record ?? withTopic(textRecord(text, bytes, reader), topic)
}

/** A record with an id was one before: its topic is made of what it holds. */
function named(fields: Fields, reader: Reader, topic: string | undefined): LogRecord {
  const before = fields['@meta']
  const record = adopt(fields, reader)
  return record['@meta'] === before ? record : withTopic(record, topic)
}

function withTopic(record: LogRecord, topic: string | undefined): LogRecord {
  if (topic) record['@meta'].topic = topic
  return record
}

function sized(records: LogRecord[], payload: Buffer, { maxRecord }: Reader): Read {
  const detail = oversize(payload, maxRecord)
  if (detail === undefined) return { records, refused: [] }
  return { records: [], refused: records.map(record => ({ record, reason: 'oversize', detail })) }
}
