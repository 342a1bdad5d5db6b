// How many of the events that fit are given: one in so many, at most so many a second.
import { lots } from '../sample.ts'

/** Says yes to one in `n`, by lot. */
export function oneIn(n: number): () => boolean {
  const next = lots(n)
  let left = next()
  return () => {
    if (--left > 0) return false
    left = next()
    return true
  }
}

/** Says yes at most so many times in any second. `now` is a clock in milliseconds that nobody sets. */
export function atMostASecond(most: number, now: () => number): () => boolean {
  // Only as many as there were: most of those who say a high rate never see it.
  const times: number[] = []
  let next = 0
  return () => {
    const time = now()
    // The oldest of the last so many.
    if (times.length === most && time - times[next]! < 1000) return false
    times[next] = time
    next = (next + 1) % most
    return true
  }
}

/** Says of one event after the other whether it is given. */
export function chooserOf({ sample, rate }: { sample: number; rate: number | undefined }): () => boolean {
  const isSampled = sample > 1 ? oneIn(sample) : () => true
  const isDue = rate === undefined ? () => true : atMostASecond(rate, () => performance.now())
  return () => isSampled() && isDue()
}
