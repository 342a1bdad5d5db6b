import { TopicMemory } from './topic-memory.ts'

/** Subscriptions of ZeroMQ: what a message has to begin with. So many are searched; with more, all is taken for subscribed to. */
const MOST_SEARCHED = 10_000

/** Bytes of memory that libzmq may take for them: it has no bound of its own. */
const MOST_MEMORY = 64 * 2 ** 20

/** Answers that are kept. */
const MOST_ANSWERS = 1_000

const UNSUBSCRIBE = 0
const SUBSCRIBE = 1

/**
 * What those who are connected have subscribed to, as XPUB tells of it (ZMQ_XPUB_VERBOSE): whoever subscribes, also for the second time; and
 * when the last one has gone who had a prefix.
 */
export class Subscriptions {
  /** As bytes, a character each; and for how many connections, at most, libzmq has them. */
  readonly #prefixes = new Map<string, number>()
  readonly #answers = new TopicMemory<boolean>(MOST_ANSWERS)
  readonly #whole: boolean
  #memory = 0

  /** @param whole whether what they are compared with is the whole message, and not only its topic */
  constructor(whole: boolean) {
    this.#whole = whole
  }

  get size(): number {
    return this.#prefixes.size
  }

  /** Whether there are more than a publisher can afford. */
  get isOverfull(): boolean {
    return this.#memory > MOST_MEMORY
  }

  /**
   * Takes in what the socket has received: a byte that says which, and the prefix.
   * @param connections that there are now: libzmq keeps a prefix once for each, however often it is subscribed to
   */
  take(message: Buffer, connections: number): void {
    const prefix = message.toString('latin1', 1)
    const known = this.#prefixes.get(prefix) ?? 0
    if (message[0] === SUBSCRIBE) this.#enter(prefix, known, Math.min(known + 1, Math.max(1, connections)))
    // Anything else is somebody's message: a publisher takes none.
    else if (message[0] === UNSUBSCRIBE && known > 0) this.#enter(prefix, known, 0)
  }

  #enter(prefix: string, before: number, after: number): void {
    this.#memory += memoryOf(prefix, after) - memoryOf(prefix, before)
    if (after > 0) this.#prefixes.set(prefix, after)
    else this.#prefixes.delete(prefix)
    if (before === 0 || after === 0) this.#answers.clear()
  }

  clear(): void {
    this.#prefixes.clear()
    this.#answers.clear()
    this.#memory = 0
  }

  /** Whether somebody wants, or may want, a message that begins so. */
  want(start: string): boolean {
    if (this.#prefixes.size > MOST_SEARCHED) return true
    return this.#answers.of(start, () => this.#search(Buffer.from(start).toString('latin1')))
  }

  #search(start: string): boolean {
    for (const prefix of this.#prefixes.keys())
      if (start.startsWith(prefix) || (this.#whole && prefix.startsWith(start))) return true
    return false
  }
}

/**
 * Of libzmq 4.3.5, at most: 13,000 bytes for one of 256, and 2,500 for one of 16 that parts from others everywhere; 600 for what is
 * usual. For each connection that has it as well, 56 (19,000 of 100 connections: 102 MiB more than of one).
 */
function memoryOf(prefix: string, connections: number): number {
  return connections === 0 ? 0 : 2_048 + 50 * prefix.length + 56 * (connections - 1)
}
