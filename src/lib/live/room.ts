/** Bytes of events that wait for clients, of all groups together. */
export class Room {
  /** The most that may wait. */
  readonly most: number
  bytes = 0

  constructor(most: number) {
    this.most = most
  }

  /** What comes now cannot wait. */
  get isFull(): boolean {
    return this.bytes > this.most
  }

  /** Those who are slow give up some of theirs, so that there is room for what comes. */
  get isScarce(): boolean {
    return this.bytes > (this.most * 3) / 4
  }

  /** So much they give up, at least: so that it is not to be done anew at each event. */
  get lacking(): number {
    return Math.max(0, this.bytes - this.most / 2)
  }
}

/**
 * To how many bytes each of them may have, so that together they give up so many: who has less keeps all of it.
 * @param sizes of each
 */
export function levelOf(sizes: readonly number[], lacking: number): number {
  const sorted = sizes.toSorted((a, b) => b - a)
  let sum = 0
  for (const [n, size] of sorted.entries()) {
    sum += size
    const level = (sum - lacking) / (n + 1)
    if (level >= (sorted[n + 1] ?? 0)) return Math.max(0, level)
  }
  return 0
}
