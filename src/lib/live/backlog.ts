import type { LiveEvent } from './event.ts'
import { type Frame, framesOf } from './frame.ts'
import type { Room } from './room.ts'

/** A frame, and how many events of its group came before it. */
interface Kept {
  frame: Frame
  before: number
}

/** Where a client is in a backlog. */
export interface Place {
  /** Number of the frame that is next, or of one before it. */
  index: number
  /** Events that it got, was told of, or that came before it: the next frame may begin with some of those. */
  reached: number
}

/** What a group has for its clients, as long as one of them is behind: all read out of one list, each at its own pace. */
export class Backlog {
  readonly #idOf: (sequence: number) => string
  readonly #room: Room
  #kept: Kept[] = []
  /** The number of the first one. */
  #first = 0
  #events = 0
  #bytes = 0

  /** @param idOf the id of an event, by its number */
  constructor(idOf: (sequence: number) => string, room: Room) {
    this.#idOf = idOf
    this.#room = room
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @param skipped how many came behind them, and for which there was no room */
  add(events: readonly LiveEvent[], skipped = 0): void {
    for (const frame of framesOf(events, this.#idOf)) {
      this.#kept.push({ frame, before: this.#events })
      this.#events += frame.count
      this.#grow(frame.size)
    }
    this.#events += skipped
  }

  /** Behind all that there is. */
  get end(): Place {
    return { index: this.#first + this.#kept.length, reached: this.#events }
  }

  isAtEnd({ reached }: Place): boolean {
    return reached >= this.#events
  }

  /** What is next at this place, and how many events before that are gone. */
  at(place: Place): { frame: Frame | undefined; missed: number } {
    const kept = this.#kept[this.#next(place)]
    const missed = (kept ? kept.before : this.#events) - place.reached
    return { frame: kept?.frame.from(Math.max(0, -missed)), missed: Math.max(0, missed) }
  }

  /** The place behind what is next at this one. */
  behind(place: Place): Place {
    const next = this.#next(place)
    const kept = this.#kept[next]
    return kept ? { index: this.#first + next + 1, reached: endOf(kept) } : this.end
  }

  /**
   * Gives up the oldest until it has at most so many bytes.
   * @param least frames that it keeps all the same
   */
  trim(most: number, least = 1): void {
    let n = 0
    for (; this.#bytes > most && n < this.#kept.length - least; n++) this.#grow(-this.#kept[n]!.frame.size)
    this.#first += n
    if (n > 0) this.#kept.splice(0, n)
  }

  /** Nobody is behind. */
  clear(): void {
    this.#first += this.#kept.length
    this.#kept = []
    this.#grow(-this.#bytes)
  }

  #grow(bytes: number): void {
    this.#bytes += bytes
    this.#room.bytes += bytes
  }

  #next({ index, reached }: Place): number {
    let next = Math.max(0, index - this.#first)
    while (next < this.#kept.length && endOf(this.#kept[next]!) <= reached) next++
    return next
  }
}

/** How many events had come with it. */
function endOf({ frame, before }: Kept): number {
  return before + frame.count
}
