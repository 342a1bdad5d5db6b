import { Client } from './client.ts'
import type { Frame } from './frame.ts'

/** An event of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

/** An answer of server-sent events: what is written waits in it until its client reads. */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>
  readonly #most: number
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  readonly #onGone: () => void
  #onRoom: () => void = () => {}

  /**
   * @param most bytes that may wait in it
   * @param onGone called when its client has left, or it was ended
   */
  constructor(most: number, onGone: () => void) {
    this.#most = most
    this.#onGone = onGone
    this.body = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.#controller = controller
        },
        pull: () => this.#onRoom(),
        cancel: () => this.#leave(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: most }),
    )
  }

  /** Bytes that wait in it. */
  get waiting(): number {
    return this.#most - (this.#controller?.desiredSize ?? this.#most)
  }

  /** Called when some of what waited was taken. */
  set onRoom(onRoom: () => void) {
    this.#onRoom = onRoom
  }

  write(what: Uint8Array | string): void {
    this.#controller?.enqueue(typeof what === 'string' ? Buffer.from(what) : what)
  }

  /** Ends it behind what waits. */
  end(): void {
    this.#controller?.close()
    this.#leave()
  }

  #leave(): void {
    if (!this.#controller) return
    this.#controller = undefined
    this.#onGone()
  }
}

/** Who gets events as server-sent events. */
export class EventStreamClient extends Client {
  readonly #stream: EventStream
  readonly #place: () => string | undefined

  /** @param place the id of the newest event, when all up to it was given to everybody */
  constructor(
    stream: EventStream,
    most: number,
    onMissed: (events: number) => void,
    place: () => string | undefined,
  ) {
    super(most, onMissed)
    this.#stream = stream
    this.#place = place
    stream.onRoom = () => this.relieved()
    stream.write('retry: 1000\n\n')
  }

  get waiting(): number {
    return this.#stream.waiting
  }

  write(frame: Frame): void {
    this.#stream.write(frame.eventStream)
  }

  tell(missed: number | null): void {
    this.#stream.write(eventText('missed', { records: missed }))
  }

  /** Without data it is no event, but keeps proxies from hanging up, and the client knows where to go on. */
  beat(): void {
    if (this.waiting > 0) return
    const place = this.#place()
    this.#stream.write(place === undefined ? ':\n\n' : `id: ${place}\n\n`)
  }

  close(): void {
    this.#stream.end()
  }

  destroy(): void {
    this.#stream.end()
  }
}
