import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { Logger } from 'pino'
import { createComplaint, errorResponse, FAILED } from './errors.ts'
import type { Guard } from './guard.ts'
import { linger } from './linger.ts'
import type { Doorkeeper } from './login.ts'
import type { Origins } from './origins.ts'
import { send } from './send.ts'

export interface FaceOptions {
  guard: Guard
  origins: Origins
  door: Doorkeeper | undefined
  /** The most bytes of a request's body; infinite where the app counts by itself. */
  maxBody: number
  log: Logger
}

/** Puts everything that a daemon's app need not think of around it; returns what hono's adapter calls. */
export function createFace(app: Hono, { guard, origins, door, maxBody, log }: FaceOptions) {
  const complain = createComplaint(log)
  const face = surround(app, { door, maxBody, complain })
  const answer = async (request: Request, env: HttpBindings): Promise<Response> => {
    const { incoming } = env
    const refusal = guard(incoming)
    if (refusal) return errorResponse(refusal.status, refusal.message, refusal)
    const preflight = origins.preflight(incoming)
    if (preflight) return preflight
    if (Number(incoming.headers['content-length'] ?? 0) > maxBody) return tooLarge(maxBody)
    // An app's own GET, so that the body which a HEAD does not want can be given up.
    const asked = incoming.method === 'HEAD' ? new Request(request, { method: 'GET' }) : request
    const path = pathOf(incoming.url)
    try {
      return await send(await face.fetch(asked, Object.assign(env, { log })), env, error =>
        complain(error, path),
      )
    } catch (error) {
      // hono's own handler takes only what is an Error.
      complain(error, path)
      return errorResponse(500, FAILED)
    }
  }
  return async (request: Request, env: HttpBindings): Promise<Response> => {
    const response = await answer(request, env)
    if (response.status >= 400) await linger(env)
    return response
  }
}

interface Around {
  door: Doorkeeper | undefined
  maxBody: number
  complain: (error: unknown, path: string) => void
}

function surround(app: Hono, { door, maxBody, complain }: Around): Hono<{ Bindings: HttpBindings }> {
  const face = new Hono<{ Bindings: HttpBindings }>()
  // It reads the whole body before the app gets it, so it is only for bodies that do not say how long they are.
  const limit = bodyLimit({ maxSize: maxBody, onError: () => tooLarge(maxBody) })
  door?.mount(face)
  if (Number.isFinite(maxBody))
    face.use((c, next) => (c.env.incoming.headers['transfer-encoding'] ? limit(c, next) : next()))
  face.use(methodNotAllowed({ app: face, onMethodNotAllowed: (_, methods) => notAllowed(methods) }))
  face.route('/', app)
  face.notFound(() => errorResponse(404, 'there is nothing here'))
  face.onError((error, c) => {
    if (error instanceof HTTPException && error.status < 500)
      return error.res ?? errorResponse(error.status, error.message)
    // Of a search that was given up because its client left, there is nothing to say.
    if (!c.req.raw.signal.aborted) complain(error, c.req.path)
    return errorResponse(500, FAILED)
  })
  return face
}

function tooLarge(most: number): Response {
  return errorResponse(413, `the body is too large; at most ${most} bytes are taken`)
}

function notAllowed(methods: readonly string[]): Response {
  const allow = methods.join(', ')
  return errorResponse(405, `here is only ${allow}`, { headers: { allow } })
}

/** Without the query: what people search for does not belong into a log. */
export function pathOf(url = ''): string {
  return url.replace(/\?.*/s, '')
}
