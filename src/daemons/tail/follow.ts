import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { type Context, Fatal, type Feed, unlessAborted } from '../../lib/index.ts'
import { type Oversize, TextRecords } from '../../lib/text/oversize.ts'
import { Compressed } from './compressed.ts'
import { Descriptors } from './descriptors.ts'
import { Hindrances } from './hindrances.ts'
import { Names } from './names.ts'
import { OpenFile, type Take } from './open-file.ts'
import type { Origin } from './origin.ts'
import { Origins } from './origins.ts'
import { Orphans } from './orphans.ts'
import { Paths } from './paths.ts'
import { Reading } from './reading.ts'
import { Rounds } from './rounds.ts'
import { Siblings } from './siblings.ts'
import { Waiting } from './waiting.ts'

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
/** What is compressed, and may still be written or about to be the only one, has so many milliseconds in which it has to grow. */
const GROWS_WITHIN = 30_000
/** Milliseconds of reading before others get a turn of the event loop. */
const TURN = 5

/** Follows files until the signal; or, once, to their ends. */
class Follow {
  readonly #options: FollowOptions
  readonly #feed: Feed
  readonly #waiting: Waiting
  readonly #hindrances: Hindrances
  readonly #paths: Paths
  readonly #rounds = new Rounds()
  readonly #siblings = new Siblings()
  readonly #descriptors: Descriptors
  readonly #origins: Origins
  readonly #compressed: Compressed
  readonly #reading: Reading
  readonly #names: Names
  readonly #orphans: Orphans

  constructor(options: FollowOptions, context: Context<Counter>, feed: Feed, origins: Origins) {
    const { once, file: globs, exclude } = options
    this.#options = options
    this.#feed = feed
    this.#origins = origins
    this.#waiting = new Waiting(feed)
    this.#hindrances = new Hindrances(context)
    this.#descriptors = new Descriptors(options.openFiles)
    const createTexts = ({ place }: Origin, id: () => string) =>
      new TextRecords({ context, oversize: options.oversize, fields: options.fields(place.path), id })
    const take: Take = (origin, records, place) => origins.emit(origin, records, place)
    const shared = { context, origins, siblings: this.#siblings, hindrances: this.#hindrances }
    this.#paths = new Paths({ globs, exclude, hindrances: this.#hindrances })
    this.#compressed = new Compressed({
      ...{ ...shared, feed, createTexts, take, once },
      now: () => this.#waiting.now,
      isOver: quiet => (once ? this.#reading.isEmpty : quiet >= GROWS_WITHIN),
    })
    this.#reading = new Reading({
      ...{ ...shared, once },
      descriptors: this.#descriptors,
      open: (fd, origin) => new OpenFile(fd, origin, id => createTexts(origin, id), take),
      compressed: file => this.#compressed.add(file),
      lost: origin => this.#orphans.add(origin, this.#waiting.now),
      twinQuiet: once ? 0 : TWIN_QUIET,
    })
    this.#names = new Names({
      ...shared,
      reading: this.#reading,
      isBusy: file => this.#reading.has(file) || this.#compressed.has(file),
      rotatedQuiet: options.followRotated,
    })
    this.#orphans = new Orphans({
      ...{ ...shared, names: this.#names },
      isWanted: path => this.#paths.isWanted(path),
    })
  }

  async run(): Promise<void> {
    const { signal } = this.#feed
    const { once } = this.#options
    this.#begin()
    let scanned = performance.now()
    while (!signal.aborted) {
      const looked = performance.now()
      await this.#read()
      if (this.#reading.isEmpty) {
        if (once && !this.#isWaiting) break
        await this.#waiting.pause(this.#options.lookEvery)
      }
      if (signal.aborted) break
      if (performance.now() - scanned >= this.#options.scanEvery) {
        this.#scan()
        scanned = performance.now()
      }
      this.#look(performance.now() - looked)
    }
    await this.#compressed.rest()
    if (once) await this.#end()
    this.#descriptors.closeAll()
    const { count } = this.#hindrances
    if (once && count > 0 && !signal.aborted)
      throw new Fatal(`--once: not all could be read: ${count}; the log has which`)
  }

  #begin(): void {
    const { from } = this.#options
    this.#scan(from === 'end' && this.#origins.isFirstStart)
    this.#origins.noteStart()
    this.#paths.tellMissing()
    this.#orphans.addMissed(this.#waiting.now)
    this.#orphans.look(this.#waiting.now)
  }

  /** All that is left are lines without ends. */
  async #end(): Promise<void> {
    const { signal, room } = this.#feed
    for (const file of this.#names.files) {
      const full = room()
      if (full) await unlessAborted(full, signal)
      if (signal.aborted) return
      this.#reading.end(file, this.#waiting.now)
    }
  }

  #scan(fromEnd = false): void {
    const found = this.#paths.find()
    this.#origins.forgetGone(Date.now() - this.#options.forgetAfter)
    if (!found) return
    this.#names.follow(found, this.#waiting.now, fromEnd)
    this.#rounds.set(found)
  }

  /** @param elapsed milliseconds since the last time */
  #look(elapsed: number): void {
    const { now } = this.#waiting
    this.#siblings.tidy()
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

  /** Reads on, until there is no more for now or it is time to look again: also when there is no room. */
  async #read(): Promise<void> {
    const { signal, room } = this.#feed
    if (this.#options.once) await this.#compressed.rest()
    const until = performance.now() + this.#options.lookEvery
    while (!this.#reading.isEmpty && performance.now() < until && !signal.aborted) {
      const { now } = this.#waiting
      const end = performance.now() + TURN
      while (!this.#reading.isEmpty && performance.now() < end && !signal.aborted) {
        const full = room()
        if (full) await this.#waitForRoom(full, until)
        else this.#reading.turn(now)
      }
      await turnOfTheLoop()
    }
  }

  async #waitForRoom(full: Promise<void>, until: number): Promise<void> {
    this.#reading.hold(this.#waiting.now)
    await this.#waiting.forRoom(full, Math.max(1, until - performance.now()))
  }
}

export async function follow(options: FollowOptions, context: Context<Counter>, feed: Feed): Promise<void> {
  const origins = new Origins(feed, await feed.checkpoints('files'))
  await new Follow(options, context, feed, origins).run()
}
