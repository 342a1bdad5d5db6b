import { formatBytes } from '../../../lib/units.ts'
import { type Finding, finder, quoted } from '../finding.ts'

/** The part of a limit at which it is time to do something. */
const CLOSE = 0.8

const foundSpool = finder('spools')

/** A spool, as it was found. */
export interface SpoolFacts {
  file: string
  /** The daemon that has it open, by its own words. */
  open?: { about: string; bytes: number; limit: number; age: number | null } | undefined
  /** Of one that nobody has open. Undefined: it was not looked into. */
  closed?: { isSound: boolean; reason?: string | undefined; records: number } | undefined
  /** Why it was not. */
  why?: string
}

const HOUR = 3_600_000

export function checkSpool({ file, open, closed, why }: SpoolFacts): Finding[] {
  if (open) {
    const { about, bytes, limit, age } = open
    const part = `${formatBytes(bytes)} of ${formatBytes(limit)}`
    if (bytes > limit * CLOSE)
      return [
        foundSpool(
          'warning',
          about,
          `its spool is nearly full: ${part}`,
          'see what it waits for: sluice ledger',
        ),
      ]
    if (age !== null && age > HOUR)
      return [
        foundSpool(
          'warning',
          about,
          `the oldest record in its spool has waited for ${Math.floor(age / HOUR)} h (${part})`,
          'see what it waits for: sluice ledger',
        ),
      ]
    return []
  }
  if (!closed) return [foundSpool('unknown', file, `it cannot be looked into${why ? `: ${why}` : ''}`)]
  if (!closed.isSound)
    return [
      foundSpool('wrong', file, `it is damaged: ${closed.reason}`, `sluice spool recover ${quoted(file)}`),
    ]
  if (closed.records > 0)
    return [
      foundSpool(
        'warning',
        file,
        `${closed.records} records wait in it, and its daemon does not run`,
        `start it again; or read them: sluice spool dump ${quoted(file)}`,
      ),
    ]
  return []
}
