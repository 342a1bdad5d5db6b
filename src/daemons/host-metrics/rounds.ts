import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds by which a round may come late, and still be that of its time. */
const LATE = 1000

/**
 * The times of rounds: now, and then whenever the clock shows a whole multiple of the interval, so that hosts line up. A clock that is set meanwhile
 * costs at most an interval; rounds that could not take place are left out.
 */
export async function* rounds(interval: number, signal: AbortSignal, now = Date.now): AsyncGenerator<number> {
  yield now()
  while (!signal.aborted) {
    const due = nextRound(now(), interval)
    // A timer may be early.
    for (let rest = due - now(); rest > 0 && rest <= interval && !signal.aborted; rest = due - now())
      await wait(rest, undefined, { signal }).catch(() => {})
    if (!signal.aborted) yield timeOf(due, now())
  }
}

export function nextRound(now: number, interval: number): number {
  return (Math.floor(now / interval) + 1) * interval
}

/** A round has the time at which it was due, unless it is another one by now. */
export function timeOf(due: number, now: number): number {
  return now >= due && now - due < LATE ? due : now
}
