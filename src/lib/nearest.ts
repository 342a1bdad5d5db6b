/** The one of these names that this is most likely meant to be: at most two letters of it differ, and no more than every third. */
export function nearestOf(written: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let least = Math.min(2, Math.floor(written.length / 3))
  for (const name of names) {
    const steps = stepsBetween(written, name)
    if (steps < least || (steps === least && nearest === undefined)) {
      nearest = name
      least = steps
    }
  }
  return nearest
}

/** Letters to be changed, added, left out or swapped with the next one (optimal string alignment distance). */
function stepsBetween(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let steps = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) steps = Math.min(steps, before[j - 2]! + 1)
      row.push(steps)
    }
    before = last
    last = row
  }
  return last[b.length]!
}
