/** Returns a function that says "now" at most once in `interval` milliseconds: what repeats is logged so. */
export function atMostEvery(interval: number, now: () => number = Date.now): () => boolean {
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const time = now()
    // A clock that stepped back must not silence it until it has caught up.
    if (time >= last && time - last < interval) return false
    last = time
    return true
  }
}
