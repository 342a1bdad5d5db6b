/** More are not looked at. */
const MOST = 100

/** The parameters of a URL, in their order; what is not UTF-8 in them becomes U+FFFD. */
export function parametersOf(query: string): [name: string, value: string][] {
  const all = [...new URLSearchParams(query)]
  return all.length > MOST ? all.slice(0, MOST) : all
}

const URL_PARTS = /^(?:[a-z][a-z\d+.-]*:(?:\/\/[^/?#]*)?)?([^?#]*)(?:\?([^#]*))?(#!?\/[^?]*)?/i

/**
 * Path and query of a URL (what URL.parse says, in a quarter of its time), or of a part of one (`/cart?a=1`), as they are written.
 * The route of an application is of its path: `/#/cart`.
 */
export function partsOf(url: string): { path: string; query: string } {
  const [, path, query = '', route = ''] = URL_PARTS.exec(url)!
  return { path: `${path || '/'}${route}`, query }
}
