import { TopicMemory } from '../pubsub/topic-memory.ts'
import type { Group } from './group.ts'

/** Topics whose groups are remembered, and groups of all of them: each topic may be for thousands. */
const MOST_TOPICS = 10_000
const MOST_ENTRIES = 1_000_000

/** Which groups the events of a topic are for: with thousands of groups, one of each topic, an event is not shown to all of them. */
export class TopicIndex {
  readonly #groups: () => Iterable<Group>
  readonly #known = new TopicMemory<readonly Group[]>(MOST_TOPICS)
  #entries = 0

  constructor(groups: () => Iterable<Group>) {
    this.#groups = groups
  }

  of(topic: string): readonly Group[] {
    return this.#known.of(topic, () => {
      const found = [...this.#groups()].filter(({ selection }) => selection.fitsTopic(topic))
      if (this.#entries + found.length > MOST_ENTRIES) this.clear()
      this.#entries += found.length
      return found
    })
  }

  /** There are other groups now, or too many are remembered. */
  clear(): void {
    this.#known.clear()
    this.#entries = 0
  }
}
