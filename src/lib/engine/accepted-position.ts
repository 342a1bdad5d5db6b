import type { Checkpoint } from '../daemon.ts'
import { Queue } from './queue.ts'

/** The highest position before which everything was accepted. Positions are accepted in any order. */
export class AcceptedPosition implements Checkpoint {
  readonly #moved: () => void
  readonly #expected = new Queue<{ position: unknown; accepted: boolean }>()
  #position: unknown

  /** @param moved told each time that the position is another one */
  constructor(position: unknown, moved: () => void) {
    this.#position = position
    this.#moved = moved
  }

  get position(): unknown {
    return this.#position
  }

  /** Announces a position; the function that is returned says that everything up to it was accepted. */
  expect(position: unknown): () => void {
    // A copy: the source may count on in the same object.
    const entry = { position: structuredClone(position), accepted: false }
    this.#expected.push(entry)
    return () => {
      const before = this.#position
      entry.accepted = true
      while (this.#expected.peek()?.accepted) this.#position = this.#expected.shift()!.position
      if (this.#position !== before) this.#moved()
    }
  }
}
