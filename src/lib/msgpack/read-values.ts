import { adopt, enter, type Read, type Reader, readLines, textRecord } from '../reader.ts'
import { fieldsAt } from './decode.ts'
import { valueAt } from './each-value.ts'
import { MsgpackFault } from './fault.ts'
import { looksLikeMsgpack } from './looks-like.ts'
import { endOfValue } from './scan.ts'

const LF = 0x0a
const LINE_END = Buffer.from([LF])

/** What a stream holds up to where it is cut. */
export interface Cut {
  read: Read
  /** Where the rest begins, which is not whole. */
  end: number
  /** Bytes that the rest has at least when it is whole. */
  least: number
}

/**
 * Reads values of MessagePack that stand one behind the other, and lines between them where there are any. A value that is no record,
 * and what is no MessagePack up to the end of its line, is a text with its bytes: nothing is left out.
 * @param most bytes of the rest: more are read as they are
 */
export function readValues(bytes: Buffer, reader: Reader, isLast: boolean, most: number): Cut {
  const read: Read = { records: [], refused: [] }
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.subarray(at)
    const end = at + (looksLikeMsgpack(rest) ? lengthOfValue(rest) : lengthOfLine(rest))
    if (end > bytes.length && !isLast && end - at <= most) return { read, end: at, least: end - at }
    const piece = bytes.subarray(at, end)
    readPiece(piece, end <= bytes.length, reader, read)
    at += piece.length
  }
  return { read, end: bytes.length, least: 1 }
}

/** Of what goes wrong, to the end of its line: where the next value begins is not known. */
function lengthOfValue(rest: Buffer): number {
  try {
    return endOfValue(rest, 0)
  } catch (error) {
    if (error instanceof MsgpackFault) return lengthOfLine(rest)
    throw error
  }
}

function lengthOfLine(rest: Buffer): number {
  const end = rest.indexOf(LF)
  return end < 0 ? rest.length + 1 : end + 1
}

function readPiece(piece: Buffer, isWhole: boolean, reader: Reader, into: Read): void {
  if (!looksLikeMsgpack(piece)) {
    const { records, refused } = readLines(
      piece.at(-1) === LF ? piece : Buffer.concat([piece, LINE_END]),
      reader,
    )
    into.records.push(...records)
    into.refused.push(...refused)
    return
  }
  const fields = isWhole ? fieldsAt(piece, valueAt(piece, 0, piece.length)) : undefined
  if (!fields) reader.count('notMsgpack')
  const record = fields ? adopt(fields, reader) : textRecord(piece.toString(), piece, reader)
  enter(record, piece, reader, into)
}
