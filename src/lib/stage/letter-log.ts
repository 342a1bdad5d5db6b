import type { Logger } from 'pino'
import type { Dead } from '../record.ts'
import { Tally } from '../tally.ts'

/** Characters of a detail: all of it is in the letter. */
const MOST = 200

/** Tells the log of refused records, when they are kept. */
export class LetterLog {
  /** What has become of them: `kept in PATH`. */
  kept = 'kept'
  /** Where they are: an endpoint. */
  deadLetters = ''
  readonly #tally: Tally
  /** The last one is that of the last record. */
  readonly #reasons = new Set<string>()
  #detail = ''

  constructor(log: Logger) {
    this.#tally = new Tally(records => {
      const [were, are] = records === 1 ? ['record was', 'is'] : ['records were', 'are']
      const why = [...this.#reasons].join(', ') + this.#detail
      const { deadLetters } = this
      log.warn({ records, deadLetters }, `${records} ${were} refused (${why}), and ${are} ${this.kept}`)
      this.#reasons.clear()
    })
  }

  note({ reason, detail }: Dead): void {
    this.#reasons.delete(reason)
    this.#reasons.add(reason)
    this.#detail = detail === undefined ? '' : `: ${short(detail)}`
    this.#tally.note(1)
  }

  close(): void {
    this.#tally.close()
  }
}

function short(text: string): string {
  return text.length <= MOST ? text : `${text.slice(0, MOST)}…`
}
