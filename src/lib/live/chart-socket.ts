import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { ChartStream } from './chart.ts'
import { textFrame } from './frame.ts'
import { endWhereVanished } from './vanished.ts'
import { listen, sayGoodbye } from './web-socket.ts'

/** How long it may take to say goodbye, milliseconds. */
const GOODBYE = 1000

/** Who gets rates by WebSocket: the text of server-sent events, of which a browser opens six at most to one host. */
export class ChartSocket implements ChartStream {
  readonly #webSocket: WebSocket
  readonly #socket: Duplex

  constructor(webSocket: WebSocket, socket: Duplex, onGone: () => void) {
    this.#webSocket = webSocket
    this.#socket = socket
    listen(webSocket, () => this.waiting === 0)
    webSocket.on('close', onGone)
    // Something is written all the time, so that no ping is needed.
    void endWhereVanished(socket as Socket)
  }

  get waiting(): number {
    return this.#socket.writableLength
  }

  set onRoom(onRoom: () => void) {
    this.#socket.on('drain', onRoom)
  }

  /** A close frame is the last one. */
  write(text: string): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#socket.write(textFrame(text))
  }

  end(): void {
    sayGoodbye(this.#webSocket)
    setTimeout(() => this.#webSocket.terminate(), GOODBYE).unref()
  }
}
