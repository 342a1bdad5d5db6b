import type { IncomingMessage } from 'node:http'
import type { Context } from '../../lib/index.ts'
import type { Refused } from './refused.ts'
import { pathOf, textOf } from './request.ts'

/** Lines a minute, of each kind: who floods us with nonsense fills no disk. */
const MOST = 10
const MINUTE = 60_000
/** Characters of what somebody else wrote. */
const LONGEST = 200

const REMEDIES: { readonly [status: number]: string } = {
  413: '; to take it, give a larger --max-body (of too many events: --burst)',
  429: '; to let in more, give a larger --rate or --burst (of a proxy: --trusted-proxy)',
}

/** Tells whoever runs this of the first requests of each minute that were refused, each reason once. */
export class RefusalLog {
  readonly #log: Context['log']
  readonly #now: () => number
  readonly #reasons = new Set<string>()
  /** Apart: whatever strangers send, who forgot an origin is told of it. */
  readonly #origins = new Set<string>()
  #end = Number.NEGATIVE_INFINITY

  constructor(log: Context['log'], now: () => number = () => performance.now()) {
    this.#log = log
    this.#now = now
  }

  /** @param from the address of its client, as it may be known */
  refused(request: IncomingMessage, { status, reason }: Refused, from: () => string | undefined): void {
    if (!this.#isNews(reason, this.#reasons)) return
    const { origin, referer } = request.headers
    const page = origin ?? referer
    const what = {
      status,
      // Without the query: what pages tell there does not belong into a log.
      path: pathOf(request).replace(/\?.*/s, '').slice(0, LONGEST),
      ...(page !== undefined && {
        page: textOf(page)
          .replace(/[?#].*/s, '')
          .slice(0, LONGEST),
      }),
      from: from(),
    }
    this.#log.warn(what, `a request was refused: ${reason.slice(0, LONGEST)}${REMEDIES[status] ?? ''}`)
  }

  /** @param origin of a page that nobody named */
  foreign(origin: string): void {
    const name = origin.slice(0, LONGEST)
    if (this.#isNews(name, this.#origins))
      this.#log.warn(`pages of ${name} are refused; to take their events, give --allow-origin ${name}`)
  }

  #isNews(what: string, told: Set<string>): boolean {
    const now = this.#now()
    if (now >= this.#end) {
      this.#reasons.clear()
      this.#origins.clear()
      this.#end = now + MINUTE
    }
    if (told.size >= MOST || told.has(what)) return false
    told.add(what)
    return true
  }
}
