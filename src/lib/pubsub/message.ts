// An event as a message of ZeroMQ: with its topic before it in one frame, or in a frame of its own.
import { isUtf8 } from 'node:buffer'
import { decodeOne } from '../msgpack/decode.ts'
import { eachValue, type Value } from '../msgpack/each-value.ts'
import { MsgpackFault } from '../msgpack/fault.ts'
import { looksLikeMsgpack } from '../msgpack/looks-like.ts'
import { adopt, jsonRecord, oversize, type Read, type Reader, textRecord } from '../reader.ts'
import type { Fields, LogRecord } from '../record.ts'

const SPACE = 0x20
const OBJECT = 0x7b
/** Bytes of a topic that are kept: it may be anything. */
const MOST_TOPIC = 1024
/** Values of a message: a record of one byte takes as much time as any, and with millions of them all else would wait for seconds. */
const MOST_VALUES = 100_000
const TOO_MANY = `a message may hold ${MOST_VALUES} values; these are behind them: send smaller ones`

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
  if (others.length > 0) return { topic: first.toString(), payloads: others }
  const end = first.indexOf(SPACE)
  if (end < 0 || looksLikeMsgpack(first) || (first[0] === OBJECT && isJson(first)))
    return { topic: undefined, payloads: [first] }
  return { topic: first.toString('utf8', 0, end), payloads: [first.subarray(end + 1)] }
}

/** Of a topic, what records keep of it. */
export function shortTopic(topic: string | undefined): string | undefined {
  if (topic === undefined || topic.length <= MOST_TOPIC) return topic
  return Buffer.from(topic).toString('utf8', 0, MOST_TOPIC)
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

/** Reads what one message holds: values of MessagePack, a JSON object, or else a text. Nothing of it is left out. */
export function readPayload(payload: Buffer, reader: Reader, topic?: string): Read {
  const read: Read = { records: [], refused: [] }
  if (looksLikeMsgpack(payload)) readValues(payload, reader, topic, read)
  else add(textOrJson(payload, reader, topic), payload, reader, read)
  return read
}

/** From the first that is no record on, all is one text: it may have been one from the beginning. */
function readValues(payload: Buffer, reader: Reader, topic: string | undefined, into: Read): void {
  let count = 0
  for (const value of eachValue(payload)) {
    const rest = payload.subarray(value.start)
    if (++count > MOST_VALUES) {
      const record = withTopic(textRecord(rest.toString(), rest, reader), topic)
      into.refused.push({ record, reason: 'too-many', detail: TOO_MANY })
      return
    }
    const fields = fieldsOf(payload, value)
    if (!fields) {
      reader.count('notMsgpack')
      add(textOrJson(rest, reader, topic), rest, reader, into)
      return
    }
    add(named(fields, reader, topic), payload.subarray(value.start, value.end), reader, into)
  }
}

function fieldsOf(bytes: Buffer, { start, end, fault }: Value): Fields | undefined {
  if (fault) return undefined
  try {
    return decodeOne(bytes, start, end)
  } catch (error) {
    if (error instanceof MsgpackFault) return undefined
    throw error
  }
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

/** @param bytes those that it came as */
function add(record: LogRecord, bytes: Buffer, { maxRecord }: Reader, into: Read): void {
  const detail = oversize(bytes, maxRecord)
  if (detail === undefined) into.records.push(record)
  else into.refused.push({ record, reason: 'oversize', detail })
}
