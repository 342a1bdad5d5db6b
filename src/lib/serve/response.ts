import { type OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** What every answer carries, whatever the app says. */
const ALWAYS: { readonly [name: string]: string } = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** What no answer carries: the header says nothing that helps a user. */
const NEVER = new Set(['server', 'x-powered-by'])

/**
 * A response with our headers. They are added here and not by hono's secure-headers, because here nothing gets past
 * them: neither the answers that hono's adapter gives by itself (a bad URL, an error), nor what an app wrote directly.
 */
export class SafeResponse extends ServerResponse {
  /** It has no end of its own: whoever stops must not wait for it. */
  isEventStream = false
  /** The origin whose pages may read it. */
  readableBy: string | undefined
  /** Whether it may be read is another answer for another origin: caches are to keep them apart. */
  dependsOnOrigin = false
  /** Pages of others may show it. */
  isPublic = false

  override writeHead(status: number, ...rest: unknown[]): this {
    const given = rest.find(one => typeof one === 'object' && one !== null) as OutgoingHttpHeaders | undefined
    const headers: OutgoingHttpHeaders = {}
    let cached = this.hasHeader('cache-control')
    for (const name in given) {
      const lower = name.toLowerCase()
      if (Object.hasOwn(ALWAYS, lower) || NEVER.has(lower)) continue
      headers[name] = given[name]
      if (lower === 'cache-control') cached = true
      if (lower === 'content-type') this.isEventStream = /^text\/event-stream\b/i.test(String(given[name]))
    }
    if (!cached) headers['cache-control'] = 'no-store'
    return super.writeHead(status, Object.assign(headers, ALWAYS, this.#forOthers(headers)))
  }

  #forOthers({ vary }: OutgoingHttpHeaders): OutgoingHttpHeaders {
    const { readableBy: origin } = this
    return {
      ...((origin !== undefined || this.isPublic) && { 'cross-origin-resource-policy': 'cross-origin' }),
      ...(origin !== undefined && { 'access-control-allow-origin': origin }),
      ...(this.dependsOnOrigin && { vary: vary === undefined ? 'origin' : `${vary}, origin` }),
    }
  }
}
