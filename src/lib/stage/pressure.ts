import type { OutletPressure } from '../engine/outlet.ts'
import type { Window } from '../transport/link.ts'

/**
 * Whether what waits at one push side keeps everything else from coming in: senders over acknowledged links may have only so
 * much under way, by whole batches, however little of them waits; and a neighbour in the same process only so much in its buffer.
 */
export class Pressure {
  readonly #windows: ReadonlySet<() => Window | undefined>
  readonly #before: number

  /**
   * @param windows those of the links of this process
   * @param before bytes that the stage before it may hold, if that is in the same process
   */
  constructor(windows: ReadonlySet<() => Window | undefined>, before = Number.POSITIVE_INFINITY) {
    this.#windows = windows
    this.#before = before
  }

  /** Bytes that each sender may have under way; infinite where nobody bounds them. */
  get credit(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#known.map(({ credit }) => credit))
  }

  /** Bytes that may wait for one push side: half of what may be under way, for the other half is for the others. */
  get most(): number {
    return Math.min(this.credit, this.#before) / 2
  }

  /** @param owed bytes that came in and are not acknowledged because of the push side */
  of(owed: () => number): OutletPressure {
    return {
      isBehind: () => owed() > this.most,
      isInTheWay: () => {
        const bytes = owed()
        return bytes > this.most && (bytes > this.#before / 2 || this.#known.some(one => one.isUsedUp()))
      },
    }
  }

  get #known(): Window[] {
    return [...this.#windows].map(window => window()).filter(window => window !== undefined)
  }
}
