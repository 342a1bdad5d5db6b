import { TopicMemory } from '../pubsub/topic-memory.ts'
import type { Group } from './group.ts'

/** Topics whose groups are remembered; one that is for thousands of groups counts for more, so that those are at most a million. */
const MOST_TOPICS = 10_000
const GROUPS = 100

/** Which groups the events of a topic are for: with thousands of groups, one of each topic, an event is not shown to all of them. */
export class TopicIndex {
  /** Groups of whole topics, by each of those. */
  readonly #whole = new Map<string, Set<Group>>()
  /** All others are to be asked. */
  readonly #others = new Set<Group>()
  readonly #known = new TopicMemory<readonly Group[]>(MOST_TOPICS, groups => 1 + groups.length / GROUPS)

  add(group: Group): void {
    this.#known.clear()
    const { wholeTopics } = group.selection
    if (!wholeTopics) this.#others.add(group)
    for (const topic of wholeTopics ?? []) {
      const groups = this.#whole.get(topic)
      if (groups) groups.add(group)
      else this.#whole.set(topic, new Set([group]))
    }
  }

  delete(group: Group): void {
    this.#known.clear()
    this.#others.delete(group)
    for (const topic of group.selection.wholeTopics ?? []) {
      const groups = this.#whole.get(topic)
      if (groups?.delete(group) && groups.size === 0) this.#whole.delete(topic)
    }
  }

  of(topic: string): readonly Group[] {
    return this.#known.of(topic, () => [
      ...(this.#whole.get(topic) ?? []),
      ...this.#others.values().filter(({ selection }) => selection.fitsTopic(topic)),
    ])
  }
}
