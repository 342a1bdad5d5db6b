// Crockford's base 32 in lower case: its order is the order of the characters, so ids sort by time as text.
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const PAIRS = Array.from({ length: 1024 }, (_, n) => DIGITS.charAt(n >> 5) + DIGITS.charAt(n & 31))
const PER_MILLISECOND = 1024 * 1024

/** `value` (an integer of up to 53 bits) in base 32, padded to `length` digits. */
export function base32(value: number, length: number): string {
  let text = ''
  for (let left = value, n = 0; n < length; n++) {
    text = DIGITS.charAt(left % 32) + text
    left = Math.floor(left / 32)
  }
  return text
}

/**
 * Returns a function that gives a new record id at each call: 21 characters, 9 of time (ms; that of the call, where it is not
 * given), 8 of instance (40 random bits, so that a restart within the same millisecond repeats nothing), 4 of sequence.
 * Ids of one mint only ever grow, also when the clock steps back: then time stands still until the clock has caught up.
 */
export function createMint(now: () => number = Date.now): (received?: number) => string {
  // Not a secret, only unique: V8 seeds it from the system's entropy, and node:crypto costs 1.4 MB.
  const instance = base32(Math.floor(Math.random() * 2 ** 40), 8)
  let time = 0
  let prefix = ''
  let sequence = PER_MILLISECOND
  return (clock = now()) => {
    if (clock > time || sequence === PER_MILLISECOND) {
      time = Math.max(clock, time + 1)
      prefix = base32(time, 9) + instance
      sequence = 0
    }
    const n = sequence++
    return prefix + PAIRS[n >> 10] + PAIRS[n & 1023]
  }
}
