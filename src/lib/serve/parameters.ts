// What is asked of an API, as it stands in the address.

import { parseQuery, type Query, QueryError } from '../query/index.ts'

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

  /** @param several those that may be there more than once */
  constructor(given: URLSearchParams, known: readonly string[], several: readonly string[] = []) {
    this.#given = given
    const all = [...known, ...several]
    const here = all.length > 0 ? `here are ${all.join(', ')}` : 'here is none'
    for (const name of this.#given.keys()) {
      if (!all.includes(name)) throw badParameter(name, `"${name}" is not a parameter; ${here}`)
      if (!several.includes(name) && this.#given.getAll(name).length > 1)
        throw badParameter(name, `${name} is there more than once; give it once`)
    }
  }

  text(name: string): string | undefined {
    return this.#given.get(name) ?? undefined
  }

  texts(name: string): string[] {
    return this.#given.getAll(name)
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

  integer<T>(name: string, otherwise: T, most: number, least = 1): number | T {
    const text = this.text(name)
    if (text === undefined) return otherwise
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw badParameter(name, `${name} is a whole number from ${least} to ${most}`)
  }

  query(name: string): Query
  query<T>(name: string, read: (query: string) => T): T
  query(name: string, read: (query: string) => unknown = text => parseQuery(text, Date.now())): unknown {
    try {
      return read(this.text(name) ?? '')
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      const { position, length, message } = error
      throw new BadRequest('bad-query', message, { parameter: name, position, length })
    }
  }
}

/** A `+` that was not written as %2B arrives as a space; behind a time of day, only a zone can follow it. */
export function withPlus(text: string): string {
  return text.replace(/(\d:\d\d\S*) (\d\d(?::?\d\d)?)$/, '$1+$2')
}

export function badParameter(parameter: string, message: string): BadRequest {
  return new BadRequest('bad-parameter', message, { parameter })
}
