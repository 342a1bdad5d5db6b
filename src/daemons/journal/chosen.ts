import { matcher } from '../../lib/wildcards.ts'
import { type Entry, textOf } from './entry.ts'

/** Who we are in the journal. */
export interface Self {
  pid: number
  /** Of this boot, without dashes; undefined where that is not known. */
  boot: string | undefined
  machine: string | undefined
  /** Our unit, where our log goes to the journal. */
  unit: string | undefined
}

/** Why an entry is no record; undefined where it is one. */
export type Unwanted = (entry: Entry) => 'own' | 'excluded' | undefined

/**
 * What this daemon itself logs, or what the others of its chain do, would make the next entry: each that fails on one would log
 * that, and fail on that.
 * @param excluded patterns of units
 */
export function unwanted(self: Self, excluded: readonly string[]): Unwanted {
  const isExcluded = matcher(excluded)
  const pid = String(self.pid)
  return entry => {
    if (entry._PID === pid && self.boot !== undefined && entry._BOOT_ID === self.boot) return 'own'
    const units = [textOf(entry._SYSTEMD_UNIT), textOf(entry._SYSTEMD_USER_UNIT)]
    if (self.unit !== undefined && units.includes(self.unit) && entry._MACHINE_ID === self.machine)
      return 'own'
    return units.some(unit => unit !== undefined && isExcluded(unit)) ? 'excluded' : undefined
  }
}
