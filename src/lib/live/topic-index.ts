import type { Group } from './group.ts'

/** Topics whose groups are remembered. */
const MOST_TOPICS = 10_000

/** Which groups the events of a topic are for: with thousands of groups, one of each topic, an event is not shown to all of them. */
export class TopicIndex {
  readonly #groups: () => Iterable<Group>
  readonly #known = new Map<string, readonly Group[]>()

  constructor(groups: () => Iterable<Group>) {
    this.#groups = groups
  }

  of(topic: string): readonly Group[] {
    let groups = this.#known.get(topic)
    if (groups) return groups
    if (this.#known.size >= MOST_TOPICS) this.#known.clear()
    groups = [...this.#groups()].filter(({ selection }) => selection.fitsTopic(topic))
    this.#known.set(topic, groups)
    return groups
  }

  /** There are other groups now. */
  clear(): void {
    this.#known.clear()
  }
}
