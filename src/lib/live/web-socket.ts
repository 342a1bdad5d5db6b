import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { Client } from './client.ts'
import { type Frame, textFrame } from './frame.ts'

/** Clients say nothing but pong and close; a control frame has at most 125 bytes (RFC 6455 section 5.5). */
const MOST_MESSAGE = 125
/** Pings without an answer, one at each beat. */
const PATIENCE = 3
const GOING_AWAY = 1001
/** It did what it may not, or may not be here any more. */
export const POLICY = 1008

export type Accept = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  accepted: (webSocket: WebSocket) => void,
) => void

/** Returns what agrees on WebSocket. (Frames are not deflated: that would be done anew for each client, and cost each of them memory.) */
export function createAccept(): Accept {
  const server = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    maxPayload: MOST_MESSAGE,
    autoPong: false,
  })
  return (request, socket, head, accepted) => server.handleUpgrade(request, socket, head, accepted)
}

/** Has nothing said by the client but pong and close. */
export function listen(webSocket: WebSocket, hasRoom: () => boolean): void {
  webSocket.on('message', () => webSocket.close(POLICY, 'nothing is read here'))
  // Who does not read its answers needs no more of them.
  webSocket.on('ping', data => {
    if (hasRoom()) webSocket.pong(data)
  })
  // What is wrong with what it sent, `ws` has told it by then (1009 for a long one).
  webSocket.on('error', () => {})
}

export function sayGoodbye(webSocket: WebSocket): void {
  webSocket.close(GOING_AWAY, 'the server stops')
}

/** Who gets events by WebSocket. The bytes of a frame are the same for all, so they go past `ws` straight into the socket. */
export class WebSocketClient extends Client {
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  /** Pings that it has not answered. */
  #unanswered = 0
  /** Bytes that had left for it when it was looked at last. */
  #left = 0
  /** Nothing was written since the last beat. */
  #isQuiet = true

  constructor(
    webSocket: WebSocket,
    socket: Duplex,
    { onMissed, onGone }: { onMissed(events: number): void; onGone(): void },
  ) {
    super(onMissed)
    this.#webSocket = webSocket
    this.#socket = socket
    listen(webSocket, () => this.hasRoom)
    webSocket.on('pong', () => {
      this.#unanswered = 0
    })
    webSocket.on('close', onGone)
    socket.on('drain', () => this.relieved())
  }

  protected get waiting(): number {
    return this.#socket.writableLength
  }

  write(frame: Frame): void {
    this.#send(frame.webSocket)
  }

  tell(missed: number | null): void {
    this.#send(textFrame(JSON.stringify({ '@meta': { missed } })))
  }

  /**
   * It is gone where it answers no ping and none of what waits leaves. (Who is only slow has not read yet that it was asked.) Of
   * a ping no page hears, so after a silence there are words: where they stay away, the connection is dead.
   */
  beat(): void {
    const { bytesWritten } = this.#socket as Duplex & { bytesWritten: number }
    const left = bytesWritten - this.waiting
    const isMoving = this.waiting > 0 && left > this.#left
    if (this.#unanswered >= PATIENCE && !isMoving) {
      this.destroy()
      return
    }
    this.#left = left
    this.#unanswered++
    this.#webSocket.ping()
    if (this.#isQuiet) this.#send(textFrame(JSON.stringify({ '@meta': { beat: Date.now() } })))
    this.#isQuiet = true
  }

  close(): void {
    sayGoodbye(this.#webSocket)
  }

  destroy(): void {
    this.#webSocket.terminate()
  }

  /** A close frame is the last one. */
  #send(frame: Buffer): void {
    this.#isQuiet = false
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#socket.write(frame)
  }
}
