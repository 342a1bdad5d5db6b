import type { IncomingMessage } from 'node:http'
import type { Context } from '../../lib/index.ts'
import type { Refused } from './refused.ts'
import { pathOf, textOf } from './request.ts'

/** Lines a minute: who floods us with nonsense fills no disk. */
const MOST = 10
const MINUTE = 60_000
/** Characters of what somebody else wrote. */
const LONGEST = 200

const REMEDIES: { readonly [status: number]: string } = {
  413: '; to take it, give a larger --max-body',
  429: '; to let in more, give a larger --rate or --burst (of a proxy: --trusted-proxy)',
}

/** Tells whoever runs this of the first requests of each minute that were refused, each reason once. */
export class RefusalLog {
  readonly #log: Context['log']
  readonly #now: () => number
  readonly #told = new Set<string>()
  #end = Number.NEGATIVE_INFINITY

  constructor(log: Context['log'], now: () => number = () => performance.now()) {
    this.#log = log
    this.#now = now
  }

  /** @param from the address of its client, as it may be known */
  refused(request: IncomingMessage, { status, message }: Refused, from: () => string | undefined): void {
    if (!this.#isNews(message)) return
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
    this.#log.warn(what, `a request was refused: ${message.slice(0, LONGEST)}${REMEDIES[status] ?? ''}`)
  }

  /** @param origin of a page that nobody named */
  foreign(origin: string): void {
    const name = origin.slice(0, LONGEST)
    if (this.#isNews(name))
      this.#log.warn(`pages of ${name} are refused; to take their events, give --allow-origin ${name}`)
  }

  #isNews(what: string): boolean {
    const now = this.#now()
    if (now >= this.#end) {
      this.#told.clear()
      this.#end = now + MINUTE
    }
    if (this.#told.size >= MOST || this.#told.has(what)) return false
    this.#told.add(what)
    return true
  }
}
