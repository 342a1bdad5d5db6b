import { TopicMemory } from './topic-memory.ts'

/** Subscriptions of ZeroMQ: what a message has to begin with. As many as are kept; with more, all is taken for subscribed to. */
const MOST = 10_000

/** Answers that are kept. */
const MOST_ANSWERS = 1_000

const UNSUBSCRIBE = 0
const SUBSCRIBE = 1

/** What those who are connected have subscribed to: each prefix once, as XPUB tells of it. */
export class Subscriptions {
  /** As bytes, a character each. */
  readonly #prefixes = new Set<string>()
  readonly #answers = new TopicMemory<boolean>(MOST_ANSWERS)
  readonly #whole: boolean
  #isOverfull = false

  /** @param whole whether what they are compared with is the whole message, and not only its topic */
  constructor(whole: boolean) {
    this.#whole = whole
  }

  get size(): number {
    return this.#prefixes.size
  }

  /** Takes in what the socket has received: a byte that says which, and the prefix. */
  take(message: Buffer): void {
    const prefix = message.toString('latin1', 1)
    if (message[0] === SUBSCRIBE) {
      if (this.#prefixes.size < MOST) this.#prefixes.add(prefix)
      else this.#isOverfull = true
    } else if (message[0] === UNSUBSCRIBE) this.#prefixes.delete(prefix)
    // Anything else is somebody's message: a publisher takes none.
    else return
    this.#answers.clear()
  }

  clear(): void {
    this.#prefixes.clear()
    this.#answers.clear()
    this.#isOverfull = false
  }

  /** Whether somebody wants, or may want, a message that begins so. */
  want(start: string): boolean {
    if (this.#isOverfull) return true
    return this.#answers.of(start, () => this.#search(Buffer.from(start).toString('latin1')))
  }

  #search(start: string): boolean {
    for (const prefix of this.#prefixes)
      if (start.startsWith(prefix) || (this.#whole && prefix.startsWith(start))) return true
    return false
  }
}
