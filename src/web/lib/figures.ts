// Numbers and times as people read them, in their own time zone.

const counts = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** 1,234,567 */
export const count = (value: number): string => counts.format(value)

/** 1.2M */
export const shortCount = (value: number): string => short.format(value)

/** 1 record, 2 records */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${value === 1 ? noun : `${noun}s`}`

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1024
  return `${value.toFixed(value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`
}

/** What a clock on our wall shows at that time: milliseconds since 1970, as if it were UTC. */
export const ourWall = (at: Date): number => at.getTime() - at.getTimezoneOffset() * 60_000

/** What a Date can hold (ECMAScript, "Time Values and Time Range"). */
const LATEST = 8.64e15

/** Of the time that a wall shows: 2026-11-21T08:00:00.118Z; the year may have more digits. */
const iso = (wall: number): string => new Date(Math.min(LATEST, Math.max(-LATEST, wall))).toISOString()

/** Of the time that a wall shows: 08:00:00.118 */
export const wallClock = (wall: number, milliseconds = true): string =>
  iso(wall).slice(-13, milliseconds ? -1 : -5)

/** Of the time that a wall shows: 11-21 */
export const wallDay = (wall: number): string => iso(wall).slice(-19, -14)

/** Of the time that a wall shows: 2026-11-21 08:00:00 */
export const wallDateTime = (wall: number): string => iso(wall).slice(0, -5).replace('T', ' ')

/** 08:00:00.118 */
export const clock = (at: Date, milliseconds = true): string => wallClock(ourWall(at), milliseconds)

/** 11-21 */
export const day = (at: Date): string => wallDay(ourWall(at))

/** 2026-11-21 08:00:00, in local time. */
export const dateTime = (at: Date): string => wallDateTime(ourWall(at))

/** 2026-11-21T08:00:00, as <input type=datetime-local> wants it. */
export const localInput = (at: Date): string => dateTime(at).replace(' ', 'T')

/** What a program says, as a sentence. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?…]$/.test(trimmed) ? '' : '.')
}

/** The two ends of a range, without what one knows: this year, the same day, the seconds of hours. */
export function span(from: Date, to: Date): string {
  const long = to.getTime() - from.getTime() >= 3_600_000
  const show = (at: Date, withDay: boolean) => {
    const time = clock(at, false).slice(0, long ? 5 : 8)
    const year = at.getFullYear() === new Date().getFullYear() ? '' : `${at.getFullYear()}-`
    return withDay ? `${year}${day(at)} ${time}` : time
  }
  return `${show(from, true)} – ${show(to, from.toDateString() !== to.toDateString())}`
}

/** "5 minutes", of milliseconds. */
export function duration(milliseconds: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ] as const
  for (const [noun, size] of units) {
    if (milliseconds >= size * 1.5 || milliseconds === size)
      return counted(Math.round((milliseconds / size) * 10) / 10, noun)
  }
  return milliseconds >= 1000 ? counted(Math.round(milliseconds / 100) / 10, 'second') : `${milliseconds} ms`
}
