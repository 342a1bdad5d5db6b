import type { LiveEvent } from './event.ts'

/** Several events as they are written to everybody who wants the same ones. */
export class Frame {
  readonly events: readonly LiveEvent[]
  readonly #idOf: (sequence: number) => string
  #webSocket: Buffer | undefined
  #eventStream: Buffer | undefined
  /** What was asked for of it last: those who came at the same time begin at the same event. */
  #part: Frame | undefined

  /** @param idOf the id of an event, by its number */
  constructor(events: readonly LiveEvent[], idOf: (sequence: number) => string) {
    this.events = events
    this.#idOf = idOf
  }

  get count(): number {
    return this.events.length
  }

  /** About the bytes of it. */
  get size(): number {
    return this.events.reduce((sum, { size }) => sum + size, 0)
  }

  /** All but the first so many. */
  from(first: number): Frame {
    if (first === 0) return this
    const count = this.count - first
    if (this.#part?.count !== count) this.#part = new Frame(this.events.slice(first), this.#idOf)
    return this.#part
  }

  /** A text message whose lines are records. */
  get webSocket(): Buffer {
    this.#webSocket ??= textFrame(this.events.map(event => event.line).join('\n'))
    return this.#webSocket
  }

  /** https://html.spec.whatwg.org/multipage/server-sent-events.html. JSON has no line feeds, so it is one line of data. */
  get eventStream(): Buffer {
    this.#eventStream ??= ownBuffer(
      this.events.map(({ sequence, line }) => `id: ${this.#idOf(sequence)}\ndata: ${line}\n\n`).join(''),
    )
    return this.#eventStream
  }
}

/** Bytes of events in a frame. */
export const FRAME = 64 * 1024

/** Events in frames of about that size. */
export function framesOf(events: readonly LiveEvent[], idOf: (sequence: number) => string): Frame[] {
  const frames: Frame[] = []
  let from = 0
  let bytes = 0
  for (const [n, { size }] of events.entries()) {
    if (bytes > 0 && bytes + size > FRAME) {
      frames.push(new Frame(events.slice(from, n), idOf))
      from = n
      bytes = 0
    }
    bytes += size
  }
  if (from < events.length) frames.push(new Frame(events.slice(from), idOf))
  return frames
}

/** Not out of Node's pool: who does not read would hold on to the texts of others. */
function ownBuffer(text: string): Buffer {
  const buffer = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  buffer.write(text)
  return buffer
}

/** FIN and the opcode of a text (RFC 6455 section 5.2). */
const TEXT = 0x81

/** A whole text message as a server sends it, unmasked: the same bytes for everybody. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafeSlow(head + length)
  frame[0] = TEXT
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, head)
  return frame
}
