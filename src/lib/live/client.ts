import type { Backlog, Place } from './backlog.ts'
import type { Frame } from './frame.ts'

/** Bytes that wait in the connection before it gets no more: the rest waits in the backlog, once for all. */
const MARK = 64 * 1024

/** How events get to one who watches. Nothing waits for it: what it does not take in time it misses, and is told. */
export abstract class Client {
  readonly #onMissed: (events: number) => void
  #backlog: Backlog | undefined
  #place: Place = { index: 0, reached: 0 }
  /** Of the events that are gone before the next one, those that were counted. */
  #counted = 0
  isGone = false
  /** Called when it has taken what waited, as long as it has no backlog. */
  onRoom: (() => void) | undefined

  /** @param onMissed told of events that it will not get */
  constructor(onMissed: (events: number) => void) {
    this.#onMissed = onMissed
  }

  /** Bytes that wait in its connection. */
  protected abstract get waiting(): number
  abstract write(frame: Frame): void
  /** Tells it that so many events were left out; null: nobody knows how many. */
  abstract tell(missed: number | null): void
  /** Says a word now and then, and looks whether it is still there. */
  abstract beat(): void
  /** Ends it in good order: we stop. */
  abstract close(): void
  /** Ends it at once. */
  abstract destroy(): void

  get hasRoom(): boolean {
    return !this.isGone && this.waiting <= MARK
  }

  /** It did not get all that there is: it is slow, or still getting what came before it. */
  get isBehind(): boolean {
    return this.#backlog === undefined || !this.#backlog.isAtEnd(this.#place)
  }

  /** It gets what comes behind this place. */
  follow(backlog: Backlog, place = backlog.end): void {
    this.onRoom = undefined
    this.#backlog = backlog
    this.#place = place
  }

  /** Gives it what there is, as far as it takes that. */
  serve(): void {
    const backlog = this.#backlog
    if (!backlog) return
    while (!this.isGone && !backlog.isAtEnd(this.#place)) {
      const { frame, missed } = backlog.at(this.#place)
      this.#count(missed)
      if (!this.hasRoom) return
      if (missed > 0) this.tell(missed)
      this.#counted = 0
      this.#place = backlog.behind(this.#place)
      if (frame) this.write(frame)
    }
  }

  noteMissed(events: number): void {
    this.#onMissed(events)
  }

  /** It has taken what waited. */
  protected relieved(): void {
    if (this.onRoom) this.onRoom()
    else this.serve()
  }

  #count(missed: number): void {
    if (missed > this.#counted) this.#onMissed(missed - this.#counted)
    this.#counted = missed
  }
}
