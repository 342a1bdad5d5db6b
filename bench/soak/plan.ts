// When the soak strikes whom, how often it looks, and what it takes for noise: all that differs between its two forms.

export const DAEMONS = ['syslog-udp', 'syslog-json', 'elasticsearch'] as const
export type DaemonName = (typeof DAEMONS)[number]

/** A daemon is ended and started again; SIGTERM lets it finish, SIGKILL does not. */
export interface Strike {
  /** Seconds from the start. */
  at: number
  daemon: DaemonName
  signal: 'SIGTERM' | 'SIGKILL'
}

/** All times are seconds. */
export interface Plan {
  seconds: number
  sampleEvery: number
  progressEvery: number
  /** The sink is restarted so often; the first time after as long. */
  sinkEvery: number
  /** The first restart of the filter, and the time between later ones. */
  filterFirst: number
  filterEvery: number
  /** When much comes for a while. */
  bursts: readonly number[]
  /** What each life of a process is given until its heaps have settled. */
  warmUp: { readonly [daemon in DaemonName]: number }
  /** A line goes through the medians of so long. It spans what comes and goes with every restart of the sink. */
  block: { readonly [daemon in DaemonName]: number }
}

const MINUTE = 60
const HOUR = 3600
/** What a life is given, with a burst in it. */
const SETTLED = 4 * MINUTE

/**
 * V8 lets a young generation grow by what has come, not by time: at 2,000 records/s a step of 5 MB came in the seventh minute,
 * which is taken to be that and cannot be told from a leak. So at the beginning of a life so many times as much comes, for so many seconds.
 */
export const BURST = { times: 10, seconds: 30 }
/** Seconds from the start of a life to its burst. */
const BEFORE_BURST = 15

/** Without hours the short form. */
export function planOf({ hours, minutes = 10 }: { hours?: number; minutes?: number }): Plan {
  const sampleEvery = 5
  if (hours === undefined)
    return {
      seconds: minutes * MINUTE,
      sampleEvery,
      progressEvery: MINUTE,
      sinkEvery: MINUTE,
      // Early, so that the life after it is long enough for a slope.
      filterFirst: 0.5 * MINUTE,
      filterEvery: 30 * MINUTE,
      bursts: [0.5 * MINUTE + BEFORE_BURST],
      warmUp: { 'syslog-udp': SETTLED, 'syslog-json': SETTLED, elasticsearch: SETTLED },
      block: { 'syslog-udp': MINUTE, 'syslog-json': MINUTE, elasticsearch: MINUTE },
    }
  const seconds = hours * HOUR
  const [filterFirst, filterEvery] = [67 * MINUTE, 2 * HOUR]
  const lives = [0]
  for (let at = filterFirst; at < seconds; at += filterEvery) lives.push(at)
  return {
    seconds,
    sampleEvery,
    progressEvery: 10 * MINUTE,
    sinkEvery: 10 * MINUTE,
    filterFirst,
    filterEvery,
    bursts: lives.map(at => at + BEFORE_BURST),
    warmUp: { 'syslog-udp': 20 * MINUTE, 'syslog-json': 20 * MINUTE, elasticsearch: SETTLED },
    block: { 'syslog-udp': 10 * MINUTE, 'syslog-json': 10 * MINUTE, elasticsearch: MINUTE },
  }
}

/** How many records are due after so many seconds, at so many a second outside of the bursts. */
export function dueAfter(seconds: number, rate: number, bursts: readonly number[]): number {
  const inBursts = bursts.map(from => Math.min(Math.max(0, seconds - from), BURST.seconds))
  return Math.floor(rate * (seconds + (BURST.times - 1) * inBursts.reduce((sum, time) => sum + time, 0)))
}

/** All strikes in their order; none so late that the chain could not recover before the end. */
export function strikesOf({ seconds, sinkEvery, filterFirst, filterEvery }: Plan): Strike[] {
  const signals = ['SIGTERM', 'SIGKILL'] as const
  const series = (daemon: DaemonName, first: number, every: number, turn: number): Strike[] => {
    const times = Math.max(0, Math.ceil((seconds - 0.5 * MINUTE - first) / every))
    return Array.from({ length: times }, (_, n) => ({
      at: first + n * every,
      daemon,
      signal: signals[(n + turn) % 2]!,
    }))
  }
  return [
    ...series('elasticsearch', sinkEvery, sinkEvery, 0),
    ...series('syslog-json', filterFirst, filterEvery, 1),
  ].sort((a, b) => a.at - b.at)
}
