/** First in, first out, at constant cost: `Array.shift` moves every entry, which freezes on long queues. */
export class Queue<T> {
  #entries: (T | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#entries.length - this.#head
  }

  push(entry: T): void {
    this.#entries.push(entry)
  }

  peek(): T | undefined {
    return this.#entries[this.#head]
  }

  /** Takes the last one away. */
  pop(): T | undefined {
    return this.length === 0 ? undefined : this.#entries.pop()
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const entry = this.#entries[this.#head]
    this.#entries[this.#head++] = undefined
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return entry
  }
}
