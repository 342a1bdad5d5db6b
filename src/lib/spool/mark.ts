// What the database itself cannot know: up to where it was written. A log that ends too early, at the end of a commit,
// looks like any other to SQLite. The mark is one line in a file beside it, written over after each commit. It is not
// synced: the page cache outlives a SIGKILL, and after a power cut an older mark claims less, which is never wrong.

import { closeSync, constants, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { codeOf } from '../errors.ts'
import { openToRead } from '../read-file.ts'
import { isNoSpace } from './errors.ts'
import { VERSION } from './layout.ts'

export interface MarkLine {
  version: number
  /** The last batch that was committed. */
  last: number
  /** The lowest batch that is still there. */
  first: number
  damaged: boolean
}

/** The line, always of the same length. */
export function markLine({ version, last, first, damaged }: MarkLine): string {
  const digits = (value: number) => String(value).padStart(16, '0')
  const state = damaged ? 'damaged' : 'sound  '
  const text = `sluice-spool ${version} last ${digits(last)} first ${digits(first)} ${state} `
  return `${text}${crc32(text).toString(16).padStart(8, '0')}\n`
}

const LINE = /^sluice-spool (\d+) last (\d+) first (\d+) (sound {2}|damaged) [0-9a-f]{8}\n$/

/** What the mark says; undefined when there is none, or none that can be believed. */
export function readMark(path: string): MarkLine | undefined {
  let text: string
  try {
    text = readStart(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  const [, version, last, first, state] = LINE.exec(text) ?? []
  const mark = {
    version: Number(version),
    last: Number(last),
    first: Number(first),
    damaged: state === 'damaged',
  }
  return state !== undefined && markLine(mark) === text ? mark : undefined
}

/** Bytes that are read of a mark: more than one has. */
const MOST = 256

function readStart(path: string): string {
  const fd = openToRead(path)
  try {
    const bytes = Buffer.alloc(MOST)
    return bytes.toString('latin1', 0, readSync(fd, bytes))
  } finally {
    closeSync(fd)
  }
}

/** The mark of an open spool. */
export class Mark {
  readonly #fd: number
  #written: MarkLine

  constructor(path: string, last: number, first: number) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    this.#written = { version: VERSION, last, first, damaged: false }
    this.write(last, first)
  }

  write(last: number, first: number): void {
    this.#written = { ...this.#written, last, first }
    this.#put()
  }

  /** From now on it says so, whatever else is written, and also after a power cut. */
  damage(): void {
    this.#written.damaged = true
    this.#put()
    fdatasyncSync(this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #put(): void {
    try {
      writeSync(this.#fd, markLine(this.#written), 0, 'latin1')
    } catch (error) {
      // Where the disk is so full that there is no mark yet, or the file system never writes in place: the older one holds.
      if (!isNoSpace(error)) throw error
    }
  }
}
