import { hash, timingSafeEqual } from 'node:crypto'
import { readToken } from './credentials.ts'
import { WrongTokens } from './wrong-tokens.ts'

/** The token in a file: who knows it may come in. */
export class Token {
  readonly file: string
  readonly #flag: string
  readonly #wrong: WrongTokens
  #text = ''
  #digest = digest('')

  /** Throws Misuse for a file that will not do. */
  constructor(flag: string, file: string, wrong = new WrongTokens()) {
    this.#flag = flag
    this.file = file
    this.#wrong = wrong
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

  /** Waits before a wrong one is answered; false when too many wait already. */
  slowly(): Promise<boolean> {
    return this.#wrong.slowly()
  }
}

/** Digests are compared in a time that says nothing about where texts differ, nor about how long they are. */
export function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

export function isSame(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other)
}
