import { hash, timingSafeEqual } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { readToken } from './credentials.ts'

/** So many wrong tokens may wait for their answer at a time. */
const MOST_WAITING = 20

/** How long who brings a wrong one waits for the answer, in milliseconds. */
export const WRONG_TOKEN = 1000

/** The token in a file: who knows it may come in. */
export class Token {
  readonly file: string
  readonly #flag: string
  readonly #delay: number
  #text = ''
  #digest = digest('')
  #waiting = 0

  /** Throws Misuse for a file that will not do. */
  constructor(flag: string, file: string, delay = WRONG_TOKEN) {
    this.#flag = flag
    this.file = file
    this.#delay = delay
    this.read()
  }

  /** What sessions are signed with: a new token ends those of the old one. */
  get text(): string {
    return this.#text
  }

  /** Reads the file again. Throws Misuse, and keeps the old one, when it will not do. */
  read(): void {
    this.#text = readToken(this.#flag, this.file)
    this.#digest = digest(this.#text)
  }

  isRight(given: string): boolean {
    return isSame(digest(given), this.#digest)
  }

  /**
   * Waits before a wrong one is answered; false when too many wait already. Who brings the right one is let in before this: no
   * stranger's guesses keep him out.
   */
  async slowly(): Promise<boolean> {
    if (this.#waiting >= MOST_WAITING) return false
    this.#waiting++
    await wait(this.#delay)
    this.#waiting--
    return true
  }
}

/** Digests are compared in a time that says nothing about where texts differ, nor about how long they are. */
export function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

export function isSame(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other)
}
