import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { errorResponse } from '../../lib/serve/errors.ts'
import type { Collector } from './collector.ts'
import type { Refusals } from './refusals.ts'
import { Refused } from './refused.ts'
import type { Snippet } from './snippet.ts'

type Call = Context<{ Bindings: HttpBindings }>

/** What is asked less often than events come: the snippet. And what nobody should ask. */
export function createSite(collector: Collector, refusals: Refusals, snippet: Snippet): Hono {
  const app = new Hono<{ Bindings: HttpBindings }>()
  const refuse = (error: unknown, { env }: Call) => {
    const { status, message, headers } = refusals.of(error, env.incoming as IncomingMessage)
    return errorResponse(status, message, { headers })
  }
  app.get('/s.js', c => {
    try {
      collector.hear(c.env.incoming as IncomingMessage)
      return snippet.serve(c)
    } catch (error) {
      return refuse(error, c)
    }
  })
  const only = (allow: string, path: string) =>
    app.all(path, c => refuse(new Refused(405, `here is only ${allow}`, { allow }), c))
  only('GET, HEAD', '/r/*')
  only('POST', '/e')
  return app as unknown as Hono
}
