import { type Finding, finder } from '../finding.ts'
import type { Host } from '../host.ts'

const found = finder('clock')

/** Times of records, ids and certificates are those of this clock. */
export function checkClock({ clock }: Host): Finding[] {
  const { isSynchronised, zone } = clock
  if (isSynchronised === undefined)
    return [found('unknown', 'this host', 'whether something keeps the clock right cannot be told here')]
  if (isSynchronised)
    return [found('well', 'this host', `the clock is kept right; local times are those of ${zone}`)]
  return [
    found(
      'warning',
      'this host',
      'nothing keeps the clock right: times and ids of records will be wrong one day, and certificates with them',
      'sudo timedatectl set-ntp true',
    ),
  ]
}
