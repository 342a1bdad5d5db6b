import { ALL, choiceOf, type Group, keyOf, type Subscription } from './group.ts'
import { hasShare, Tally } from './tally.ts'
import { TopicIndex } from './topic-index.ts'

/** Groups whose condition is asked of every event. */
const MOST_CONDITIONS = 500
/** Different `sample` and `rate` of groups without a condition: each makes bytes of its own out of all events. */
const MOST_CHOICES = 100

/** The groups that there are: clients who ask for the same share one, from the first to the last of them. */
export class Groups {
  readonly #create: (subscription: Subscription) => Group
  readonly #onEnd: (group: Group) => void
  readonly #groups = new Map<string, Group>()
  readonly #index = new TopicIndex()
  readonly #choices = new Tally()

  constructor(create: (subscription: Subscription) => Group, onEnd: (group: Group) => void) {
    this.#create = create
    this.#onEnd = onEnd
  }

  /** Those that events of this topic may be for. */
  of(topic: string): readonly Group[] {
    return this.#groups.size === 0 ? [] : this.#index.of(topic)
  }

  /** Why there is no room for one more that wants this. */
  refusalOf(subscription: Subscription): string | undefined {
    const { account, fits } = subscription.selection
    if (this.#groups.has(keyOf(subscription))) return undefined
    if (!fits) {
      const choice = choiceOf(subscription)
      if (choice === ALL || this.#choices.of(choice) > 0 || this.#choices.size < MOST_CHOICES)
        return undefined
      return 'too many different samples and rates at once; ask for the same as others do'
    }
    const conditions = [...this.#groups.values()].filter(({ selection }) => selection.fits)
    const own = conditions.filter(({ selection }) => selection.account === account)
    if (hasShare(account, own.length, conditions.length, MOST_CONDITIONS)) return undefined
    const whose = conditions.length < MOST_CONDITIONS ? ' of this account' : ''
    return `too many different conditions${whose} at once; ask for topics, or for the same as others do`
  }

  /** Somebody comes who wants this: he is one of its members. */
  enter(subscription: Subscription): Group {
    const group = this.#groups.get(keyOf(subscription)) ?? this.#begin(subscription)
    group.members++
    return group
  }

  /** One of its members leaves. */
  leave(group: Group): void {
    if (--group.members > 0) return
    this.#groups.delete(keyOf(group.subscription))
    if (isChoice(group)) this.#choices.remove(choiceOf(group.subscription))
    this.#index.delete(group)
    this.#onEnd(group)
  }

  #begin(subscription: Subscription): Group {
    const group = this.#create(subscription)
    this.#groups.set(keyOf(subscription), group)
    if (isChoice(group)) this.#choices.add(choiceOf(subscription))
    this.#index.add(group)
    return group
  }
}

function isChoice({ selection, subscription }: Group): boolean {
  return !selection.fits && choiceOf(subscription) !== ALL
}
