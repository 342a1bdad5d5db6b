import { type BigIntStats, closeSync, openSync } from 'node:fs'
import { setImmediate as turnOfTheLoop, setTimeout as wait } from 'node:timers/promises'
import { type Context, type Feed, messageOf, unlessAborted } from '../../lib/index.ts'
import { type Oversize, TextRecords } from '../../lib/text/oversize.ts'
import { Compressed } from './compressed.ts'
import { compressionOf } from './compression.ts'
import { Descriptors } from './descriptors.ts'
import { Names } from './names.ts'
import { OpenFile, type Take } from './open-file.ts'
import type { Origin } from './origin.ts'
import { FROM_BEGINNING, Origins } from './origins.ts'
import { Orphans } from './orphans.ts'
import { Paths } from './paths.ts'
import { PROOF, printOf } from './print.ts'
import { endOfLines, readTextOf } from './read-text.ts'
import { Reading } from './reading.ts'
import { Rounds } from './rounds.ts'

export type Counter = 'files' | 'rotated' | 'truncated' | 'unreadable' | 'oversize'

export interface FollowOptions {
  file: readonly string[]
  exclude: readonly string[]
  from: 'beginning' | 'end'
  once: boolean
  lookEvery: number
  scanEvery: number
  followRotated: number
  forgetAfter: number
  openFiles: number
  oversize: Oversize
  /** What records have beside their message. */
  fields(path: string): { [field: string]: unknown }
}

/**
 * Looks at files that do not grow in a millisecond, which are half a percent of a core: some hundreds are looked at each time, ten
 * thousand in ten seconds.
 */
const LOOKS = 1
/** A copy of what is being read has so many milliseconds to become the only one. */
const TWIN_QUIET = 30_000
/** Milliseconds of reading before others get a turn of the event loop. */
const TURN = 5

/** Follows files until the signal; or, once, to their ends. */
class Follow {
  readonly #options: FollowOptions
  readonly #context: Context<Counter>
  readonly #feed: Feed
  readonly #paths: Paths
  readonly #rounds = new Rounds()
  readonly #descriptors: Descriptors
  readonly #origins: Origins
  readonly #compressed: Compressed
  readonly #reading: Reading
  readonly #names: Names
  readonly #orphans: Orphans
  /** Folders that could not be read, and why. */
  readonly #unread = new Map<string, string>()

  constructor(options: FollowOptions, context: Context<Counter>, feed: Feed, origins: Origins) {
    this.#options = options
    this.#context = context
    this.#feed = feed
    this.#origins = origins
    const createTexts = ({ place }: Origin, id: () => string) =>
      new TextRecords({ context, oversize: options.oversize, fields: options.fields(place.path), id })
    const take: Take = (origin, records, place) => origins.emit(origin, records, place)
    this.#paths = new Paths({
      globs: options.file,
      exclude: options.exclude,
      unreadable: (path, error) => this.#unreadable(path, error),
    })
    this.#descriptors = new Descriptors(options.openFiles)
    this.#compressed = new Compressed({ context, origins, feed, createTexts, take })
    this.#reading = new Reading({
      context,
      origins,
      descriptors: this.#descriptors,
      open: (fd, origin) => new OpenFile(fd, origin, id => createTexts(origin, id), take),
      compressed: file => this.#compressed.add(file),
      lost: origin => this.#orphans.add(origin, Date.now()),
      twinQuiet: options.once ? 0 : TWIN_QUIET,
    })
    this.#names = new Names({
      context,
      origins,
      reading: this.#reading,
      isBusy: file => this.#reading.has(file) || this.#compressed.has(file),
      beginAtEnd: (path, stat) => this.#beginAtEnd(path, stat),
      rotatedQuiet: options.followRotated,
    })
    this.#orphans = new Orphans(origins, this.#names)
  }

  async run(): Promise<void> {
    const { signal } = this.#feed
    const { once, from } = this.#options
    this.#scan(from === 'end' && this.#origins.isFirstStart)
    // What was rotated while nobody looked.
    for (const origin of this.#origins.all) {
      if (!origin.file && origin.place.gone === undefined) this.#orphans.add(origin, Date.now())
    }
    this.#orphans.look(Date.now())
    let scanned = performance.now()
    while (!signal.aborted) {
      const looked = performance.now()
      await this.#read()
      if (this.#reading.isEmpty) {
        if (once && !this.#isWaiting) break
        await wait(this.#options.lookEvery, undefined, { signal }).catch(() => {})
      }
      if (signal.aborted) break
      if (performance.now() - scanned >= this.#options.scanEvery) {
        this.#scan()
        scanned = performance.now()
      }
      this.#look(performance.now() - looked)
    }
    await this.#compressed.rest()
    if (once && !signal.aborted) for (const file of this.#names.files) this.#reading.end(file, Date.now())
    this.#descriptors.closeAll()
  }

  #scan(fromEnd = false): void {
    const found = this.#paths.find()
    this.#origins.forgetGone(Date.now() - this.#options.forgetAfter)
    if (!found) return
    this.#names.follow(found, Date.now(), fromEnd)
    this.#rounds.set(found)
  }

  /** @param elapsed milliseconds since the last time */
  #look(elapsed: number): void {
    const now = Date.now()
    this.#reading.wake(now)
    this.#compressed.wake(now)
    this.#names.lookNameless(now)
    this.#orphans.look(now)
    for (const path of this.#names.hot) this.#names.look(path, now)
    for (const path of this.#rounds.next(Math.ceil(elapsed * LOOKS)))
      if (!this.#names.hot.has(path)) this.#names.look(path, now)
  }

  get #isWaiting(): boolean {
    return this.#reading.isWaiting || this.#compressed.isWaiting || !this.#orphans.isEmpty
  }

  /** Reads on, until there is no more for now or it is time to look again. */
  async #read(): Promise<void> {
    const { signal, room } = this.#feed
    if (this.#options.once) await this.#compressed.rest()
    const until = performance.now() + this.#options.lookEvery
    while (!this.#reading.isEmpty && performance.now() < until && !signal.aborted) {
      const now = Date.now()
      const end = performance.now() + TURN
      while (!this.#reading.isEmpty && performance.now() < end && !signal.aborted) {
        const full = room()
        if (full) await unlessAborted(full, signal)
        else this.#reading.turn(now)
      }
      await turnOfTheLoop()
    }
  }

  #unreadable(path: string, error: unknown): void {
    const reason = messageOf(error)
    if (this.#unread.get(path) === reason) return
    this.#unread.set(path, reason)
    this.#context.count('unreadable')
    this.#context.log.warn({ folder: path }, `${path} cannot be read, and is tried again: ${reason}`)
  }

  #beginAtEnd(path: string, stat: BigIntStats): Origin {
    const fd = openSync(path, 'r')
    try {
      const read = readTextOf(fd)
      const head = read(0, PROOF)
      if (compressionOf(head))
        return this.#origins.begin(path, stat, head, { ...FROM_BEGINNING, compressed: 'done' })
      const { offset, before } = endOfLines(read, Number(stat.size))
      const tail = printOf(before, 0, before.length)
      return this.#origins.begin(path, stat, head, { offset, tail })
    } finally {
      closeSync(fd)
    }
  }
}

export async function follow(options: FollowOptions, context: Context<Counter>, feed: Feed): Promise<void> {
  const origins = new Origins(feed, await feed.checkpoints('files'))
  await new Follow(options, context, feed, origins).run()
}
