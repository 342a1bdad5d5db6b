// Those who watch events: browsers, as far as their connections go.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { createParser } from '../../src/web/lib/event-stream.ts'

/** How long a test waits for what should come at once. */
const PATIENCE = 30_000

export type Event = {
  '@meta': { id: string; missed?: number | null; beat?: number }
  [field: string]: unknown
}

/** Waits until it has been called so often that this is so. */
export class Waiting {
  #changed = Promise.withResolvers<void>()

  changed(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`${what} did not come`)), PATIENCE)
    try {
      while (!isSo()) await Promise.race([this.#changed.promise, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** What somebody has got. */
export class Received extends Waiting {
  readonly events: Event[] = []
  /** How many it was told that it missed; null: nobody knows. */
  readonly missed: (number | null)[] = []
  /** How often it was told that there was nothing to tell. */
  beats = 0

  get missedInAll(): number {
    return this.missed.reduce<number>((sum, n) => sum + (n ?? Number.NaN), 0)
  }

  add(line: string): void {
    const event = JSON.parse(line) as Event
    const { missed, beat } = event['@meta']
    if (beat !== undefined) this.beats++
    else if (missed === undefined) this.events.push(event)
    else this.missed.push(missed)
  }

  /** Settles with all events as soon as they are so many. */
  async got(count: number): Promise<Event[]> {
    await this.until(`${count} events (there are ${this.events.length})`, () => this.events.length >= count)
    return this.events
  }
}

/** Watches by WebSocket. */
export class Watcher extends Received {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>

  private constructor(socket: WebSocket) {
    super()
    this.socket = socket
    this.closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
    // Who is not let in hears of that in another way.
    this.closed.catch(() => {})
    socket.on('message', message => {
      for (const line of String(message).split('\n')) this.add(line)
      this.changed()
    })
  }

  static async open(t: TestContext, port: number, query = '', headers = {}): Promise<Watcher> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/events${query}`, { headers })
    t.after(() => socket.terminate())
    const watcher = new Watcher(socket)
    await once(socket, 'open')
    return watcher
  }
}

/** The status of the answer to who asks for WebSocket, and is refused. */
export async function refusalOf(
  port: number,
  query: string,
  headers = {},
  path = '/events',
): Promise<{ status: number; body: string; retryAfter: string | undefined }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}${query}`, { headers })
  const [, response] = await Promise.race([
    once(socket, 'unexpected-response'),
    once(socket, 'open').then(() => assert.fail('it was let in')),
  ])
  let body = ''
  for await (const text of response.setEncoding('utf8')) body += text
  return { status: response.statusCode, body, retryAfter: response.headers['retry-after'] }
}

/** The text that comes by WebSocket, cut anywhere. */
export class TextWatcher extends Waiting {
  readonly named: { event: string; data: unknown }[] = []
  readonly socket: WebSocket
  readonly closed: Promise<number>

  private constructor(socket: WebSocket) {
    super()
    this.socket = socket
    this.closed = once(socket, 'close').then(([code]) => code)
    const parse = createParser(({ event, data }) => this.named.push({ event, data: JSON.parse(data) }))
    socket.on('message', message => {
      parse(String(message))
      this.changed()
    })
  }

  static async open(t: TestContext, port: number, path: string, headers = {}): Promise<TextWatcher> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
    t.after(() => socket.terminate())
    const watcher = new TextWatcher(socket)
    await once(socket, 'open')
    return watcher
  }
}

/** Watches by server-sent events. */
export class Reader extends Received {
  /** Those that are not events of somebody, by their names. */
  readonly named: { event: string; data: unknown }[] = []
  lastId: string | undefined
  readonly #leaving: AbortController

  private constructor(body: ReadableStream<Uint8Array>, leaving: AbortController) {
    super()
    this.#leaving = leaving
    this.#read(body).catch(() => {})
  }

  static async open(t: TestContext, port: number, path = '/events', headers = {}): Promise<Reader> {
    const leaving = new AbortController()
    t.after(() => leaving.abort())
    const { signal } = leaving
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    return new Reader(response.body!, leaving)
  }

  leave(): void {
    this.#leaving.abort()
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parse = createParser(
      ({ event, data }) => {
        if (event === 'message') this.add(data)
        else if (event === 'beat') this.beats++
        else if (event === 'missed') this.missed.push(JSON.parse(data).records)
        else this.named.push({ event, data: JSON.parse(data) })
      },
      id => {
        this.lastId = id
      },
    )
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      parse(decoder.decode(chunk, { stream: true }))
      this.changed()
    }
  }
}

/** One who asks for WebSocket and then reads nothing before a test says so. */
export class Silent extends Received {
  readonly socket: Socket
  #rest: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket) {
    super()
    this.socket = socket
  }

  static async open(t: TestContext, port: number, query = ''): Promise<Silent> {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.after(() => socket.destroy())
    socket.write(
      `GET /events${query} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.pause()
    assert.match(answer.toString('latin1'), /^HTTP\/1.1 101/)
    return new Silent(socket)
  }

  /** Reads from now on. */
  read(): void {
    this.socket.on('data', chunk => {
      this.#rest = Buffer.concat([this.#rest, chunk])
      while (this.#take());
      this.changed()
    })
    this.socket.resume()
  }

  /** Takes a frame (RFC 6455 section 5.2) off what has come. */
  #take(): boolean {
    const rest = this.#rest
    if (rest.length < 2) return false
    const short = rest[1]! & 0x7f
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (rest.length < head) return false
    const length = head === 2 ? short : head === 4 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2))
    if (rest.length < head + length) return false
    const isText = (rest[0]! & 0x0f) === 1
    if (isText) for (const line of rest.toString('utf8', head, head + length).split('\n')) this.add(line)
    this.#rest = rest.subarray(head + length)
    return true
  }
}
