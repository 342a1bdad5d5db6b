import type { ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { messageOf } from '../errors.ts'
import { atMostEvery } from '../throttle.ts'

const CODES: { readonly [status: number]: string } = {
  400: 'bad-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'too-slow',
  413: 'too-large',
  415: 'unsupported',
  429: 'too-many-requests',
  500: 'internal',
  503: 'busy',
}

interface More {
  code?: string
  headers?: { readonly [name: string]: string }
}

/** An answer that says what is wrong, in the one form that all errors have. */
export function errorResponse(status: number, message: string, { code, headers = {} }: More = {}): Response {
  return Response.json(bodyOf(status, message, code), { status, headers })
}

/** The same, for who has no hono in front. */
export function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  { code, headers = {} }: More = {},
): void {
  const body = Buffer.from(JSON.stringify(bodyOf(status, message, code)))
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': body.length,
  })
  response.end(body)
}

/** What an answer says. */
export function bodyOf(status: number, message: string, code = CODES[status] ?? `http-${status}`): object {
  return { error: { code, message } }
}

/** What its client is told of an error of ours. */
export const FAILED = 'this failed; the log says why'

const MINUTE = 60_000
const MOST_MESSAGES = 100

/** Returns what logs errors with their stacks, each message at most once a minute. */
export function createComplaint(log: Logger): (error: unknown, path: string) => void {
  const throttles = new Map<string, () => boolean>()
  return (error, path) => {
    const message = messageOf(error)
    const known = throttles.get(message)
    // Messages with a number in them could be without end.
    if (!known && throttles.size >= MOST_MESSAGES) throttles.clear()
    const may = known ?? atMostEvery(MINUTE)
    throttles.set(message, may)
    if (may()) log.error({ err: error, path }, `a request failed: ${message}`)
  }
}
