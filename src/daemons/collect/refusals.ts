import type { IncomingMessage } from 'node:http'
import { createComplaint, FAILED } from '../../lib/serve/errors.ts'
import type { CollectContext } from './context.ts'
import type { Guests } from './guests.ts'
import { RefusalLog } from './refusal-log.ts'
import { Refused } from './refused.ts'
import { pathOf } from './request.ts'

const COUNTERS = new Map([
  [429, 'rateLimited'],
  [503, 'busy'],
] as const) as ReadonlyMap<number, 'rateLimited' | 'busy'>

/** What becomes of requests that no event was made of: counted, and told of. */
export class Refusals {
  readonly #context: CollectContext
  readonly #guests: Guests
  readonly #log: RefusalLog
  readonly #complain: (error: unknown, path: string) => void

  constructor(context: CollectContext, guests: Guests) {
    this.#context = context
    this.#guests = guests
    this.#log = new RefusalLog(context.log)
    this.#complain = createComplaint(context.log)
  }

  /** What to answer to a request that failed. */
  of(error: unknown, request: IncomingMessage): Refused {
    if (!(error instanceof Refused)) {
      this.#complain(error, pathOf(request).replace(/\?.*/s, ''))
      return new Refused(500, FAILED)
    }
    this.#context.count(COUNTERS.get(error.status) ?? 'refused')
    this.#log.refused(request, error, () =>
      this.#guests.knownAddress(request, this.#guests.addressOf(request)),
    )
    return error
  }

  /** @param origin of a page that nobody named */
  foreign(origin: string): void {
    this.#context.count('foreign')
    this.#log.foreign(origin)
  }
}
