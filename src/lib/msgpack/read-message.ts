import { isUtf8 } from 'node:buffer'
import { adopt, enter, jsonRecord, type Read, type Reader, textRecord } from '../reader.ts'
import type { Fields, LogRecord } from '../record.ts'
import { fieldsAt } from './decode.ts'
import { eachValue } from './each-value.ts'
import { looksLikeMsgpack } from './looks-like.ts'

/** Values of a message: a record of one byte takes as much time as any, and with millions of them all else would wait for seconds. */
const MOST_VALUES = 100_000
const TOO_MANY = `a message may hold ${MOST_VALUES} values; these are behind them: send smaller ones`

/** Reads what one message holds, frame by frame: values of MessagePack, a JSON object, or else a text. Nothing of it is left out. */
export function readMessage(frames: readonly Buffer[], reader: Reader, topic?: string): Read {
  const read: Read = { records: [], refused: [] }
  for (const [n, frame] of frames.entries()) {
    if (isFull(read)) {
      refuseRest(Buffer.concat(frames.slice(n)), reader, topic, read)
      break
    }
    if (looksLikeMsgpack(frame)) readValues(frame, reader, topic, read)
    else enter(textOrJson(frame, reader, topic), frame, reader, read)
  }
  return read
}

function isFull({ records, refused }: Read): boolean {
  return records.length + refused.length >= MOST_VALUES
}

function refuseRest(rest: Buffer, reader: Reader, topic: string | undefined, into: Read): void {
  const record = withTopic(textRecord(rest.toString(), rest, reader), topic)
  into.refused.push({ record, reason: 'too-many', detail: TOO_MANY })
}

/** From the first that is no record on, all is one text: it may have been one from the beginning. */
function readValues(payload: Buffer, reader: Reader, topic: string | undefined, into: Read): void {
  for (const value of eachValue(payload)) {
    const rest = payload.subarray(value.start)
    if (isFull(into)) {
      refuseRest(rest, reader, topic, into)
      return
    }
    const fields = fieldsAt(payload, value)
    if (!fields) {
      reader.count('notMsgpack')
      enter(textOrJson(rest, reader, topic), rest, reader, into)
      return
    }
    enter(named(fields, reader, topic), payload.subarray(value.start, value.end), reader, into)
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
