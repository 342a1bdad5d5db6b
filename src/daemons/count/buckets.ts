// Where an event is counted: in four hashes, by what a clock on the wall of the time zone showed.

import type { Zone } from '../../lib/syslog/timezone.ts'

export const MINUTE = 60_000

/** From the coarsest to the finest. Each is the field of a hash whose name has all that is coarser: `KEY/2013/09` {"05": n}. */
export const LEVELS = ['month', 'day', 'hour', 'minute'] as const
export type Level = (typeof LEVELS)[number]

/** How long a level is kept, milliseconds; 0: for ever. */
export type Keep = Readonly<Record<Level, number>>

/** Where in `2013-09-05T14:37` the name of a level's hash ends, and where its field is. */
const ENDS: Readonly<Record<Level, number>> = { month: 4, day: 7, hour: 10, minute: 13 }

/** The end of the name of the hash, behind the key: `2013/09`. */
export function hashOf(minute: number, level: Level): string {
  return textOf(minute).slice(0, ENDS[level]).replace(/[-T]/g, '/')
}

export function fieldOf(minute: number, level: Level): string {
  const end = ENDS[level]
  return textOf(minute).slice(end + 1, end + 3)
}

/** The time that a wall clock shows, as text: the minute is one of the wall clock, as if that were UTC. */
function textOf(minute: number): string {
  return new Date(minute * MINUTE).toISOString()
}

// Their names have four digits of a year.
export const FIRST = Date.UTC(1970, 0, 2)
const LAST = Date.UTC(9999, 11, 30)
/** Who says that it is later than this is wrong, and would fill a store with what no expiry reaches. */
const AHEAD = 400 * 86_400_000

/** Where an event of this time is counted. */
export interface Place {
  level: Level
  /** The end of the name of the hash. */
  hash: string
  field: string
  /** Epoch milliseconds at which the hash is forgotten; 0: never. */
  expires: number
  /**
   * Until when it is known who was seen in this bucket: as long as what is within it is kept, of a month its days. The values of a day
   * are many, and nobody asks for them once all events of that day have come. 0: for ever.
   */
  seen: number
}

export class Buckets {
  readonly zone: Zone
  readonly #keep: Keep
  readonly #places = new Map<number, readonly Place[]>()
  #since = 0

  constructor(zone: Zone, keep: Keep) {
    this.zone = zone
    this.#keep = keep
  }

  /** Since when the store is there. What is older than it expires as if it were of that time: then there was nothing to forget. */
  set since(since: number) {
    this.#since = since
    this.#places.clear()
  }

  /** The minute that the wall clock showed; undefined for a time that no clock shows. */
  minuteOf(time: number, now: number): number | undefined {
    if (!(time >= FIRST && time <= Math.min(LAST, now + AHEAD))) return undefined
    return Math.floor(this.zone.toWallClock(time) / MINUTE)
  }

  /** In which hashes a minute is counted: not in those that are forgotten by now. */
  placesOf(minute: number, now: number): readonly Place[] {
    let places = this.#places.get(minute)
    if (!places) {
      // Most events are of now; those of a long past come in order.
      if (this.#places.size >= 2000) this.#places.clear()
      places = LEVELS.map(level => this.#placeOf(minute, level))
      this.#places.set(minute, places)
    }
    return places.every(({ expires }) => isAlive(expires, now))
      ? places
      : places.filter(({ expires }) => isAlive(expires, now))
  }

  /** Whether what was counted in this minute is still there at this level. */
  isKept(minute: number, level: Level, now: number): boolean {
    return isAlive(this.#expires(minute, level), now)
  }

  #placeOf(minute: number, level: Level): Place {
    const expires = this.#expires(minute, level)
    // Of the next finer level, one hash is just this bucket.
    const finer = LEVELS[LEVELS.indexOf(level) + 1]
    const seen = finer ? earlier(expires, this.#expires(minute, finer)) : expires
    return { level, hash: hashOf(minute, level), field: fieldOf(minute, level), expires, seen }
  }

  /** All of a hash expires at once: so long after its last bucket ends. */
  #expires(minute: number, level: Level): number {
    const keep = this.#keep[level]
    if (keep === 0) return 0
    const end = this.zone.toInstant(endOfHash(minute, level))
    return Math.ceil(Math.max(end, this.#since) + keep)
  }
}

/** Of two times of which 0 is never. */
function earlier(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other)
}

export function isAlive(expires: number, now: number): boolean {
  return expires === 0 || expires > now
}

/** When the time of a hash ends, on the wall clock. */
function endOfHash(minute: number, level: Level): number {
  const date = new Date(minute * MINUTE)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  if (level === 'month') return Date.UTC(year + 1, 0)
  if (level === 'day') return Date.UTC(year, month + 1)
  if (level === 'hour') return Date.UTC(year, month, day + 1)
  return Date.UTC(year, month, day, date.getUTCHours() + 1)
}
