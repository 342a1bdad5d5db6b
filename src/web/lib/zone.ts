// Times as a clock on the wall shows them: ours, or that of a time zone by which a server counts.
import { clock, dateTime, day } from './figures.ts'

export interface Zone {
  /** As the IANA calls it. */
  readonly name: string
  /** 08:00:00.118 */
  clock(at: Date, milliseconds?: boolean): string
  /** 11-21 */
  day(at: Date): string
  /** 2026-11-21 08:00:00 */
  dateTime(at: Date): string
  /** A date whose own parts are those of that wall clock. */
  shifted(at: Date): Date
}

const ourName = () => new Intl.DateTimeFormat('en').resolvedOptions().timeZone

export const LOCAL: Zone = { name: ourName(), clock, day, dateTime, shifted: at => at }

/** The zone of this name; ours where the browser does not know it. */
export function zoneOf(name: string): Zone {
  if (name === LOCAL.name) return LOCAL
  try {
    return createZone(name)
  } catch {
    return LOCAL
  }
}

function createZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: name, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  })
  const shifted = (at: Date) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type)!
    const milliseconds = ((at.getTime() % 1000) + 1000) % 1000
    const time = [part('hour'), part('minute'), part('second'), milliseconds] as const
    return new Date(part('year'), part('month') - 1, part('day'), ...time)
  }
  return {
    name,
    shifted,
    clock: (at, milliseconds) => clock(shifted(at), milliseconds),
    day: at => day(shifted(at)),
    dateTime: at => dateTime(shifted(at)),
  }
}
