// What is asked of the API, as it stands in the address.

import type { Context } from 'hono'
import { parseQuery, parseTime, type Query, QueryError } from '../../lib/query/index.ts'
import type { Asked } from './query-worker.ts'
import { timeRange, withoutTimes } from './time-range.ts'

/** What is wrong with a request, and where. */
export class BadRequest extends Error {
  readonly details: object

  constructor(code: 'bad-query' | 'bad-parameter', message: string, details: object) {
    super(message)
    this.details = { code, message, ...details }
  }
}

/** The parameters of a request. Throws BadRequest for those that are not known here, or there twice. */
export class Parameters {
  readonly #given: URLSearchParams

  constructor(c: Context, known: readonly string[]) {
    this.#given = new URL(c.req.url).searchParams
    const here = known.length > 0 ? `here are ${known.join(', ')}` : 'here is none'
    for (const name of this.#given.keys()) {
      if (!known.includes(name)) throw badParameter(name, `"${name}" is not a parameter; ${here}`)
      if (this.#given.getAll(name).length > 1)
        throw badParameter(name, `${name} is there more than once; give it once`)
    }
  }

  text(name: string): string | undefined {
    return this.#given.get(name) ?? undefined
  }

  /** Undefined when it is not there. */
  parsed<T>(name: string, parse: (text: string) => T): T | undefined {
    const text = this.text(name)
    try {
      return text === undefined ? undefined : parse(text)
    } catch (error) {
      throw badParameter(name, `${name}: ${(error as Error).message}`)
    }
  }

  integer(name: string, otherwise: number, most: number, least = 1): number {
    const text = this.text(name)
    if (text === undefined) return otherwise
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw badParameter(name, `${name} is a whole number from ${least} to ${most}`)
  }

  query(): Query {
    try {
      return parseQuery(this.text('q') ?? '', Date.now())
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      const { position, length, message } = error
      throw new BadRequest('bad-query', message, { parameter: 'q', position, length })
    }
  }

  /** The query and its range: that of the parameters, narrowed by the times in the query itself. */
  asked(): Asked {
    const query = this.query()
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

/** A `+` that was not written as %2B arrives as a space; behind a time of day, only a zone can follow it. */
function withPlus(text: string): string {
  return text.replace(/(\d:\d\d\S*) (\d\d(?::?\d\d)?)$/, '$1+$2')
}

function badParameter(parameter: string, message: string): BadRequest {
  return new BadRequest('bad-parameter', message, { parameter })
}
