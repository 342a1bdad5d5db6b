import { Queue } from '../../lib/engine/queue.ts'

/** Answers that are given together: those to messages, whose numbers they are, or one that is there already. */
interface Turn {
  given: readonly number[] | string
  ready: boolean
}

/**
 * As many messages may wait for their answers, and a turn counts as several. Most messages are bounded by the buffer as well, but
 * not what needs no room in it: empty ones, and other commands, behind one that is not accepted.
 */
const MOST = 65_536
const TURN = 64

/** Writes answers, of which so many are to messages that were accepted. */
type Write = (text: string, messages: number) => void

/**
 * The answers of one connection. They are given in the order of the commands, as the specification has it, whichever of
 * them is accepted first.
 */
export class Answers {
  readonly #write: Write
  readonly #turns = new Queue<Turn>()
  #weight = 0
  #finish: (() => void) | undefined
  #room: PromiseWithResolvers<void> | undefined

  constructor(write: Write) {
    this.#write = write
  }

  /** Commands wait for an answer. */
  get waiting(): boolean {
    return this.#turns.length > 0
  }

  /** Undefined as long as one more may wait, else the promise of that. */
  room(): Promise<void> | undefined {
    if (this.#weight < MOST) return undefined
    this.#room ??= Promise.withResolvers()
    return this.#room.promise
  }

  /** Answers a command, behind those that came before it. */
  say(number: number, code: 200 | 500, text: string): void {
    this.#push({ given: response(number, `${code} ${text}`), ready: true })
    this.#give()
  }

  /** Messages have come. Returns what is to be called when they are accepted, and then answers them. */
  expect(numbers: readonly number[]): () => void {
    const turn = { given: numbers, ready: false }
    this.#push(turn)
    return () => {
      turn.ready = true
      this.#give()
    }
  }

  /** Nothing more will come: calls when everything is answered. */
  finish(finished: () => void): void {
    this.#finish = finished
    this.#give()
  }

  #push(turn: Turn): void {
    this.#turns.push(turn)
    this.#weight += weightOf(turn)
  }

  #give(): void {
    let text = ''
    let messages = 0
    for (let turn = this.#turns.peek(); turn?.ready; turn = this.#turns.peek()) {
      this.#turns.shift()
      this.#weight -= weightOf(turn)
      if (typeof turn.given === 'string') text += turn.given
      else {
        text += accepted(turn.given)
        messages += turn.given.length
      }
    }
    if (text !== '') this.#write(text, messages)
    if (!this.waiting) this.#finish?.()
    if (this.#room && this.#weight < MOST) {
      this.#room.resolve()
      this.#room = undefined
    }
  }
}

function weightOf({ given }: Turn): number {
  return typeof given === 'string' ? TURN : TURN + given.length
}

function accepted(numbers: readonly number[]): string {
  let text = ''
  for (const number of numbers) text += `${number} rsp 6 200 OK\n`
  return text
}

/** A frame with the answer to a command. */
function response(number: number, text: string): string {
  return `${number} rsp ${Buffer.byteLength(text)} ${text}\n`
}
