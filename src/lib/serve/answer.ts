import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Context } from '../daemon.ts'
import type { Entrance } from './entrance.ts'
import { createComplaint, FAILED, sendError } from './errors.ts'
import { createFace, pathOf } from './face.ts'
import type { Welcome } from './guard.ts'
import type { Limits } from './limits.ts'
import type { SafeResponse } from './response.ts'

/** Answers the requests of a server by an app, to those who may ask. */
export function answerRequests(
  server: Server,
  app: Hono,
  { welcome, guard, door }: Entrance,
  limits: Limits,
  log: Context['log'],
): void {
  const face = createFace(app, { guard, origins: welcome.origins, door, maxBody: limits.body, log })
  // Node reads what is left of a body that nobody wants, so that its client gets to read the answer. The adapter would cut
  // the client off after half a second.
  const listener = { autoCleanupIncoming: false }
  const answer = getRequestListener(face as Parameters<typeof getRequestListener>[0], listener)
  const direct = limits.isPublic && !door ? safely(limits.direct, log) : undefined
  server.on('request', (request, response) => {
    const safe = response as unknown as SafeResponse
    welcomeTo(safe, request, welcome)
    bearWith(response, limits.silence)
    if (!direct?.(request, safe, guard)) answer(request, response)
  })
}

/** A mistake of ours ends one request, and not the process. */
function safely(direct: Limits['direct'], log: Context['log']): Limits['direct'] {
  const complain = createComplaint(log)
  return (request, response, guard) => {
    try {
      return direct?.(request, response, guard) ?? false
    } catch (error) {
      complain(error, pathOf(request.url))
      if (response.headersSent) response.destroy()
      else sendError(response, 500, FAILED)
      return true
    }
  }
}

/** Who else may read the answer. */
function welcomeTo(
  response: SafeResponse,
  { headers }: IncomingMessage,
  { isPublic, origins }: Welcome,
): void {
  response.isPublic = isPublic === true
  response.dependsOnOrigin = origins?.areSome === true
  if (origins?.allows(headers.origin)) response.readableBy = headers.origin
}

/** An answer that is still being made keeps its connection, however long that takes: it is not the client who is silent. */
function bearWith(response: ServerResponse, silence: number): void {
  response.on('timeout', socket => {
    if (response.writableLength > 0 || response.writableEnded) socket.destroy()
    else socket.setTimeout(silence)
  })
}
