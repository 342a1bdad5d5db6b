// The lines that were found: searched page by page, and added to on top while the page is live.
import { HttpError } from '../lib/http.ts'
import { State } from '../lib/state.ts'
import { type Asked, searchPage } from './api.ts'
import { type Line, lineOf } from './line.ts'

export interface ResultsState {
  /** What the lines answer; undefined before the first answer. */
  readonly asked: Asked | undefined
  readonly lines: readonly Line[]
  /** Where to go on; null at the end. */
  readonly next: string | null
  readonly looking: boolean
  /** Why the last request failed; the lines are still those of the answer before. */
  readonly failure: HttpError | undefined
  /** Milliseconds until the first answer. */
  readonly took: number
}

const PAGE = 100
/** Whoever has scrolled so far is better served by a narrower search. */
export const MOST_LINES = 5000
/** Kept while lines come in on top. */
export const MOST_LIVE = 1000

export class Results {
  readonly state = new State<ResultsState>({
    asked: undefined,
    lines: [],
    next: null,
    looking: true,
    failure: undefined,
    took: 0,
  })
  #running = new AbortController()

  /**
   * Searches anew; resolves after the first answer, true when there was a good one. Goes on until the record
   * `wanted` is among the lines.
   */
  search(asked: Asked, wanted?: string): Promise<boolean> {
    const first = Promise.withResolvers<boolean>()
    void this.#fill({ asked, before: null, wanted, target: PAGE, onFirst: first.resolve })
    return first.promise
  }

  /** Loads the next page, unless something is being loaded already. */
  more(): void {
    const { asked, next, looking, lines } = this.state.value
    if (!asked || next === null || looking || lines.length >= MOST_LINES) return
    void this.#fill({ asked, before: next, wanted: undefined, target: lines.length + PAGE })
  }

  stop(): void {
    this.#running.abort()
    this.state.change({ looking: false })
  }

  async #fill({ asked, before, wanted, target, onFirst }: Fill): Promise<void> {
    this.#running.abort()
    this.#running = new AbortController()
    const { signal } = this.#running
    this.state.change({ looking: true })
    const begin = performance.now()
    try {
      for (let fresh = before === null; ; fresh = false) {
        const missing = () => wanted !== undefined && !this.state.value.lines.some(isRecord(wanted))
        const page = await searchPage(asked, before, wanted === undefined ? PAGE : PAGE * 10, signal)
        if (fresh) this.state.change({ asked, lines: [], took: performance.now() - begin })
        this.#append(page.records.map(lineOf))
        before = page.next
        const { lines } = this.state.value
        const enough = !missing() && (page.complete || lines.length >= target)
        const looking = before !== null && !enough && lines.length < MOST_LINES
        this.state.change({ next: before, failure: undefined, looking })
        onFirst?.(true)
        if (!looking) return
      }
    } catch (error) {
      onFirst?.(false)
      if (signal.aborted) return
      this.state.change({ looking: false, failure: error instanceof HttpError ? error : new HttpError(0) })
    }
  }

  #append(lines: readonly Line[]): void {
    this.state.change({ lines: [...this.state.value.lines, ...lines] })
  }

  /** Puts lines on top, the newest first. Some may be here already, when they came while a search ran. */
  prepend(added: readonly Line[]): void {
    const { lines } = this.state.value
    const known = new Set(lines.map(({ cursor }) => cursor))
    const all = [...added.filter(({ cursor }) => !known.has(cursor)), ...lines]
    const tooMany = all.length > MOST_LIVE
    if (tooMany) all.length = MOST_LIVE
    this.state.change(tooMany ? { lines: all, next: all.at(-1)!.cursor } : { lines: all })
  }
}

interface Fill {
  asked: Asked
  before: string | null
  wanted: string | undefined
  /** So many lines are enough. */
  target: number
  onFirst?: (good: boolean) => void
}

export const isRecord = (cursor: string) => (line: Line) => line.cursor === cursor
