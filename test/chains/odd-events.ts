// Events that nobody would send, and what is no event at all.
import { encode } from '@msgpack/msgpack'
import type { Random } from '../faults/random.ts'

const KEYS = [
  ...['type', 'time', 'app', 'data', 'account', 'amount', 'visitor', '@meta', '@timestamp', 'message', 'id'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    ' ',
    '.',
    '..',
    'a/b',
    'a\u0000b',
    '\ud800',
  ],
  ...['{account}', '%2F', '*', 'ключ', '😀', '0', '-1', 'then', 'length'],
]

/** As they stand in JSON. */
const NUMBERS = [
  ...['0', '-0', '1e400', '-1e400', '1e-400', '12345678901234567890', `${'9'.repeat(400)}`, '0.1', '1E5'],
  ...['9007199254740993', '1378391832', '1378391832000', '1e300', '-1', '253402300800000', '8.64e15'],
]

const TEXTS = [
  ...['', ' ', '/', '..', '.', '%', '%2F', 'a/b', '\u0000', '\n', '\r\n', '\t', '\u2028', '\ufeff', '\ufffd'],
  ...['\\ud800', '\\udc00\\ud800', '\\u0000', '😀', 'e\u0301', '\u202eabc', '<script>alert(1)</script>'],
  ...[
    '2013-09-05T14:37:12Z',
    '2013-02-30',
    '0000-01-01T00:00Z',
    '+275760-09-13T00:00:00Z',
    '1378391832',
    'NaN',
  ],
  ...['acme', 'pageview', 'x'.repeat(600), 'ü'.repeat(300), '*', 'shop.*', 'HGETALL'],
]

function oddText(random: Random): string {
  const text = random.pick(TEXTS)
  // Escapes as they are, so that half a pair is one.
  return text.startsWith('\\') ? `"${text}"` : JSON.stringify(text)
}

function oddValue(random: Random, depth = 0): string {
  const kind = random.between(0, depth > 4 ? 3 : 6)
  if (kind === 0) return random.pick(['true', 'false', 'null'])
  if (kind <= 2) return oddText(random)
  if (kind === 3) return random.pick(NUMBERS)
  if (kind === 4) return oddObject(random, depth + 1)
  if (kind === 5) return `[${many(random, () => oddValue(random, depth + 1))}]`
  const deep = random.between(1, 3_000)
  return random.pick([
    '['.repeat(deep) + ']'.repeat(deep),
    `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
    '['.repeat(deep),
  ])
}

function many(random: Random, one: () => string): string {
  return Array.from({ length: random.between(0, 5) }, one).join()
}

/** JSON, mostly. */
export function oddObject(random: Random, depth = 0): string {
  return `{${many(random, () => `${JSON.stringify(random.pick(KEYS))}:${oddValue(random, depth)}`)}}`
}

/** An event whose every place that is looked at may hold anything. */
export function oddEvent(random: Random): string {
  const value = () => (random.next() < 0.4 ? oddText(random) : oddValue(random, 3))
  const data = `{"account":${value()},"amount":${value()},"visitor":${value()}}`
  return `{"type":${value()},"time":${value()},"data":${random.next() < 0.8 ? data : value()}}`
}

/** Bytes of which some are wrong. */
function damaged(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text)
  for (let n = random.between(0, 3); n > 0 && bytes.length > 0; n--)
    bytes[random.between(0, bytes.length - 1)] = random.pick([0, 0xff, 0xc0, 0x80, 0x22, 0x7b, 0x0a, 0xed])
  return bytes
}

function packed(random: Random): Buffer {
  const value = { type: random.pick(TEXTS), data: { account: random.pick(TEXTS), [random.pick(KEYS)]: 1n } }
  const whole = Buffer.from(encode(value, { useBigInt64: true }))
  return random.next() < 0.5 ? whole : whole.subarray(0, random.between(1, whole.length))
}

/** What somebody may send in one piece, of at most 64 KB. */
export function oddBytes(random: Random): Buffer {
  return bytesOf(random).subarray(0, 65_000)
}

function bytesOf(random: Random): Buffer {
  const kind = random.between(0, 6)
  if (kind === 0) return packed(random)
  if (kind === 1) return damaged(random, oddEvent(random))
  if (kind === 2) return Buffer.from(`{"type":"big","data":{"account":"${'x'.repeat(65_000)}"}}`)
  if (kind === 3) return Buffer.from(many(random, () => oddEvent(random)).replaceAll('},{', '}\n{'))
  return Buffer.from(oddEvent(random))
}
