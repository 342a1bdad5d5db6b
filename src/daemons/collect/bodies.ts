import type { IncomingMessage } from 'node:http'
import { busy, Refused } from './refused.ts'

/** What a piece of a body takes beside its bytes: there may be one for each of them. */
const PIECE = 512

/** Called once, with a body or with why there is none. */
type Done = (error: Refused | undefined, body?: Buffer) => void

/** Reads bodies. All that are on their way share one room: where it is full, the one that has taken longest gives way. */
export class Bodies {
  readonly #most: number
  readonly #room: number
  /** In the order in which they began. */
  readonly #coming = new Set<Body>()
  #held = 0

  /**
   * @param most bytes of one of them
   * @param room bytes of all that have not come to their end
   */
  constructor(most: number, room: number) {
    this.#most = most
    this.#room = room
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held
  }

  /** Reads the body of a request. Of one whose client leaves, nobody is told. */
  read(request: IncomingMessage, done: Done): void {
    if (Number(request.headers['content-length'] ?? 0) > this.#most) {
      done(this.#tooLarge())
      return
    }
    const body = new Body(request, {
      came: size => this.#came(body, size),
      left: () => this.#leave(body),
      done,
    })
  }

  #came(body: Body, size: number): void {
    this.#coming.add(body)
    this.#held += size
    if (body.size > this.#most) body.refuse(this.#tooLarge())
    for (const oldest of this.#coming) {
      if (this.#held <= this.#room) break
      oldest.refuse(busy('too many bodies are on their way'))
    }
  }

  #leave(body: Body): void {
    if (this.#coming.delete(body)) this.#held -= body.held
  }

  #tooLarge(): Refused {
    return new Refused(413, `the body is too large; at most ${this.#most} bytes are taken (--max-body)`)
  }
}

interface Told {
  /** So many more bytes are held. */
  came(size: number): void
  /** It holds none any more. */
  left(): void
  done: Done
}

class Body {
  size = 0
  held = 0
  readonly #request: IncomingMessage
  readonly #told: Told
  #pieces: Buffer[] = []
  #isOver = false

  constructor(request: IncomingMessage, told: Told) {
    this.#request = request
    this.#told = told
    request.on('data', this.#take).once('end', this.#end).once('close', this.#leave)
  }

  /** What still comes of it is read away. */
  refuse(why: Refused): void {
    if (!this.#leave()) return
    this.#request.off('data', this.#take).resume()
    this.#told.done(why)
  }

  readonly #take = (piece: Buffer): void => {
    this.#pieces.push(piece)
    this.size += piece.length
    this.held += piece.length + PIECE
    this.#told.came(piece.length + PIECE)
  }

  readonly #end = (): void => {
    const pieces = this.#pieces
    if (this.#leave()) this.#told.done(undefined, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
  }

  /** False where it was over before. */
  readonly #leave = (): boolean => {
    if (this.#isOver) return false
    this.#isOver = true
    this.#told.left()
    this.#pieces = []
    return true
  }
}
