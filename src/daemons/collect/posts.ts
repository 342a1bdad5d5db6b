import type { IncomingMessage } from 'node:http'
import { messageOf } from '../../lib/errors.ts'
import { parseValues } from '../../lib/json-values.ts'
import { contentOf } from '../../lib/serve/content.ts'
import { sendError } from '../../lib/serve/errors.ts'
import type { Guard } from '../../lib/serve/guard.ts'
import { linger } from '../../lib/serve/linger.ts'
import type { SafeResponse } from '../../lib/serve/response.ts'
import { Bodies } from './bodies.ts'
import type { Collector } from './collector.ts'
import type { Refusals } from './refusals.ts'
import { Refused, wrong } from './refused.ts'
import { pathOf } from './request.ts'

const TYPES = 'application/json, application/x-ndjson or, from a page, text/plain'
/** Bytes of all bodies that are on their way. */
const ROOM = 64 * 1024 * 1024
const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** Events by POST, of pages and of programs. */
export class Posts {
  readonly #collector: Collector
  readonly #refusals: Refusals
  readonly #bodies: Bodies

  /** @param maxBody bytes */
  constructor(collector: Collector, refusals: Refusals, maxBody: number) {
    this.#collector = collector
    this.#refusals = refusals
    this.#bodies = new Bodies(maxBody, ROOM)
  }

  /** Answers what is posted to /e; false for any other request. */
  answer(request: IncomingMessage, response: SafeResponse, guard: Guard): boolean {
    if (request.method !== 'POST' || !/^\/e(?:\?|$)/.test(pathOf(request))) return false
    const refusal = guard(request)
    if (refusal) refuse(request, response, refusal.status, refusal.message, refusal)
    else this.#take(request, response)
    return true
  }

  #take(request: IncomingMessage, response: SafeResponse): void {
    const answer = (error?: unknown) => {
      if (error === undefined) response.writeHead(204).end()
      else this.#refuse(request, response, error)
    }
    try {
      const address = this.#collector.admit(request)
      const isPage = isFromPage(request)
      this.#bodies.read(request, (error, body) => {
        if (error) answer(error)
        else this.#give(request, address, isPage, body!, answer)
      })
    } catch (error) {
      answer(error)
    }
  }

  #give(
    request: IncomingMessage,
    address: string,
    isPage: boolean,
    body: Buffer,
    answer: (error?: unknown) => void,
  ): void {
    try {
      const values = valuesIn(body)
      if (isPage) this.#collector.fromPage(request, address, values, answer)
      else this.#collector.fromProgram(request, address, values, answer)
    } catch (error) {
      answer(error)
    }
  }

  #refuse(request: IncomingMessage, response: SafeResponse, error: unknown): void {
    const { status, message, headers } = this.#refusals.of(error, request)
    refuse(request, response, status, message, { headers })
  }
}

async function refuse(
  request: IncomingMessage,
  response: SafeResponse,
  status: number,
  message: string,
  more: Parameters<typeof sendError>[3],
): Promise<void> {
  await linger({ incoming: request, outgoing: response })
  sendError(response, status, message, more)
}

/** Pages send text/plain: for that, browsers need not ask first whether they may. */
function isFromPage({ headers }: IncomingMessage): boolean {
  const content = contentOf(headers)
  if ('message' in content) throw new Refused(415, content.message, content.headers, `send ${TYPES}`)
  if (content.coding) throw new Refused(415, 'send it without compression', { 'accept-encoding': 'identity' })
  if (content.form === 'unknown') throw new Refused(415, `send ${TYPES}`)
  return content.form === 'texts'
}

/** One JSON object, a list of them, or one after the other: lines. */
function valuesIn(body: Buffer): unknown[] {
  let text: string
  try {
    text = UTF8.decode(body)
  } catch {
    throw wrong('the body is not UTF-8, and nothing of it was taken')
  }
  if (text.trim() === '') return []
  try {
    return parseValues(text)
  } catch (error) {
    // The detail quotes what the page of a visitor sent.
    const reason = 'the body is not JSON, and nothing of it was taken'
    throw wrong(`${reason}: ${messageOf(error)}`, reason)
  }
}
