import type { ServerResponse } from 'node:http'
import { Client } from './client.ts'
import type { Frame } from './frame.ts'
import { endWhereVanished } from './vanished.ts'

/** An event of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

/** An answer of server-sent events. It is written directly: a stream of the Fetch API would keep all of it to itself once more. */
export class EventStream {
  readonly #response: ServerResponse
  readonly #onGone: () => void
  #isOver = false

  /** @param onGone called when its client has left, or it was ended */
  constructor(response: ServerResponse, onGone: () => void) {
    this.#response = response
    this.#onGone = onGone
    // nginx would keep the events until it has 4 KiB of them.
    const headers = {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    }
    response.writeHead(200, headers)
    response.write('retry: 1000\n\n')
    response.on('close', () => this.#leave())
    // Its client may be gone by now, or before the next one is written.
    response.on('error', () => this.#leave())
    if (response.destroyed) setImmediate(() => this.#leave())
    if (response.socket) void endWhereVanished(response.socket)
  }

  /** Bytes that wait in it. */
  get waiting(): number {
    return this.#response.writableLength
  }

  /** Called when what waited was taken. */
  set onRoom(onRoom: () => void) {
    this.#response.on('drain', onRoom)
  }

  write(what: Uint8Array | string): void {
    if (!this.#isOver) this.#response.write(what)
  }

  /** Ends it behind what waits. */
  end(): void {
    this.#leave()
    this.#response.end()
  }

  /** Ends it at once, whatever waits. */
  destroy(): void {
    this.#leave()
    this.#response.destroy()
  }

  #leave(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onGone()
  }
}

/** Who gets events as server-sent events. */
export class EventStreamClient extends Client {
  readonly #stream: EventStream
  readonly #newest: () => string | undefined

  /** @param newest the id of the newest event, when all up to it was given to everybody */
  constructor(
    response: ServerResponse,
    {
      onMissed,
      onGone,
      newest,
    }: { onMissed(events: number): void; onGone(): void; newest(): string | undefined },
  ) {
    super(onMissed)
    this.#stream = new EventStream(response, onGone)
    this.#stream.onRoom = () => this.relieved()
    this.#newest = newest
  }

  protected get waiting(): number {
    return this.#stream.waiting
  }

  write(frame: Frame): void {
    this.#stream.write(frame.eventStream)
  }

  tell(missed: number | null): void {
    this.#stream.write(eventText('missed', { records: missed }))
  }

  /** Keeps proxies from hanging up, tells the client that the connection is alive, and where to go on. */
  beat(): void {
    if (this.waiting > 0) return
    const newest = this.isBehind ? undefined : this.#newest()
    const id = newest === undefined ? '' : `id: ${newest}\n`
    this.#stream.write(id + eventText('beat', { time: Date.now() }))
  }

  close(): void {
    this.#stream.end()
  }

  destroy(): void {
    this.#stream.destroy()
  }
}
