// Medians and how they are written.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** `312,000` */
export function count(value: number): string {
  return whole.format(value)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** `312,000 (298,000 to 320,000)`: the median, the least and the most. */
export function spread(values: readonly number[], format: (value: number) => string = count): string {
  if (values.length === 0) return '-'
  return `${format(median(values))} (${format(Math.min(...values))} to ${format(Math.max(...values))})`
}

/** A formatter with so many digits behind the point. */
export function digits(places: number): (value: number) => string {
  return value => value.toFixed(places)
}
