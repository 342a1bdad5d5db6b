/** Counts bytes against a limit and tells those who would bring more when there is room again. */
export class Gate {
  readonly limit: number
  #held = 0
  #room: PromiseWithResolvers<void> | undefined

  constructor(limit: number) {
    this.limit = limit
  }

  get held(): number {
    return this.#held
  }

  /** With nothing held there is room for one, whatever its size and the limit. */
  get full(): boolean {
    return this.#held > 0 && this.#held >= this.limit
  }

  take(bytes: number): void {
    this.#held += bytes
  }

  give(bytes: number): void {
    this.#held -= bytes
    if (this.#room && !this.full) {
      this.#room.resolve()
      this.#room = undefined
    }
  }

  /** Undefined when there is room, else the promise of it. One promise serves all who wait. */
  room(): Promise<void> | undefined {
    if (!this.full) return undefined
    this.#room ??= Promise.withResolvers()
    return this.#room.promise
  }
}
