import type { Logger } from 'pino'
import { Tally } from '../tally.ts'

/** Tells the log of records that are dropped. */
export function createDropLog(log: Logger, why: () => Iterable<string>): Tally {
  return new Tally(records => {
    const reasons = ['no room for them', ...why()].join('; ')
    log.warn({ records }, `records were dropped, as --when-full says: ${reasons}`)
  })
}
