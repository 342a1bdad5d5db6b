import { isUtf8 } from 'node:buffer'
import { parseJson } from '../../lib/json.ts'
import { oversize } from '../../lib/reader.ts'
import { createRecord, type Dead, isMeta, isObject, type LogRecord, type Meta } from '../../lib/record.ts'

/** Which dead letters are sent in again. */
export interface Wanted {
  /** Of these reasons; none: of any. */
  reason: readonly string[]
  /** Refused by these stages; none: by any. */
  stage: readonly string[]
  /** Not those that were refused so often, or more often; 0: however often. */
  attempts: number
  /** Bytes of the largest record that can be sent. */
  maxRecord: number
}

/** Why a line of the file stays in it. */
export type Kept = 'not readable' | 'not asked for' | 'refused too often' | 'too large'

export interface Letter {
  dead: Dead
  meta: Meta
  fields: { [field: string]: unknown }
}

/** What a line of the file says. Undefined for what is no dead letter: a write that was cut off, say. */
export function readLetter(line: Buffer): Letter | undefined {
  // Decoded, other bytes would become others.
  if (!isUtf8(line)) return undefined
  let value: unknown
  try {
    value = parseJson(line.toString())
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { '@meta': stated, ...fields } = value
  if (!isMeta(stated) || stated.id === undefined || !isObject(stated.dead)) return undefined
  const { dead, ...meta } = stated
  return typeof dead.reason === 'string' ? { dead: dead as Dead, meta: meta as Meta, fields } : undefined
}

/** The record of a line, to be sent in again as it was, or why it stays. Undefined for a line without anything. */
export function choose(
  line: Buffer,
  { reason, stage, attempts, maxRecord }: Wanted,
): LogRecord | Kept | undefined {
  if (line.length <= 2 && line.toString('latin1').trim() === '') return undefined
  const letter = readLetter(line)
  if (!letter) return 'not readable'
  const { dead, meta, fields } = letter
  if (reason.length > 0 && !reason.includes(dead.reason)) return 'not asked for'
  if (stage.length > 0 && !stage.includes(dead.stage)) return 'not asked for'
  if (attempts > 0 && refusals(dead) >= attempts) return 'refused too often'
  const record = createRecord({ ...meta, replays: (meta.replays ?? 0) + 1 }, fields)
  // A letter is longer than its record, so this is seldom to be looked at.
  if (line.length > maxRecord && oversize(JSON.stringify(record), maxRecord) !== undefined) return 'too large'
  return record
}

function refusals({ attempts }: Dead): number {
  return Number.isSafeInteger(attempts) ? attempts : 1
}
