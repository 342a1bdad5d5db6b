// Crockford's base 32 in lower case: its order is the order of the characters, so ids sort by time as text.
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const PAIRS = Array.from({ length: 1024 }, (_, n) => DIGITS.charAt(n >> 5) + DIGITS.charAt(n & 31))
/** What the last four digits count up to. */
const LAST_FOUR = 1024 * 1024

/** `value` (an integer of up to 53 bits) in base 32, padded to `length` digits. */
export function base32(value: number, length: number): string {
  let text = ''
  for (let left = value, n = 0; n < length; n++) {
    text = DIGITS.charAt(left % 32) + text
    left = Math.floor(left / 32)
  }
  return text
}

/** 40 bits, in 8 digits. Not a secret, only unique: V8 seeds it from the system's entropy, and node:crypto costs 1.4 MB. */
function random(): string {
  return base32(Math.floor(Math.random() * 2 ** 40), 8)
}

/**
 * Returns a function that gives a name to each origin that is read for the first time (a file, say): 17 characters, 9 of time, 8
 * random ones. Names of one mint differ, also those of the same millisecond.
 */
export function createOriginMint(now: () => number = Date.now): () => string {
  let time = 0
  return () => {
    time = Math.max(now(), time + 1)
    return base32(time, 9) + random()
  }
}

/**
 * Returns the function that gives the id of what lies at a position of an origin (up to 2^45): 26 characters, its name and the
 * position. The same whenever it is read again, so that a sink recognises the repeat; within an origin they sort by position.
 * @param origin a name of 17 characters
 */
export function createPositionIds(origin: string): (position: number) => string {
  let prefix = ''
  let first = -1
  return position => {
    const low = position % LAST_FOUR
    if (position - low !== first) {
      first = position - low
      prefix = origin + base32(first / LAST_FOUR, 5)
    }
    return prefix + PAIRS[low >> 10] + PAIRS[low & 1023]
  }
}

/**
 * Returns a function that gives a new record id at each call: 21 characters, 9 of time (ms; that of the call, where it is not
 * given), 8 of instance (40 random bits, so that a restart within the same millisecond repeats nothing), 4 of sequence.
 * Ids of one mint only ever grow, also when the clock steps back: then time stands still until the clock has caught up.
 */
export function createMint(now: () => number = Date.now): (received?: number) => string {
  const instance = random()
  let time = 0
  let prefix = ''
  let sequence = LAST_FOUR
  return (clock = now()) => {
    if (clock > time || sequence === LAST_FOUR) {
      time = Math.max(clock, time + 1)
      prefix = base32(time, 9) + instance
      sequence = 0
    }
    const n = sequence++
    return prefix + PAIRS[n >> 10] + PAIRS[n & 1023]
  }
}
