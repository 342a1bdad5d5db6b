import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * Stands before a bulk server and knows each document that came. It can keep the server's answers back: everything is
 * written then, and nobody knows it yet.
 */
export class BulkGate {
  /** `INDEX/ID` of each document, as often as it came. */
  readonly writes: string[] = []
  readonly url: string
  /** Milliseconds that each answer takes. */
  delay = 0
  /** Answers that are kept back. */
  #held = 0
  #shut: PromiseWithResolvers<void> | undefined
  #changed = Promise.withResolvers<void>()
  readonly #target: string
  readonly #server: Server
  readonly #end = new AbortController()

  private constructor(server: Server, target: string) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.#server = server
    this.#target = target
    // A server that is gone cannot answer, and who asked may be gone as well.
    server.on('request', (request, response) =>
      this.#forward(request, response).catch(() => response.destroy()),
    )
  }

  static async open(t: TestContext, target: string): Promise<BulkGate> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const gate = new BulkGate(server, target)
    t.after(() => gate.#close())
    return gate
  }

  /** Keeps answers back from now on, until `release`. */
  hold(): void {
    this.#shut = Promise.withResolvers()
    // Perhaps nobody waits for it.
    this.#shut.promise.catch(() => {})
  }

  release(): void {
    this.#shut?.resolve()
    this.#shut = undefined
  }

  /** Like `release`, but the answers that were kept back are lost. */
  lose(): void {
    this.#shut?.reject(new Error('lost'))
    this.#shut = undefined
  }

  /** Waits until the server has written something whose answer is kept back. */
  async holds(): Promise<void> {
    while (this.#held === 0) await this.#changed.promise
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', method = 'GET', headers } = request
    const body = Buffer.concat(await request.toArray())
    const type = headers['content-type'] ?? 'application/json'
    const answer = await fetch(`${this.#target}${url}`, {
      method,
      headers: { 'content-type': type },
      ...(body.length > 0 && { body }),
    })
    const text = await answer.text()
    if (url.includes('_bulk')) await this.#pass(body)
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  }

  async #pass(body: Buffer): Promise<void> {
    const actions = body
      .toString()
      .split('\n')
      .filter((line, n) => line !== '' && n % 2 === 0)
    for (const line of actions) {
      const { _index, _id } = JSON.parse(line).create
      this.writes.push(`${_index}/${_id}`)
    }
    this.#held++
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
    try {
      if (this.delay > 0) await wait(this.delay, undefined, { signal: this.#end.signal })
      await this.#shut?.promise
    } finally {
      this.#held--
    }
  }

  #close(): void {
    this.#end.abort()
    this.release()
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
