import { parse } from 'node:querystring'

/** More are not looked at. */
const MOST = 100

/** The parameters of a URL; of several with one name, the last one. (URLSearchParams takes four times as long.) */
export function parametersOf(query: string): [name: string, value: string][] {
  if (query === '') return []
  const found: [string, string][] = []
  const parsed = parse(query, '&', '=', { maxKeys: MOST })
  for (const name in parsed) {
    const value = parsed[name]!
    found.push([name, typeof value === 'string' ? value : value.at(-1)!])
  }
  return found
}

const URL_PARTS = /^(?:[a-z][a-z\d+.-]*:(?:\/\/[^/?#]*)?)?([^?#]*)(?:\?([^#]*))?/i

/** Path and query of a URL, or of a part of one (`/cart?a=1`), as they are written. */
export function partsOf(url: string): { path: string; query: string } {
  const [, path, query = ''] = URL_PARTS.exec(url)!
  return { path: path || '/', query }
}
