// Times as a clock on the wall shows them: ours, or that of a time zone by which a server counts.
import { ourWall, wallClock, wallDateTime, wallDay } from './figures.ts'

export interface Zone {
  /** As the IANA calls it. */
  readonly name: string
  /** What its clock shows at an instant: milliseconds since 1970, as if that were UTC. */
  wall(instant: number): number
  /** 08:00:00.118 */
  clock(at: Date, milliseconds?: boolean): string
  /** 11-21 */
  day(at: Date): string
  /** 2026-11-21 08:00:00 */
  dateTime(at: Date): string
}

const createZone = (name: string, wall: Zone['wall']): Zone => ({
  name,
  wall,
  clock: (at, milliseconds) => wallClock(wall(at.getTime()), milliseconds),
  day: at => wallDay(wall(at.getTime())),
  dateTime: at => wallDateTime(wall(at.getTime())),
})

const ourName = () => new Intl.DateTimeFormat('en').resolvedOptions().timeZone

export const LOCAL: Zone = createZone(ourName(), instant => ourWall(new Date(instant)))

/** The zone of this name; ours where the browser does not know it. */
export function zoneOf(name: string): Zone {
  if (name === LOCAL.name) return LOCAL
  try {
    return createZone(name, wallIn(name))
  } catch {
    return LOCAL
  }
}

/** Not by a Date of our own zone, in which there are times that its clock leaves out. */
function wallIn(timeZone: string): Zone['wall'] {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  })
  return instant => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type)!
    const milliseconds = ((instant % 1000) + 1000) % 1000
    const time = [part('hour'), part('minute'), part('second'), milliseconds] as const
    return Date.UTC(part('year'), part('month') - 1, part('day'), ...time)
  }
}

const DAY = 86_400_000

/** When the clock of the zone shows this for the first time, or, where it leaves that out, what comes behind. */
export function instantAt(wall: number, zone: Zone): number {
  // No zone changes its clock twice within two days.
  const instants = [wall - DAY, wall + DAY].map(near => wall - (zone.wall(near) - near))
  return (
    instants.find(instant => zone.wall(instant) === wall) ?? changeBetween(instants[1]!, instants[0]!, zone)
  )
}

/** When the clock is set forward, of which we know an instant before and one behind. */
function changeBetween(before: number, behind: number, zone: Zone): number {
  const offset = (instant: number) => zone.wall(instant) - instant
  const old = offset(before)
  while (behind - before > 1) {
    const middle = Math.floor((before + behind) / 2)
    if (offset(middle) === old) before = middle
    else behind = middle
  }
  return behind
}
