import { inspect } from 'node:util'
import { isRawJson } from './json.ts'

/** What Sluice itself says about a record. Unknown keys are kept. */
export interface Meta {
  /** Minted once, by the source; sinks store under it, so that a repeat is recognised. */
  id: string
  /** When the record was received, epoch milliseconds. */
  received?: number
  /** Who sent it: `ip:port` or `[v6]:port`. */
  peer?: string
  /** The original bytes, base64, of a text that is not valid UTF-8. */
  bytes?: string
  /** Why it is a dead letter. */
  dead?: Dead
  /** How often it was a dead letter and was sent in again. */
  replays?: number
  /** The name of an authenticated peer; set by the receiving socket only. */
  sender?: string
  [key: string]: unknown
}

/** Why, where and when a record was refused. */
export interface Dead {
  reason: string
  detail?: string
  stage: string
  /** How often it has been refused by now. */
  attempts: number
  /** ISO 8601, UTC. */
  at: string
}

/** One record: a JSON object whose `@meta` is written first. */
export interface LogRecord {
  '@meta': Meta
  [field: string]: unknown
}

/** Fields as somebody gives them, before they are a record. */
export type Fields = { [field: string]: unknown }

const ID = /^[A-Za-z0-9_~.-]{1,120}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/
const MAX_ID = 120

/**
 * The record with the given `@meta` first. A key `@meta` among the fields is a stranger's and becomes `_meta` (or
 * `__meta`, where that is taken): honoured, somebody else's id would make a real record look like a duplicate.
 */
export function createRecord(meta: Meta, fields: Fields): LogRecord {
  if (!Object.hasOwn(fields, '@meta')) return { '@meta': meta, ...fields }
  const { '@meta': stranger, ...rest } = fields
  let name = '_meta'
  while (Object.hasOwn(rest, name)) name = `_${name}`
  return { '@meta': meta, ...rest, [name]: stranger }
}

/** Whether a link's `@meta` can be honoured: every key that Sluice reads has its type. The id may be missing. */
export function isMeta(value: unknown): value is Partial<Meta> {
  if (!isObject(value)) return false
  const { id, received, peer, bytes, dead, replays, sender } = value
  return (
    (id === undefined || (typeof id === 'string' && ID.test(id))) &&
    (received === undefined || isTime(received)) &&
    (peer === undefined || typeof peer === 'string') &&
    (bytes === undefined || (typeof bytes === 'string' && BASE64.test(bytes))) &&
    (dead === undefined || isObject(dead)) &&
    (replays === undefined || isCount(replays)) &&
    (sender === undefined || typeof sender === 'string')
  )
}

// What a Date can hold (ECMAScript, "Time Values and Time Range"): with more, toISOString throws.
const LATEST = 8.64e15

function isTime(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) <= LATEST
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** A JSON object: neither null, nor a list, nor a number kept by `JSON.rawJSON`. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJson(value)
}

/** The id of the n-th (from 0) record that a filter made out of the record `id`. The same on every re-run. */
export function splitId(id: string, n: number): string {
  return bounded(`${id}.${n}`)
}

/** The id of the record that joins `count` records, the first of which is `id`. */
export function joinId(id: string, count: number): string {
  return bounded(`${id}~${count}`)
}

/** Ids over 120 characters become a hash of themselves: still the same on a re-run. */
function bounded(id: string): string {
  if (id.length <= MAX_ID) return id
  // At the first id that needs it: node:crypto costs 1.4 MB.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(id).digest('hex')
}

/**
 * A record as bare text: its message, in the original bytes where those say the same, else all of it as JSON. (They do
 * not where a filter took something out of the message, or where a stranger made them up.)
 */
export function originalBytes(record: LogRecord): Buffer {
  const { message } = record
  const bytes = Buffer.from(record['@meta'].bytes ?? '', 'base64')
  if (bytes.length > 0 && bytes.toString() === message) return bytes
  return Buffer.from(typeof message === 'string' ? message : jsonOf(message ?? record))
}

/** Any value for a person to read: as JSON, or, where a filter made what has none (a cycle, say), described. */
export function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? inspect(value)
  } catch {
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY })
  }
}
