// Requests as clients of all kinds make them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'
import { type RequestOptions, request as tlsRequest } from 'node:https'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Posts a body, on a connection of its own. */
export function post(port: number, body: string | Buffer, options: RequestOptions = {}): Promise<Answer> {
  const { request, answer } = beginPost(port, options)
  request.end(body)
  return answer
}

/** A request whose body the test writes; with a `ca`, over TLS. */
export function beginPost(
  port: number,
  options: RequestOptions = {},
): { request: ClientRequest; answer: Promise<Answer> } {
  const ask = options.ca ? tlsRequest : request
  const sent = ask({ port, host: '127.0.0.1', method: 'POST', path: '/', agent: false, ...options })
  // An answer may come, and the connection end, before all is sent.
  sent.on('error', () => {})
  const answer = answerOf(sent)
  answer.catch(() => {})
  return { request: sent, answer }
}

async function answerOf(sent: ClientRequest): Promise<Answer> {
  const [response] = await Promise.race([
    once(sent, 'response'),
    once(sent, 'close').then(() => assert.fail('there was no answer')),
  ])
  let body = ''
  for await (const text of response.setEncoding('utf8')) body += text
  return { status: response.statusCode!, headers: response.headers, body }
}
