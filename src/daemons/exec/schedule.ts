import { setTimeout as wait } from 'node:timers/promises'
import { Misuse, messageOf } from '../../lib/index.ts'

/** What a timer of Node can wait, and what a clock that is set should not be noticed later than. */
const LONGEST_WAIT = 60_000
/** Milliseconds by which a clock is set right; by more, another time counts from now on (as with cron(8)). */
const SET_RIGHT = 3 * 3600_000

/** The moments at which something is to be done, on a clock of its own. */
export interface Schedule {
  /** Milliseconds. */
  now(): number
  /** The first moment. */
  first(): number
  /** The first one after this; undefined when there is none. */
  after(moment: number): number | undefined
}

/** Now, and then each time that so many milliseconds have passed. It does not depend on what time somebody sets. */
export function everySoOften(interval: number): Schedule {
  // Whole numbers: a moment that is a fraction too early would be its own successor.
  const start = Math.floor(performance.now())
  const step = Math.max(1, Math.round(interval))
  return {
    now: () => performance.now(),
    first: () => start,
    after: moment => start + (Math.floor((moment - start) / step) + 1) * step,
  }
}

/** Whenever the clock shows a time that fits: `MINUTE HOUR DAY MONTH WEEKDAY` (crontab(5)), in the local zone. Throws Misuse. */
export async function byTheClock(expression: string): Promise<Schedule> {
  // Late: nobody else needs it.
  const { Cron } = await import('croner')
  const cron = parse(() => new Cron(expression, { paused: true }), expression)
  const after = (moment: number) => cron.nextRun(new Date(moment))?.getTime()
  const first = after(Date.now())
  if (first === undefined) throw new Misuse(`--cron "${expression}": there is no such time`)
  return { now: () => Date.now(), first: () => first, after }
}

function parse<T>(make: () => T, expression: string): T {
  try {
    return make()
  } catch (error) {
    throw new Misuse(`--cron "${expression}": ${messageOf(error)}`)
  }
}

/** Moments that are walked through one by one. */
const STEPS = 1_000

/**
 * The next moment, and how many have passed before it; of very many, as after a clock that was wrong by years is set, about how
 * many.
 */
export function catchUp(schedule: Schedule, moment: number): { moment: number | undefined; passed: number } {
  const now = schedule.now()
  if (now < moment - SET_RIGHT) return { moment: schedule.after(now), passed: 0 }
  let passed = 0
  let next = schedule.after(moment)
  while (next !== undefined && next <= now) {
    passed++
    if (passed === STEPS) {
      const about = Math.floor((now - next) / ((next - moment) / STEPS))
      return { moment: schedule.after(now), passed: passed + about }
    }
    next = schedule.after(next)
  }
  return { moment: next, passed }
}

/** Waits for a moment, or for the one that takes its place when the clock is set back. Undefined when the signal came first, or there is none. */
export async function untilDue(
  schedule: Schedule,
  moment: number,
  signal: AbortSignal,
  lookEvery = LONGEST_WAIT,
): Promise<number | undefined> {
  let due: number | undefined = moment
  for (let last = schedule.now(); !signal.aborted; ) {
    const now = schedule.now()
    if (now < last - SET_RIGHT) due = schedule.after(now)
    if (due === undefined || due <= now) return due
    last = now
    await wait(Math.min(due - now, lookEvery), undefined, { signal }).catch(() => {})
  }
  return undefined
}
