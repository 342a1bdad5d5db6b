import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Logger } from 'pino'
import { WholeLines } from './whole-lines.ts'

/** Lines that are logged in a minute; the others are only counted. */
const MOST_LINES = 100
const MINUTE = 60_000
/** Characters of a line that are logged or kept. */
const LONGEST = 1_000
/** Lines that are kept, for whoever asks why a command failed. */
const LAST = 5

/** What commands write to standard error, as lines of the log. */
export class ErrorLog {
  readonly #log: Logger
  #lines = 0
  #unsaid = 0
  #timer: NodeJS.Timeout | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  /** Logs what comes, with these fields beside each line. */
  read(stream: Readable, fields: object): LastLines {
    const last = new LastLines()
    const lines = new WholeLines()
    const note = (bytes: Buffer) => {
      for (const line of bytes.toString().split('\n')) {
        const text = stripVTControlCharacters(line.slice(0, LONGEST))
          .replace(/[\0-\x1f\x7f]+/g, ' ')
          .trimEnd()
        if (text === '') continue
        last.add(text)
        this.#note(text, fields)
      }
    }
    stream.on('data', (piece: Buffer) => {
      const whole = lines.take(piece)
      if (whole) note(whole)
      if (lines.length > LONGEST) note(lines.takeRest())
    })
    stream.on('error', () => {}).once('close', () => note(lines.takeRest()))
    return last
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#tellUnsaid()
  }

  #note(stderr: string, fields: object): void {
    this.#timer ??= setTimeout(() => this.#nextMinute(), MINUTE).unref()
    if (++this.#lines > MOST_LINES) this.#unsaid++
    else this.#log.warn({ ...fields, stderr }, 'the command says')
  }

  #nextMinute(): void {
    this.#timer = undefined
    this.#lines = 0
    this.#tellUnsaid()
  }

  #tellUnsaid(): void {
    if (this.#unsaid > 0) this.#log.warn({ lines: this.#unsaid }, 'more lines of commands were not logged')
    this.#unsaid = 0
  }
}

/** The last lines that a command has written to standard error. */
export class LastLines {
  readonly #lines: string[] = []

  add(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > LAST) this.#lines.shift()
  }

  toString(): string {
    return this.#lines.join('\n')
  }
}
