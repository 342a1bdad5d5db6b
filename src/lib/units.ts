// Sizes and times as people write them: `64KiB`, `8MiB`, `5s`, `1.5h`.

// Maps, because an object also has what it inherits: "1constructor" would be a size.
const SIZES: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
])

const TIMES: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

// Anchored at both ends: an unanchored one reads "500ms" as 500 minutes.
const QUANTITY = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i

/** `64KiB`, `1GB` or plain bytes to a number of bytes. Throws RangeError that names the units. */
export function parseBytes(text: string): number {
  const [, amount, unit = ''] = QUANTITY.exec(text) ?? []
  const factor = SIZES.get(unit.toLowerCase() || 'b')
  if (amount === undefined || factor === undefined) {
    throw new RangeError(`"${text}" is not a size; write for example 512KiB, 8MiB or 1GiB`)
  }
  return Math.round(Number(amount) * factor)
}

/** `500ms`, `5s`, `1h` to milliseconds. A bare number is refused, except 0: nobody agrees on its unit. */
export function parseDuration(text: string): number {
  const [, amount, unit = ''] = QUANTITY.exec(text) ?? []
  const factor = amount === '0' && unit === '' ? 1 : TIMES.get(unit.toLowerCase())
  if (amount === undefined || factor === undefined) {
    throw new RangeError(`"${text}" is not a time; write for example 500ms, 5s, 10m or 1h`)
  }
  return Number(amount) * factor
}

/** Bytes as a person reads them: the largest binary unit, one decimal at most. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${Number(value.toFixed(1))}${units[unit]}`
}
