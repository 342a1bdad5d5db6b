import type { BigIntStats } from 'node:fs'
import { createOriginMint, createPositionIds } from '../../lib/id.ts'
import type { Checkpoints, Feed, LogRecord } from '../../lib/index.ts'
import { Groups } from './groups.ts'
import { isMarkIn, Marks } from './marks.ts'
import { identityOf, type Origin, type Place } from './origin.ts'
import { isPrintOf, NOTHING, PROOF, type Print, printOf } from './print.ts'
import { endOfLines, type ReadText } from './read-text.ts'
import { familyOf } from './rotated-name.ts'

/** A key that no origin has: there was a start before. */
const STARTED = 'started'

/** All that was ever read and is not forgotten. */
export class Origins {
  readonly #feed: Pick<Feed, 'emit'>
  readonly #table: Checkpoints
  readonly #mint = createOriginMint()
  readonly #all = new Set<Origin>()
  readonly #byInode = new Groups<Origin>()
  /** By family and beginning, those of which enough was read. */
  readonly #byBeginning = new Groups<Origin>()
  /** It is not known that there was a start before. */
  readonly isFirstStart: boolean
  readonly #unsaved = new Set<Origin>()

  constructor(feed: Pick<Feed, 'emit'>, table: Checkpoints) {
    this.#feed = feed
    this.#table = table
    this.isFirstStart = table.of(STARTED).position === undefined
    for (const key of table.keys()) {
      const place = table.of(key).position as Place | undefined
      if (key !== STARTED && place) this.#add(key, place)
    }
  }

  /** What is there now was found: the next start is not the first one. */
  noteStart(): void {
    this.#feed.emit([], { checkpoint: this.#table.of(STARTED), position: true })
  }

  get all(): ReadonlySet<Origin> {
    return this.#all
  }

  /**
   * Begins a new one, from the beginning of the file or from a place in it. No record of it leaves before `save`.
   * @param head its first bytes: by them it is known again also when it is killed before any record is accepted
   */
  begin(path: string, stat: BigIntStats, head: Buffer, from: From = FROM_BEGINNING): Origin {
    const known = printOf(head, 0, Math.min(PROOF, head.length))
    const place = { path, ...identityOf(stat), ...from, head: known }
    const origin = this.#add(this.#mint(), place)
    this.move(origin, place)
    this.#unsaved.add(origin)
    return origin
  }

  /** Begins a new one at the end of a file that may not be readable. */
  beginUnseen(path: string, stat: BigIntStats): Origin {
    return this.begin(path, stat, Buffer.alloc(0), { offset: Number(stat.size), tail: NOTHING })
  }

  /** Notes what is before the place where it was begun, now that it can be read: a line without an end goes on. */
  see(origin: Origin, head: Buffer, read: ReadText): void {
    const { offset, before } = endOfLines(read, origin.place.offset)
    this.move(origin, {
      ...origin.place,
      offset,
      head: printOf(head, 0, Math.min(PROOF, head.length)),
      tail: printOf(before, 0, before.length),
    })
  }

  /** Read again after a kill -9, the records of a new origin have to have the same ids: its name is on disk before. */
  save(): void {
    if (this.#unsaved.size === 0) return
    this.#unsaved.clear()
    this.#table.save()
  }

  /** Whether records of it may leave: its name is on disk. */
  isSaved(origin: Origin): boolean {
    return !this.#unsaved.has(origin)
  }

  /** Gives records away, and notes where it is by them. */
  emit(origin: Origin, records: LogRecord[], place: Place): void {
    const before = origin.place
    origin.place = place
    if (place.inode !== before.inode) {
      this.#byInode.delete(before.inode, origin)
      this.#byInode.add(place.inode, origin)
    }
    if (before.head.length < PROOF && place.head.length === PROOF)
      this.#byBeginning.add(beginningOf(place.path, place.head), origin)
    if (place.offset > before.offset) {
      origin.marks.add(place)
      origin.readAt = Date.now()
    }
    this.#feed.emit(records, { checkpoint: origin.checkpoint, position: place })
  }

  /** Notes where it is, behind all that was emitted before. */
  move(origin: Origin, place: Place): void {
    this.emit(origin, [], place)
  }

  /** No file is known that has it. */
  markGone(origin: Origin): void {
    origin.file = undefined
    if (origin.place.gone === undefined) this.move(origin, { ...origin.place, gone: Date.now() })
  }

  /** A file has it, perhaps another one than before. */
  markFound(origin: Origin, stat: BigIntStats): void {
    const { gone, ...place } = origin.place
    const identity = identityOf(stat)
    if (gone !== undefined || place.inode !== identity.inode || place.birth !== identity.birth)
      this.move(origin, { ...place, ...identity })
  }

  /** Forgets those that have been gone since before this time. */
  forgetGone(before: number): void {
    for (const origin of this.#all) {
      if (origin.file || !(origin.place.gone! < before)) continue
      this.#all.delete(origin)
      this.#byInode.delete(origin.place.inode, origin)
      this.#byBeginning.delete(beginningOf(origin.place.path, origin.place.head), origin)
      this.#unsaved.delete(origin)
      this.#table.forget(origin.key)
    }
  }

  /** The one that was in this inode last, if no other file has it: what is in the file has to be looked at all the same. */
  ofInode(stat: BigIntStats): Origin | undefined {
    const known = this.#sameFile(stat)
    return known.find(({ place }) => place.gone === undefined) ?? known.at(-1)
  }

  /** Whose text this is, as far as it was read; or of what it may be a copy, which another file has: or it is about to become one. */
  recognise(path: string, stat: BigIntStats, head: Buffer, read: ReadText): Recognised {
    for (const origin of this.#sameFile(stat)) {
      if (isHeadOf(origin.place, head) && isReadUpTo(origin.place, read)) return { origin }
    }
    let twinOf: Origin | undefined
    for (const origin of this.likely(path, head)) {
      const { file } = origin
      if (!file) {
        if (isReadUpTo(origin.place, read) || this.#isShorterCopy(origin, stat, read)) return { origin }
      } else if (file.isDeleted && isReadUpTo(origin.place, read)) return { origin }
      // A new file of the same name is no copy of the one that was renamed.
      else if (origin.place.path !== path) twinOf = origin
    }
    return { twinOf }
  }

  /** A copy that has not all that was read is as good as read; nobody appends to it. */
  #isShorterCopy(origin: Origin, stat: BigIntStats, read: ReadText): boolean {
    const size = Number(stat.size)
    const mark = size < origin.place.offset ? origin.marks.within(size) : undefined
    // What was truncated itself is another origin: its next lines must not have the ids of those that were cut off.
    if (!mark || origin.place.inode === identityOf(stat).inode) return false
    if (!isMarkIn(mark, read(mark.offset - mark.tail.length, mark.tail.length))) return false
    const tail = read(size - PROOF, PROOF)
    this.move(origin, { ...origin.place, offset: size, tail: printOf(tail, 0, tail.length) })
    return true
  }

  /** Those of the same family that begin like this. */
  likely(path: string, head: Buffer): Origin[] {
    if (head.length < PROOF) return []
    return [...this.#byBeginning.of(beginningOf(path, printOf(head, 0, PROOF)))]
  }

  #sameFile(stat: BigIntStats): Origin[] {
    const { inode, birth } = identityOf(stat)
    return [...this.#byInode.of(inode)].filter(
      ({ file, place }) => !file && (place.birth === birth || place.birth === '0' || birth === '0'),
    )
  }

  #add(key: string, place: Place): Origin {
    const origin = {
      key,
      checkpoint: this.#table.of(key),
      id: createPositionIds(key),
      place,
      marks: new Marks(),
      readAt: 0,
      file: undefined,
    }
    this.#all.add(origin)
    this.#byInode.add(place.inode, origin)
    if (place.head.length === PROOF) this.#byBeginning.add(beginningOf(place.path, place.head), origin)
    return origin
  }
}

export interface Recognised {
  origin?: Origin
  twinOf?: Origin | undefined
}

/** Where an origin is begun. */
type From = Pick<Place, 'offset' | 'tail' | 'compressed'>

export const FROM_BEGINNING: From = { offset: 0, tail: NOTHING }

export function isHeadOf({ head }: Place, text: Buffer): boolean {
  return isPrintOf(head, text, 0)
}

/** Whether what is before the offset is what was read there. */
export function isReadUpTo({ offset, tail }: Place, read: ReadText): boolean {
  return isPrintOf(tail, read(offset - tail.length, tail.length), 0)
}

function beginningOf(path: string, head: Print): string {
  return `${head.sum} ${familyOf(path)}`
}
