import { TopicMemory } from '../pubsub/topic-memory.ts'
import type { Group } from './group.ts'

/** Topics whose groups are remembered. */
const MOST_TOPICS = 10_000

/** Which groups the events of a topic are for: with thousands of groups, one of each topic, an event is not shown to all of them. */
export class TopicIndex {
  readonly #groups: () => Iterable<Group>
  readonly #known = new TopicMemory<readonly Group[]>(MOST_TOPICS)

  constructor(groups: () => Iterable<Group>) {
    this.#groups = groups
  }

  of(topic: string): readonly Group[] {
    return this.#known.of(topic, () =>
      [...this.#groups()].filter(({ selection }) => selection.fitsTopic(topic)),
    )
  }

  /** There are other groups now. */
  clear(): void {
    this.#known.clear()
  }
}
