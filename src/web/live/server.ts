// Whom we look at.
import { HttpError } from '../lib/http.ts'
import { State } from '../lib/state.ts'
import { LOCAL, type Zone, zoneOf } from '../lib/zone.ts'
import { type About, getAbout } from './api.ts'

export const about = new State<About | undefined>(undefined)
/** Why we do not know whom we talk to. */
export const unknown = new State<HttpError | undefined>(undefined)

const LONGEST_PAUSE = 15_000

/** Asks until somebody answers; undefined where we may not know. */
export async function askAbout(): Promise<About | undefined> {
  for (let pause = 500; !about.value; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      about.value = await getAbout(AbortSignal.timeout(LONGEST_PAUSE))
      unknown.value = undefined
    } catch (error) {
      unknown.value = error instanceof HttpError ? error : new HttpError(0)
      if (/^40[13]$/.test(String(unknown.value.status))) return undefined
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  }
  return about.value
}

/** Where counts are kept, all times are those of the clock by which they are counted. */
export function zone(): Zone {
  const { kind, timezone } = about.value ?? {}
  if (kind !== 'count' || !timezone) return LOCAL
  if (known?.name !== timezone) known = zoneOf(timezone)
  return known
}
let known: Zone | undefined
