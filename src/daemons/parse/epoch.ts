// Times as a number of seconds since 1970, or of parts of one.

const EPOCH = /^(\d{1,20})(?:[.,](\d{1,9})\d{0,9})?$/

/** @param places how many of the digits in front of the point are behind the one of the seconds: 3 for milliseconds */
export function readEpoch(text: string, places: number): string | undefined {
  const [, whole, behind = ''] = EPOCH.exec(text) ?? []
  if (whole === undefined) return undefined
  const digits = whole.padStart(places + 1, '0')
  const seconds = Number(digits.slice(0, digits.length - places))
  const fraction = (digits.slice(digits.length - places) + behind).slice(0, 9)
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return undefined
  return `${date.toISOString().slice(0, 19)}.${fraction.padEnd(3, '0')}Z`
}
