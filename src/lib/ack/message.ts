import { addReceipt, type Outcome, type Receipt } from '../engine/receipt.ts'
import { isObject } from '../record.ts'

// The messages of the acknowledged pipe, as docs/protocol.md states them: a control object on the first line of a
// frame, and in a batch records on the others.

export const VERSION = 1

/** A batch counts as so many bytes of credit at least: tiny ones cost memory too. */
const LEAST_COST = 1024
/** Longest first line that is read. */
export const MOST_CONTROL = 2 ** 20
/** Acknowledgements in one message, and the bytes of their receipts. */
const MOST_ACKS = 1000
const MOST_RECEIPTS = MOST_CONTROL / 2
/** What a frame may have beside its records: room for `{"batch":…,"at":…}` and its LF. */
export const CONTROL_ROOM = 128

const LF = 0x0a
const NAME = /^[A-Za-z0-9_-]{1,64}$/
const DROPPED = /^dropped:./s
const OUTCOMES: ReadonlySet<string> = new Set<Outcome>([
  'stored',
  'spooled',
  'sent',
  'duplicate',
  'dead',
  'merged',
])

/** What was said of a batch: its number, and what became of its records where they were not all stored. */
export interface Acknowledgement {
  number: number
  receipt?: Receipt
}

/** Who dials: the name of its line, the same when it dials again, and on a link with keys its own one, with the proof that it is. */
export interface Dialler {
  line: string
  key?: string
  proof?: string
}

/** What a producer or a consumer says of itself. */
export type Hello = Partial<Dialler> &
  ({ role: 'push'; sender: string; from: number } | { role: 'pull'; credit: number; max: number })

export type Message =
  | ({ type: 'hello' } & Hello)
  | { type: 'batch'; number: number; at?: number; records: Buffer }
  | { type: 'alive'; from: number }
  | { type: 'ack'; acks: Acknowledgement[]; credit?: number }
  | { type: 'reset'; why: string }
  | { type: 'bye' }
  /** Of a later version: to be ignored. */
  | { type: 'unknown' }

/** What a peer sent is no message of this protocol. */
export class NotTheProtocol extends Error {}

/** Credit that a frame of so many bytes takes. */
export function costOf(frameBytes: number): number {
  return Math.max(frameBytes, LEAST_COST)
}

export function encodeHello(hello: Hello): Buffer {
  return control({ hello: VERSION, ...hello })
}

/** @param at when the batch was made, epoch milliseconds */
export function encodeBatch(number: number, at: number, records: Buffer): Buffer {
  return Buffer.concat([control({ batch: number, at }), records])
}

export function encodeAlive(from: number): Buffer {
  return control({ alive: true, from })
}

/** Takes as many off the front of `acks`, which is changed, as go into one message: at least one, if there is one. */
export function takeAcks(acks: Acknowledgement[]): Acknowledgement[] {
  let [count, bytes] = [0, 0]
  for (const { receipt } of acks) {
    bytes += receipt ? Buffer.byteLength(JSON.stringify(receipt)) : 0
    if (count === MOST_ACKS || (count > 0 && bytes > MOST_RECEIPTS)) break
    count++
  }
  const taken = acks.splice(0, count)
  return count === 1 && bytes > MOST_RECEIPTS ? taken.map(withoutReasons) : taken
}

/** A filter may name as many reasons as there are records, and long ones. */
function withoutReasons({ number, receipt }: Acknowledgement): Acknowledgement {
  const short: Receipt = {}
  for (const [what, count] of Object.entries(receipt!))
    addReceipt(short, { [DROPPED.test(what) ? 'dropped:various' : what]: count })
  return { number, receipt: short }
}

export function encodeAck(acks: readonly Acknowledgement[], credit: number): Buffer {
  return control({ ack: acks.map(({ number, receipt }) => (receipt ? [number, receipt] : number)), credit })
}

export function encodeReset(why: string): Buffer {
  return control({ reset: why })
}

export function encodeBye(): Buffer {
  return control({ bye: true })
}

function control(object: object): Buffer {
  return Buffer.from(`${JSON.stringify(object)}\n`)
}

/** Reads a frame. Throws NotTheProtocol. */
export function decode(frame: Buffer): Message {
  const end = frame.indexOf(LF)
  const head = end < 0 ? frame : frame.subarray(0, end)
  const fields = readControl(head)
  if ('batch' in fields)
    return readBatch(fields, end < 0 ? frame.subarray(frame.length) : frame.subarray(end + 1))
  if ('ack' in fields) return readAck(fields)
  if ('alive' in fields) return { type: 'alive', from: readNumber(fields, 'from') }
  if ('hello' in fields) return readHello(fields)
  if ('reset' in fields) return { type: 'reset', why: shortText(fields.reset) }
  if ('bye' in fields) return { type: 'bye' }
  return { type: 'unknown' }
}

function readControl(head: Buffer): { [key: string]: unknown } {
  if (head.length > MOST_CONTROL) throw new NotTheProtocol('the first line has more than 1 MiB')
  let fields: unknown
  try {
    fields = JSON.parse(head.toString())
  } catch {
    throw new NotTheProtocol('the first line is not JSON')
  }
  if (!isObject(fields)) throw new NotTheProtocol('the first line is not a JSON object')
  return fields
}

function readHello(fields: { [key: string]: unknown }): Message {
  const { hello, role, sender, line } = fields
  if (hello !== VERSION) throw new NotTheProtocol(`version ${shortText(hello)}; this is ${VERSION}`)
  const common = {
    type: 'hello',
    ...(line !== undefined && { line: readName(line, 'a line') }),
    ...readProof(fields),
  } as const
  if (role === 'pull') {
    return {
      ...common,
      role,
      credit: readNumber(fields, 'credit', 0),
      max: readNumber(fields, 'max', LEAST_COST),
    }
  }
  if (role !== 'push') throw new NotTheProtocol('a role is "push" or "pull"')
  return { ...common, role, sender: readName(sender, 'a sender'), from: readNumber(fields, 'from') }
}

/** Where there is only one of them it says nothing. */
function readProof({ key, proof }: { [key: string]: unknown }): Pick<Dialler, 'key' | 'proof'> {
  return typeof key === 'string' && typeof proof === 'string' ? { key, proof } : {}
}

/** What a stranger wrote, for people to read: an object may be nested so deep that it cannot be made a text. */
function shortText(value: unknown): string {
  return typeof value === 'object' ? typeof value : String(value).slice(0, 200)
}

function readName(value: unknown, what: string): string {
  if (typeof value === 'string' && NAME.test(value)) return value
  throw new NotTheProtocol(`${what} is 1 to 64 of A-Z a-z 0-9 _ -`)
}

function readBatch(fields: { [key: string]: unknown }, records: Buffer): Message {
  const number = readNumber(fields, 'batch')
  const { at } = fields
  // A time that is none would be refused by whatever stores it.
  const sound = typeof at === 'number' && Number.isInteger(at) && Math.abs(at) <= 8.64e15
  return { type: 'batch', number, ...(sound && { at }), records }
}

function readAck(fields: { [key: string]: unknown }): Message {
  const { ack, credit } = fields
  if (!Array.isArray(ack)) throw new NotTheProtocol('an ack is a list')
  const acks = ack.map(readAcknowledgement)
  return { type: 'ack', acks, ...(credit !== undefined && { credit: readNumber(fields, 'credit', 0) }) }
}

function readAcknowledgement(entry: unknown): Acknowledgement {
  if (isCount(entry) && entry > 0) return { number: entry }
  if (!Array.isArray(entry) || !isCount(entry[0]) || entry[0] === 0)
    throw new NotTheProtocol('an ack has numbers and [number, receipt] in it')
  const [number, receipt] = entry as [number, unknown]
  return isReceipt(receipt) ? { number, receipt } : { number }
}

function isReceipt(value: unknown): value is Receipt {
  if (!isObject(value)) return false
  return Object.entries(value).every(
    ([what, count]) => isCount(count) && (OUTCOMES.has(what) || what === 'made' || DROPPED.test(what)),
  )
}

function readNumber(fields: { [key: string]: unknown }, key: string, least = 1): number {
  const value = fields[key]
  if (!isCount(value) || value < least)
    throw new NotTheProtocol(`"${key}" is a whole number from ${least} on`)
  return value
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
