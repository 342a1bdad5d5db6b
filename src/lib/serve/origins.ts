import type { IncomingMessage } from 'node:http'

const METHODS = 'GET, HEAD, POST'
// The last one is of an EventSource that comes back.
const HEADERS = 'authorization, content-type, last-event-id'
/** Browsers remember so long what they may; Chromium takes at most two hours. */
const REMEMBERED = '7200'

/** Pages of other origins that may ask, and read the answer (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export class Origins {
  readonly #all: boolean
  readonly #allowed: ReadonlySet<string>

  /** @param allowed `https://shop.example`; `*` is all */
  constructor(allowed: readonly string[] = []) {
    this.#all = allowed.includes('*')
    this.#allowed = new Set(allowed.map(origin => origin.toLowerCase()))
  }

  get areSome(): boolean {
    return this.#allowed.size > 0
  }

  allows(origin: string | undefined): origin is string {
    return origin !== undefined && (this.#all || this.#allowed.has(origin.toLowerCase()))
  }

  /** The answer to a browser that asks before it sends what no form could send; undefined for anything else. */
  preflight({ method, headers }: IncomingMessage): Response | undefined {
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined
    if (!this.allows(headers.origin)) return undefined
    return new Response(null, {
      status: 204,
      headers: {
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': HEADERS,
        'access-control-max-age': REMEMBERED,
      },
    })
  }
}
