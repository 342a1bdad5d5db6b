import { setTimeout as wait } from 'node:timers/promises'

/** How long anything may take before a test says what is missing. */
const PATIENCE = 60_000

/** Waits until `found` finds something. */
export async function until<T>(
  what: string,
  found: () => T | undefined | false | Promise<T | undefined | false>,
  patience = PATIENCE,
): Promise<T> {
  const deadline = performance.now() + patience
  for (;;) {
    const value = await found()
    if (value) return value
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${patience / 1000} s`)
    await wait(50)
  }
}

/** Waits until a number has stayed the same for so many milliseconds, and returns it. */
export async function standstill(what: string, read: () => number, milliseconds: number): Promise<number> {
  let [last, since] = [read(), performance.now()]
  return until(`${what} at a standstill`, () => {
    const [now, time] = [read(), performance.now()]
    if (now !== last) [last, since] = [now, time]
    return time - since >= milliseconds && { now }
  }).then(({ now }) => now)
}
