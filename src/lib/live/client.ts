import type { Frame } from './frame.ts'

/** How events get to one who watches. Nothing waits for it: what it does not take in time it misses, and is told. */
export abstract class Client {
  readonly #most: number
  readonly #onMissed: (events: number) => void
  #missed = 0
  isGone = false
  /** Called when it has taken some of what waited, in place of what is done otherwise. */
  onRoom: (() => void) | undefined

  /**
   * @param most bytes that may wait for it
   * @param onMissed told of events that it will not get
   */
  constructor(most: number, onMissed: (events: number) => void) {
    this.#most = most
    this.#onMissed = onMissed
  }

  /** Bytes that wait for it. */
  abstract get waiting(): number
  /** Without a look at what waits. */
  abstract write(frame: Frame): void
  /** Tells it that so many events were left out; null: nobody knows how many. */
  abstract tell(missed: number | null): void
  /** Says a word now and then, and looks whether it is still there. */
  abstract beat(): void
  /** Ends it in good order: we stop. */
  abstract close(): void
  /** Ends it at once. */
  abstract destroy(): void

  take(frame: Frame): void {
    if (this.#hasRoom) {
      this.#tellMissed()
      this.write(frame)
    } else this.miss(frame.count)
  }

  /** It will not get so many, and is told when there is room again. */
  miss(events: number): void {
    this.#missed += events
    this.noteMissed(events)
  }

  noteMissed(events: number): void {
    this.#onMissed(events)
  }

  /** It has taken some of what waited. */
  relieved(): void {
    if (this.onRoom) this.onRoom()
    else if (this.#hasRoom) this.#tellMissed()
  }

  #tellMissed(): void {
    if (this.#missed === 0) return
    const missed = this.#missed
    this.#missed = 0
    this.tell(missed)
  }

  /** Who has missed some gets none before half of it is free: else it would be told of a gap at every other one. */
  get #hasRoom(): boolean {
    return this.waiting <= (this.#missed > 0 ? this.#most / 2 : this.#most)
  }
}
