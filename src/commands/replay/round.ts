import { stat } from 'node:fs/promises'
import type { Feed } from '../../lib/daemon.ts'
import { Fatal, messageOf } from '../../lib/errors.ts'
import type { LogRecord } from '../../lib/record.ts'
import { Stop } from '../../lib/transport/link.ts'
import { choose, type Kept, type Wanted } from './letter.ts'
import { LineSet, type Piece, readPieces } from './pieces.ts'
import { putBack } from './put-back.ts'

/** How far it is, in bytes and records. */
export interface Progress {
  read: number
  size: number
  accepted: number
}

/** Sends the letters of one file, and knows which of its lines are accepted. */
export class Round {
  /** Records that were given away. */
  emitted = 0
  accepted = 0
  /** Accepted, and dead letters again. */
  dead = 0
  /** Lines that stay, by why. */
  readonly kept = new Map<Kept, number>()
  /** Whether all of it was looked at. */
  ended = false
  readonly #path: string
  readonly #most: number
  readonly #stop = new Stop()
  /** Lines that need not be put back. */
  readonly #done = new LineSet()
  #size = 0
  #read = 0
  #changed: PromiseWithResolvers<void> = Promise.withResolvers()

  /** `most` is the length of a line that is held in memory. */
  constructor(path: string, most: number) {
    this.#path = path
    this.#most = most
  }

  get progress(): Progress {
    return { read: this.#read, size: this.#size, accepted: this.accepted }
  }

  /** Gives away what is wanted, as fast as there is room. Ends early when intake is to stop. */
  async send({ emit, room, signal }: Feed, wanted: Wanted, tell: (round: Round) => void): Promise<void> {
    this.#listenTo(signal)
    // What is written to it from now on is written again elsewhere: its name is another one (see AppendedFile).
    this.#size = (await stat(this.#path)).size
    for await (const pieces of readPieces(this.#path, this.#size, this.#most)) {
      const free = room()
      if (free) await this.#stop.interrupts(free)
      if (this.#stop.requested) return
      const lines: number[] = []
      const records: LogRecord[] = []
      for (const piece of pieces) this.#take(piece, wanted, lines, records)
      if (records.length > 0) this.#emit(emit, lines, records, tell)
      tell(this)
    }
    this.ended = true
  }

  /** Settles when everything that was given away is accepted, or intake is to stop. */
  async settle(): Promise<void> {
    while (this.accepted < this.emitted && !this.#stop.requested) {
      this.#changed = Promise.withResolvers()
      await this.#stop.interrupts(this.#changed.promise)
    }
  }

  /** Puts what was not accepted back into the file `home`, byte for byte, and deletes this one. */
  async putBack(home: string): Promise<void> {
    try {
      await putBack(home, this.#done, this.#most)
    } catch (error) {
      const what = 'what was not sent could not be put back into the file'
      throw new Fatal(`${home}: ${what} (${messageOf(error)}); it is in ${this.#path}, begin again with it`)
    }
  }

  #listenTo(signal: AbortSignal): void {
    if (signal.aborted) this.#stop.request()
    else signal.addEventListener('abort', () => this.#stop.request(), { once: true })
  }

  #take({ line, bytes, whole }: Piece, wanted: Wanted, lines: number[], records: LogRecord[]): void {
    this.#read += bytes.length
    const chosen = whole ? choose(bytes, wanted) : 'not readable'
    if (chosen === undefined) this.#done.add(line)
    else if (typeof chosen !== 'string') {
      lines.push(line)
      records.push(chosen)
    } else if (whole || bytes.at(-1) === 0x0a) this.kept.set(chosen, (this.kept.get(chosen) ?? 0) + 1)
  }

  #emit(emit: Feed['emit'], lines: number[], records: LogRecord[], tell: (round: Round) => void): void {
    this.emitted += records.length
    emit(records).then(
      ({ dead = 0 }) => {
        this.accepted += records.length
        this.dead += dead
        for (const line of lines) this.#done.add(line)
        this.#changed.resolve()
        tell(this)
      },
      // At the end: they were not accepted, and stay.
      () => {},
    )
  }
}
