// Sums are exact: of 0.1 and 0.2 it is 0.3, and of a number of 19 digits none is lost.

/** Digits behind the point that are kept. */
const DECIMALS = 18
/** Digits in front of it: what is longer is no amount of anything. */
const MOST_DIGITS = 30

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i

/** A number as it is written, times 10^18; further digits are rounded. Undefined for what is no number. */
export function parseDecimal(text: string): bigint | undefined {
  const [, sign, padded = '', fraction = '', exponent = '0'] = NUMBER.exec(text.trim()) ?? []
  if (padded + fraction === '') return undefined
  const whole = padded.replace(/^0+/, '')
  const digits = whole + fraction
  // Where the point is, counted from the left.
  const point = whole.length + Number(exponent)
  if (point > MOST_DIGITS && /[1-9]/.test(digits)) return undefined
  const end = point + DECIMALS
  const kept = end <= 0 ? '0' : digits.slice(0, end).padEnd(Math.min(end, MOST_DIGITS + DECIMALS), '0')
  const up = end >= 0 && (digits[end] ?? '0') >= '5' ? 1n : 0n
  const value = BigInt(kept) + up
  return sign === '-' ? -value : value
}

const STORED = /^(-?)(\d+)(?:\.(\d{1,18}))?$/

/** What `formatDecimal` has made, of any length: sums grow longer than what is added. Undefined for what is none. */
export function readDecimal(text: string): bigint | undefined {
  const [, sign, whole, fraction = ''] = STORED.exec(text) ?? []
  if (whole === undefined) return undefined
  const value = BigInt(whole + fraction.padEnd(DECIMALS, '0'))
  return sign === '-' ? -value : value
}

const ONE = 10n ** BigInt(DECIMALS)

/** The shortest text of a number times 10^18. */
export function formatDecimal(value: bigint): string {
  const size = value < 0n ? -value : value
  const fraction = (size % ONE).toString().padStart(DECIMALS, '0').replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${size / ONE}${fraction && `.${fraction}`}`
}
