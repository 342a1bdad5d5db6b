import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One item of a bulk answer. */
interface Item {
  status: number
  error?: { type: string; reason: string }
  failure_store?: string
}

/** What goes wrong, and when; nothing is the normal course. */
export interface Script {
  /** The status of the whole request, before anything is stored. */
  request?: (body: string, size: number) => number | undefined
  /** The answer for one document, which is then not stored. */
  item?: (id: string) => Item | undefined
  /** After everything was stored: hang up without an answer, or send half of one. */
  after?: () => 'hang-up' | 'torn' | undefined
}

/**
 * A server with the bulk API of Elasticsearch that misbehaves by script: what a real one does under load, on
 * command. Real servers are in test/servers.
 */
export class BulkStub {
  readonly stored = new Map<string, unknown>()
  /** Documents in each bulk request. */
  readonly sizes: number[] = []
  authorization: string | undefined
  readonly #script: Script
  readonly #server: Server

  constructor(script: Script) {
    this.#script = script
    this.#server = createServer((request, response) => {
      let body = ''
      this.authorization = request.headers.authorization
      request.setEncoding('utf8').on('data', text => {
        body += text
      })
      request.on('end', () => this.#answer(request.url ?? '', body, response))
    })
  }

  async listen(port = 0): Promise<string> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer(url: string, body: string, response: ServerResponse): void {
    const send = (status: number, answer: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
      response.end(JSON.stringify(answer))
    }
    if (url.includes('_bulk')) this.#answerBulk(body, response, send)
    else send(200, {})
  }

  #answerBulk(body: string, response: ServerResponse, send: (status: number, answer: unknown) => void): void {
    const lines = body.split('\n').filter(Boolean)
    const ids = lines.filter((_, n) => n % 2 === 0).map(line => JSON.parse(line).create._id as string)
    this.sizes.push(ids.length)
    const status = this.#script.request?.(body, ids.length)
    if (status !== undefined) {
      send(status, { error: { type: 'stub', reason: 'by script' }, status })
      return
    }
    const items = ids.map((id, n) => ({ create: this.#store(id, lines[n * 2 + 1]!) }))
    const after = this.#script.after?.()
    if (after === 'hang-up') response.socket?.destroy()
    else if (after === 'torn') send(200, { items: items.slice(1) })
    else send(200, { errors: items.some(({ create }) => create.status >= 300), items })
  }

  #store(id: string, source: string): Item {
    const scripted = this.#script.item?.(id)
    if (scripted) return scripted
    if (this.stored.has(id))
      return { status: 409, error: { type: 'version_conflict_engine_exception', reason: 'exists' } }
    this.stored.set(id, JSON.parse(source))
    return { status: 201 }
  }
}
