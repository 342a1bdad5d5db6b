import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { parseValues } from '../../lib/json-values.ts'
import { contentOf } from '../../lib/serve/content.ts'
import { errorResponse } from '../../lib/serve/errors.ts'
import type { Collector } from './collector.ts'
import { Refused, wrong } from './refused.ts'
import type { Snippet } from './snippet.ts'

const TYPES = 'application/json, application/x-ndjson or, from a page, text/plain'

/** What is asked less often than the GIF: the snippet, and events by POST. */
export function createSite(collector: Collector, snippet: Snippet): Hono {
  const app = new Hono<{ Bindings: HttpBindings }>()
  const refuse = (error: unknown, path: string) => {
    const { status, message, headers } = collector.refusalOf(error, path)
    return errorResponse(status, message, { headers })
  }
  app.get('/s.js', c => {
    try {
      collector.hear(c.env.incoming as IncomingMessage)
      return snippet.serve(c)
    } catch (error) {
      return refuse(error, '/s.js')
    }
  })
  app.post('/e', async c => {
    const request = c.env.incoming as IncomingMessage
    try {
      const address = collector.admit(request)
      const isPage = isFromPage(request)
      const values = valuesIn(await c.req.arrayBuffer())
      if (isPage) await collector.fromPage(request, address, values)
      else await collector.fromProgram(request, address, values)
      return c.body(null, 204)
    } catch (error) {
      // The client left: nobody reads an answer.
      if (request.destroyed && !request.complete) return c.body(null, 400)
      return refuse(error, '/e')
    }
  })
  app.all('/r/*', () => refuse(new Refused(405, 'here is only GET, HEAD', { allow: 'GET, HEAD' }), '/r/'))
  return app as unknown as Hono
}

/** Pages send text/plain: for that, browsers need not ask first whether they may. */
function isFromPage({ headers }: IncomingMessage): boolean {
  const content = contentOf(headers)
  if ('message' in content) throw new Refused(415, content.message, content.headers)
  if (content.coding) throw new Refused(415, 'send it without compression', { 'accept-encoding': 'identity' })
  if (content.form === 'unknown') throw new Refused(415, `send ${TYPES}`)
  return content.form === 'texts'
}

/** One JSON object, a list of them, or one after the other: lines. */
function valuesIn(body: ArrayBuffer): unknown[] {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw wrong('the body is not UTF-8, and nothing of it was taken')
  }
  if (text.trim() === '') return []
  try {
    return parseValues(text)
  } catch (error) {
    throw wrong(`the body is not JSON, and nothing of it was taken: ${(error as Error).message}`)
  }
}
