import type { Context } from './daemon.ts'

/** Works every so often (milliseconds) until the end, and never twice at once: what takes longer than that must not pile up. */
export function nowAndThen(
  every: number,
  work: () => Promise<unknown>,
  { defer }: Pick<Context, 'defer'>,
): void {
  let isWorking = false
  const turn = async () => {
    if (isWorking) return
    isWorking = true
    // Who has more to say of it says so itself: it is tried again.
    await work().catch(() => {})
    isWorking = false
  }
  const timer = setInterval(turn, every)
  timer.unref()
  defer(() => clearInterval(timer))
}
