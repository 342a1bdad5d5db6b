import type { Outgoing } from './target.ts'

/** How long a link that failed is left alone, in milliseconds. */
const REST = 100

/** The links of a push side: they take turns, and whoever has room is next. */
export class Turns {
  readonly #links: readonly Outgoing[]
  readonly #free: () => void
  readonly #awaited = new Set<Outgoing>()
  // Those that failed last: their word that there is room is not taken at once, or it could go round for ever.
  readonly #failed = new Set<Outgoing>()
  #turn = 0

  /** @param free called when a link has room that had none when it was asked */
  constructor(links: readonly Outgoing[], free: () => void) {
    this.#links = links
    this.#free = free
  }

  /** The next link in turn that has room; the others call back when they have. */
  next(): Outgoing | undefined {
    const links = this.#links
    for (let n = 0; n < links.length; n++) {
      const link = links[(this.#turn + n) % links.length]!
      if (this.#awaited.has(link)) continue
      const room = link.room()
      if (!room) {
        this.#turn += n + 1
        return link
      }
      this.#awaited.add(link)
      room.then(() => {
        if (this.#failed.has(link)) setTimeout(() => this.#ask(link), REST).unref()
        else this.#ask(link)
      })
    }
    return undefined
  }

  succeeded(link: Outgoing): void {
    this.#failed.delete(link)
  }

  failed(link: Outgoing): void {
    this.#failed.add(link)
  }

  #ask(link: Outgoing): void {
    this.#awaited.delete(link)
    this.#free()
  }
}
