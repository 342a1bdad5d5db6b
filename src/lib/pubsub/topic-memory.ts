/** Characters of a topic that is remembered: it may be anything, of any length. */
const LONGEST = 200

/** What was found for topics, so that it is not looked for with each event. */
export class TopicMemory<T> {
  readonly #most: number
  readonly #sizeOf: (found: T) => number
  readonly #known = new Map<string, T>()
  #size = 0

  /**
   * @param most topics that are remembered
   * @param sizeOf for how many of those one counts of which this was found
   */
  constructor(most: number, sizeOf: (found: T) => number = () => 1) {
    this.#most = most
    this.#sizeOf = sizeOf
  }

  /** @param find what is not known yet */
  of(topic: string, find: (topic: string) => T): T {
    if (topic.length > LONGEST) return find(topic)
    const known = this.#known.get(topic)
    if (known !== undefined) return known
    const found = find(topic)
    const size = this.#sizeOf(found)
    if (this.#size + size > this.#most) this.clear()
    this.#known.set(topic, found)
    this.#size += size
    return found
  }

  /** What was found may be wrong now. */
  clear(): void {
    this.#known.clear()
    this.#size = 0
  }
}
