/** Something that has a number, one more than what came before it. */
export interface Numbered {
  readonly sequence: number
  /** Bytes that it counts for. */
  readonly size: number
}

/** The newest of what came, without gaps: for those who were away, or look late. */
export class Recent<T extends Numbered> {
  readonly #life: string
  #last: T[] = []
  #bytes = 0
  #sequence = 0

  /** `life` tells this process from those before it. */
  constructor(life = Date.now().toString(36)) {
    this.#life = life
  }

  /** The number of the newest. */
  get sequence(): number {
    return this.#sequence
  }

  /** The next one: its number is that of the newest and one more. */
  add(entry: T): void {
    this.#last.push(entry)
    this.#bytes += entry.size
    this.#sequence = entry.sequence
  }

  /** So many came that nobody wants; with them all before are forgotten. */
  skip(count: number): void {
    this.#sequence += count
    this.#last = []
    this.#bytes = 0
  }

  /** Forgets the oldest of what is more than this. */
  trim({ bytes, records }: { bytes: number; records: number }): void {
    // An eighth more than that, so that the list is not moved at every record.
    if (this.#last.length < (records * 9) / 8 && this.#bytes < (bytes * 9) / 8) return
    let n = 0
    while (n < this.#last.length && (this.#last.length - n > records || this.#bytes > bytes))
      this.#bytes -= this.#last[n++]!.size
    this.#last.splice(0, n)
  }

  /** The one of this number; undefined where it is forgotten. */
  at(sequence: number): T | undefined {
    const forgotten = this.#sequence - this.#last.length
    return sequence > forgotten ? this.#last[sequence - forgotten - 1] : undefined
  }

  /** What came behind this number, at most so many of them, and how many of those behind it are forgotten. */
  after(sequence: number, most = Number.POSITIVE_INFINITY): { entries: T[]; missed: number } {
    const forgotten = this.#sequence - this.#last.length
    const start = Math.max(0, sequence - forgotten)
    return { entries: this.#last.slice(start, start + most), missed: Math.max(0, forgotten - sequence) }
  }

  /** What came before this number, at most so many of them. */
  before(sequence: number, most: number): T[] {
    const end = Math.max(0, this.#last.length - (this.#sequence + 1 - sequence))
    return this.#last.slice(Math.max(0, end - most), end)
  }

  /** The id of an event, by its number. */
  idOf(sequence: number): string {
    return `${this.#life}-${sequence}`
  }

  /** Undefined for an id of another life, or one that was never given. */
  sequenceOf(id: string): number | undefined {
    const [, life, digits] = /^(\w+)-(\d{1,15})$/.exec(id) ?? []
    const sequence = Number(digits)
    return life === this.#life && sequence <= this.#sequence ? sequence : undefined
  }
}
