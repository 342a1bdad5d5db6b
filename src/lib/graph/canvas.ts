// Lines and texts on a grid of characters: where lines meet, they are joined.

const UP = 1
const RIGHT = 2
const DOWN = 4
const LEFT = 8

/** By the directions in which a line leaves the cell. */
const LINES = ' ╵╶└╷│┌├╴┘─┴┐┤┬┼'

export class Canvas {
  readonly #lines: Uint8Array[]
  readonly #texts: (string | undefined)[][]
  readonly width: number

  constructor(width: number, height: number) {
    this.width = width
    this.#lines = Array.from({ length: height }, () => new Uint8Array(width))
    this.#texts = Array.from({ length: height }, () => new Array<string | undefined>(width))
  }

  /** From one cell to another in the same column. */
  vertical(x: number, from: number, to: number): void {
    const [top, bottom] = [Math.min(from, to), Math.max(from, to)]
    for (let y = top; y < bottom; y++) {
      this.#join(x, y, DOWN)
      this.#join(x, y + 1, UP)
    }
  }

  /** From one cell to another in the same row. */
  horizontal(y: number, from: number, to: number): void {
    const [left, right] = [Math.min(from, to), Math.max(from, to)]
    for (let x = left; x < right; x++) {
      this.#join(x, y, RIGHT)
      this.#join(x + 1, y, LEFT)
    }
  }

  box(x: number, y: number, width: number, height: number): void {
    for (let row = y; row < y + height; row++) this.#clear(x, row, width)
    this.horizontal(y, x, x + width - 1)
    this.horizontal(y + height - 1, x, x + width - 1)
    this.vertical(x, y, y + height - 1)
    this.vertical(x + width - 1, y, y + height - 1)
  }

  /** Over whatever is there; what is outside is left out. Each character has the width of one cell. */
  text(x: number, y: number, words: string): void {
    const row = this.#texts[y]
    for (const [n, char] of [...words].entries())
      if (row && x + n >= 0 && x + n < this.width) row[x + n] = char
  }

  /** Whether nothing is there yet. */
  isFree(x: number, y: number, width: number): boolean {
    if (x < 0 || x + width > this.width) return false
    for (let n = x; n < x + width; n++)
      if (this.#lines[y]?.[n] || this.#texts[y]?.[n] !== undefined) return false
    return true
  }

  lines(): string[] {
    return this.#lines.map((row, y) =>
      Array.from(row, (mask, x) => this.#texts[y]![x] ?? LINES[mask])
        .join('')
        .trimEnd(),
    )
  }

  #join(x: number, y: number, direction: number): void {
    const row = this.#lines[y]
    if (row && x >= 0 && x < this.width) row[x]! |= direction
  }

  #clear(x: number, y: number, width: number): void {
    this.#lines[y]?.fill(0, Math.max(0, x), x + width)
  }
}
