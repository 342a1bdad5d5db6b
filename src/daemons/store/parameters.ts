// What is asked of the API, as it stands in the address.

import type { Context } from 'hono'
import { parseTime } from '../../lib/query/index.ts'
import { Parameters as Plain, withPlus } from '../../lib/serve/parameters.ts'
import type { Asked } from './query-worker.ts'
import { timeRange, withoutTimes } from './time-range.ts'

/** The parameters of a request. Throws BadRequest for those that are not known here, or there twice. */
export class Parameters extends Plain {
  constructor(c: Context, known: readonly string[]) {
    super(new URL(c.req.url).searchParams, known)
  }

  /** The query and its range: that of the parameters, narrowed by the times in the query itself. */
  asked(): Asked {
    const query = this.query('q')
    const inQuery = timeRange(query)
    const from = this.#time('from') ?? Number.NEGATIVE_INFINITY
    const to = this.#time('to') ?? Number.POSITIVE_INFINITY
    return {
      query: withoutTimes(query),
      from: Math.max(from, inQuery.from),
      to: Math.min(to, inQuery.to),
    }
  }

  #time(name: string): number | undefined {
    return this.parsed(name, text => (text === '' ? undefined : parseTime(withPlus(text), Date.now())))
  }
}
