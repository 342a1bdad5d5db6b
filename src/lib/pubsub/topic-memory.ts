/** Characters of a topic that is remembered: it may be anything, of any length. */
const LONGEST = 200

/** What was found for topics, so that it is not looked for with each event. */
export class TopicMemory<T> {
  readonly #most: number
  readonly #known = new Map<string, T>()

  /** @param most topics that are remembered */
  constructor(most: number) {
    this.#most = most
  }

  /** @param find what is not known yet */
  of(topic: string, find: (topic: string) => T): T {
    if (topic.length > LONGEST) return find(topic)
    const known = this.#known.get(topic)
    if (known !== undefined) return known
    const found = find(topic)
    if (this.#known.size >= this.#most) this.#known.clear()
    this.#known.set(topic, found)
    return found
  }

  /** What was found may be wrong now. */
  clear(): void {
    this.#known.clear()
  }
}
