/** Milliseconds between two looks. */
const LOOK = 1000

interface Guest {
  isWelcome(): boolean
  sendAway(): void
}

/** Those who were let in by a token: it may be taken back, or their session be over, while they are here. */
export class Guests {
  readonly #guests = new Set<Guest>()
  #timer: NodeJS.Timeout | undefined

  /** Sends it away as soon as it is not welcome any more. Returns what to call when it has left. */
  add(isWelcome: () => boolean, sendAway: () => void): () => void {
    const guest = { isWelcome, sendAway }
    this.#guests.add(guest)
    this.#timer ??= setInterval(() => this.#look(), LOOK).unref()
    return () => {
      this.#guests.delete(guest)
      if (this.#guests.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #look(): void {
    for (const guest of this.#guests) if (!guest.isWelcome()) guest.sendAway()
  }
}
