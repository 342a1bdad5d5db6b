/** What is to be done at a time. */
export class Later<T> {
  readonly #times = new Map<T, number>()

  get isEmpty(): boolean {
    return this.#times.size === 0
  }

  has(what: T): boolean {
    return this.#times.has(what)
  }

  add(what: T, time: number): void {
    this.#times.set(what, time)
  }

  delete(what: T): void {
    this.#times.delete(what)
  }

  /** Those whose time has come; they are not in it any more. */
  due(now: number): T[] {
    const due = [...this.#times].filter(([, time]) => time <= now).map(([what]) => what)
    for (const what of due) this.#times.delete(what)
    return due
  }
}
