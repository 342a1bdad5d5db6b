// What a store says of what it holds. Counts of another kind or of another zone cannot be added to those that are there.

import { hash } from 'node:crypto'
import { Fatal } from '../../lib/index.ts'
import type { Metrics } from './metrics.ts'
import { type Described, ownersOf } from './owners.ts'

/** Between a store and what is counted now. */
export interface Agreement {
  /** The same for all that count the same. */
  readonly print: string
  /**
   * Takes what the store said before (undefined: nothing) and its keys; returns what it says from now on. Throws Fatal that says
   * what to type when they do not go together.
   */
  agree(found: string | undefined, keys: readonly string[]): string
}

interface About {
  timezone: string
  /** All that were ever counted: their keys stay theirs. */
  metrics: readonly Described[]
}

/** That of this host for `local`: what it is called there says nothing elsewhere. */
export function nameOfZone(timezone: string): string {
  return timezone === 'local' ? new Intl.DateTimeFormat().resolvedOptions().timeZone : timezone
}

/** `instead` is what to give for a store of its own. */
export function createAgreement(metrics: Metrics, timezone: string, instead: string): Agreement {
  const zone = nameOfZone(timezone)
  const now: About = { timezone: zone, metrics: metrics.described }
  const text = JSON.stringify([zone, now.metrics.map(({ kind, template }) => `${kind} ${template}`).sort()])
  return {
    print: hash('sha256', text, 'hex').slice(0, 16),
    agree(found, keys) {
      if (found === undefined) return JSON.stringify(now)
      const before: About = JSON.parse(found)
      if (before.timezone !== zone)
        throw new Fatal(
          `--timezone ${timezone}: what is there was counted by ${before.timezone}; give that one, or ${instead}`,
        )
      const retired = metrics.keep(before.metrics)
      checkKinds(before.metrics, metrics, keys, instead)
      return JSON.stringify({ ...now, metrics: [...retired, ...now.metrics] })
    },
  }
}

function checkKinds(
  before: readonly Described[],
  now: Metrics,
  keys: readonly string[],
  instead: string,
): void {
  const then = ownersOf(before)
  // The templates themselves are asked as keys: what one made before, it may make again.
  for (const key of [...before.map(({ shape }) => shape), ...keys]) {
    const [was, is] = [then(key), now.ownerOf(key)]
    if (was && is && was.kind !== is.kind)
      throw new Fatal(
        `${flagOf(is)}: ${flagOf(was)} has counted under ${key.includes('*') ? 'these keys' : key}; put a word of its own into the key, as in {account}/total-revenue, or ${instead}`,
      )
  }
}

function flagOf({ kind, template }: Described): string {
  return `--${kind === 'count' ? 'key' : kind} '${template}'`
}
