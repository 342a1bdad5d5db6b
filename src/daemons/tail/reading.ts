import { codeOf } from '../../lib/index.ts'
import type { Descriptors } from './descriptors.ts'
import { Later } from './later.ts'
import type { OpenFile } from './open-file.ts'
import { Opening, type OpeningOptions } from './opening.ts'
import { findAgain } from './siblings.ts'
import type { TailedFile } from './tailed-file.ts'
import { Twins } from './twins.ts'

/** What cannot be opened is tried again after so many milliseconds. */
const RETRY_AFTER = 5_000
/** Bytes of a line that has not come to its end. */
const LONG = 64 * 1024

export interface ReadingOptions extends OpeningOptions {
  descriptors: Descriptors
  /** Milliseconds after which what looks like a copy is a file of its own. */
  twinQuiet: number
  /** Nothing is tried again. */
  once: boolean
}

/** Reads files that may have something to read, in turn. */
export class Reading {
  readonly #options: ReadingOptions
  /** Those whose turn is next come first. */
  readonly #ready = new Set<TailedFile>()
  readonly #later = new Later<TailedFile>()
  /** Those whose origin was begun, and not read. */
  readonly #fresh = new Set<TailedFile>()
  readonly #opening: Opening
  /** It is in the middle of a long line: one at a time is held in memory. */
  #long: TailedFile | undefined

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#opening = new Opening(options, {
      twins: new Twins({ quiet: options.twinQuiet, isReady: file => this.#ready.has(file) }),
      again: (file, time) => this.#later.add(file, time),
      drop: file => this.drop(file),
    })
  }

  get isEmpty(): boolean {
    return this.#ready.size === 0
  }

  get isWaiting(): boolean {
    return !this.#later.isEmpty
  }

  has(file: TailedFile): boolean {
    return this.#ready.has(file) || this.#later.has(file)
  }

  add(file: TailedFile): void {
    this.#ready.add(file)
  }

  /** Those that had to wait are ready again, when it is time. */
  wake(now: number): void {
    for (const file of this.#later.due(now)) this.#ready.add(file)
  }

  /** Reads a piece of the file whose turn it is. */
  turn(now: number): void {
    const [first] = this.#ready
    const file = this.#long && this.#ready.has(this.#long) ? this.#long : first
    if (!file) return
    this.#ready.delete(file)
    this.#attempt(file, now, () => {
      const open = file.open ?? this.#opening.open(file, now)
      if (open) this.#read(file, open)
    })
  }

  /** Opens those whose turn does not come while nothing may be read, as many as may be open: they may lose their names meanwhile. */
  hold(now: number): void {
    const { descriptors } = this.#options
    for (const file of [...this.#ready]) {
      if (descriptors.isFull) return
      if (file.open) continue
      this.#ready.delete(file)
      this.#attempt(file, now, () => {
        if (!this.#opening.open(file, now)) return
        descriptors.use(file)
        this.#ready.add(file)
      })
    }
  }

  /** Nobody writes to it any more: what is left is a line. */
  end(file: TailedFile, now: number): void {
    this.#attempt(file, now, () => {
      // It was closed to make room for another one.
      if (!file.open && file.hasRest) {
        if (file.path === undefined) findAgain(file, this.#options.siblings)
        const open = this.#opening.open(file, now)
        while (open?.read() === 'more') {}
      }
      file.open?.finish()
    })
    this.drop(file)
  }

  /** It is not read any more. */
  drop(file: TailedFile): void {
    this.#options.descriptors.close(file)
    this.#later.delete(file)
    this.#ready.delete(file)
    this.#fresh.delete(file)
  }

  #attempt(file: TailedFile, now: number, deed: () => void): void {
    try {
      deed()
    } catch (error) {
      this.#hinder(file, error, now)
    }
  }

  #read(file: TailedFile, open: OpenFile): void {
    const { descriptors, origins } = this.#options
    descriptors.use(file)
    if (!origins.isSaved(open.origin) && !this.#fresh.has(file)) {
      // It comes round once more before it is read, so that the names of all that are new are written at once.
      this.#fresh.add(file)
      this.#ready.add(file)
      return
    }
    this.#fresh.delete(file)
    origins.save()
    const outcome = open.read()
    if (outcome === 'changed') descriptors.close(file)
    if (outcome === 'end') descriptors.rest(file)
    else this.#ready.add(file)
    this.#long = outcome === 'more' && open.held > LONG ? file : undefined
  }

  #hinder(file: TailedFile, error: unknown, now: number): void {
    const { hindrances, siblings, once } = this.#options
    this.#options.descriptors.close(file)
    if (codeOf(error) === 'ENOENT') {
      const wait = findAgain(file, siblings)
      if (wait !== undefined) this.#later.add(file, now + wait)
      return
    }
    if (!once) this.#later.add(file, now + RETRY_AFTER)
    hindrances.tell('read', file.path ?? file.origin?.place.path ?? '', error)
  }
}
