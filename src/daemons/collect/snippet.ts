import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Context as Call } from 'hono'
import { type Context, codeOf, pageFolder } from '../../lib/index.ts'
import { isKnown } from '../../lib/serve/conditional.ts'

/** An hour: what is changed here is everywhere soon, and nobody asks for it at each page. */
const CACHING = 'public, max-age=3600'

/** The snippet that pages of customers load, as src/web/collect/snippet.ts was built. */
export class Snippet {
  readonly #body: Uint8Array<ArrayBuffer> | undefined
  readonly #headers: { [name: string]: string } = {}

  /** @param isHonouring whether it gives no id to those who ask not to be tracked */
  constructor(isHonouring: boolean, log: Context['log']) {
    const file = new URL(`${isHonouring ? 'honouring' : 'ignoring'}.js`, pageFolder('collect'))
    try {
      this.#body = new Uint8Array(readFileSync(file))
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      log.warn('there is no /s.js, because it is not built: npm run build')
      return
    }
    this.#headers = {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': CACHING,
      etag: `"${hash('sha256', this.#body, 'base64url').slice(0, 22)}"`,
    }
  }

  serve(c: Call): Response {
    if (!this.#body) return c.text('it is not built: npm run build\n', 503)
    if (isKnown(c.req.header('if-none-match'), this.#headers.etag!)) return c.body(null, 304, this.#headers)
    return c.body(this.#body, 200, this.#headers)
  }
}
