import type { Turns } from './turns.ts'

/** Bytes that wait in its connection before it gets no more. */
const MARK = 64 * 1024
/** Bytes of what comes while it is given a history. */
const MOST_HELD = 256 * 1024

/** The connection of one who looks: an EventStream, or a ChartSocket. */
export interface ChartStream {
  /** Bytes that wait in it. */
  readonly waiting: number
  /** Called when what waited was taken. */
  set onRoom(onRoom: () => void)
  write(text: string): void
  end(): void
}

/** @param onGone called when its client has left, or it was ended */
export type OpenChart = (onGone: () => void) => ChartStream

/** One who looks at rates. Who lags behind is given all of them anew. */
export class Chart {
  /** The fields that it wants. */
  readonly by: readonly string[]
  readonly #stream: ChartStream
  readonly #turns: Turns
  /** What is left of the history that it is given: of that no more is made than it takes. */
  #pieces: Iterator<string> | undefined
  #held: string[] = []
  #heldBytes = 0
  #isBehind = false

  constructor(open: OpenChart, by: readonly string[], turns: Turns, onGone: () => void) {
    this.by = by
    this.#turns = turns
    this.#stream = open(() => {
      this.#pieces = undefined
      this.lose()
      onGone()
    })
    this.#stream.onRoom = () => this.#goOn()
  }

  /** Whether it is time to give it all anew. */
  get wantsHistory(): boolean {
    return this.#isBehind && !this.#pieces && this.#stream.waiting === 0
  }

  /** What it has is of no use any more. */
  lose(): void {
    this.#isBehind = true
    this.#held = []
    this.#heldBytes = 0
  }

  /** In its place it is given this. */
  give(history: Iterator<string>): void {
    this.#isBehind = false
    this.#pieces = history
    this.#goOn()
  }

  /** What came since: behind the history, where that is not there yet. */
  tell(text: string): void {
    if (this.#isBehind) return
    if (this.#pieces) this.#hold(text)
    else if (this.#stream.waiting <= MARK) this.#stream.write(text)
    else this.lose()
  }

  end(): void {
    this.#stream.end()
  }

  #hold(text: string): void {
    this.#held.push(text)
    this.#heldBytes += text.length
    if (this.#heldBytes > MOST_HELD) this.lose()
  }

  #goOn(): void {
    if (this.#pieces) this.#turns.add(this.#work)
  }

  /** Takes turns: of many who come at once, none waits for all of another's. */
  readonly #work = (isOver: () => boolean): boolean => {
    while (this.#pieces && this.#stream.waiting <= MARK) {
      const { done, value } = this.#pieces.next()
      if (done) this.#finish()
      else this.#stream.write(value)
      if (isOver()) return this.#pieces === undefined
    }
    return true
  }

  #finish(): void {
    this.#pieces = undefined
    for (const text of this.#held) this.#stream.write(text)
    this.#held = []
    this.#heldBytes = 0
  }
}
