import type { Data } from './kinds.ts'
import { round } from './rates.ts'

/** Columns of the line "cpu" of /proc/stat (proc_stat(5)). */
const MODES = [
  'user',
  'nice',
  'system',
  'idle',
  'iowait',
  'irq',
  'softirq',
  'steal',
  'guest',
  'guest_nice',
] as const
type Mode = (typeof MODES)[number]

/** Time of all processors by what they did, in any unit. */
export type Times = { readonly [mode in Mode]: number }

/** Times since the start, of /proc/stat. What an old kernel does not tell of is 0. */
export function parseTimes(stat: string): Times {
  const [, columns = ''] = /^cpu +(.*)$/m.exec(stat) ?? []
  const numbers = columns.split(' ').map(Number)
  const times = Object.fromEntries(MODES.map((mode, n) => [mode, numbers[n] ?? 0])) as Record<Mode, number>
  // Guests are among the others as well.
  times.user -= times.guest
  times.nice -= times.guest_nice
  return times
}

export function countProcessors(stat: string): number {
  return stat.match(/^cpu\d+ /gm)?.length ?? 0
}

/** Undefined where no time has passed. */
export function usage(before: Times, now: Times): Data<'cpu'> | undefined {
  // That of iowait may go down (proc_stat(5)).
  const spent = MODES.map(mode => [mode, Math.max(0, now[mode] - before[mode])] as const)
  const total = spent.reduce((sum, [, time]) => sum + time, 0)
  if (total === 0) return undefined
  const data: Data<'cpu'> = {}
  for (const [mode, time] of spent) data[`usage_${mode}`] = round((100 * time) / total)
  const waited = spent.reduce(
    (sum, [mode, time]) => sum + (mode === 'idle' || mode === 'iowait' ? time : 0),
    0,
  )
  data.usage_active = round((100 * (total - waited)) / total)
  return data
}
