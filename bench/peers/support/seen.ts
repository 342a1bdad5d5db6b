// Which of the numbered messages have come (`#000000042`), and which came twice.

const HASH = 0x23
const ZERO = 0x30
const DIGITS = 9

export interface Missed {
  lost: number
  repeated: number
}

export class Seen {
  readonly #first: number
  readonly #wanted: number
  readonly #bits: Uint8Array
  #distinct = 0
  #all = 0

  /** Numbers run from `first`; others are none of ours and are not counted. */
  constructor(first: number, wanted: number) {
    this.#first = first
    this.#wanted = wanted
    this.#bits = new Uint8Array(Math.ceil(wanted / 8))
  }

  get distinct(): number {
    return this.#distinct
  }

  get missed(): Missed {
    return { lost: this.#wanted - this.#distinct, repeated: this.#all - this.#distinct }
  }

  /** Notes every number in a text of whole records. */
  note(text: Buffer): void {
    for (let at = text.indexOf(HASH); at >= 0; at = text.indexOf(HASH, at + 1)) {
      if (at + DIGITS >= text.length) return
      let number = 0
      for (let digit = at + 1; digit <= at + DIGITS; digit++) number = number * 10 + text[digit]! - ZERO
      this.#add(number - this.#first)
    }
  }

  #add(place: number): void {
    if (!(place >= 0 && place < this.#wanted)) return
    this.#all++
    const bit = 1 << (place & 7)
    if ((this.#bits[place >> 3]! & bit) !== 0) return
    this.#bits[place >> 3]! |= bit
    this.#distinct++
  }
}
