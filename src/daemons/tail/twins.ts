import type { Origin } from './origin.ts'
import { PROOF } from './print.ts'
import { type ReadText, readTextOf, withTextOf } from './read-text.ts'
import type { TailedFile } from './tailed-file.ts'

/** Milliseconds after which what may be a copy is looked at again. */
const AGAIN = 500
/** It is looked at again when it has changed. */
export const NOT_AGAIN = Number.POSITIVE_INFINITY

export interface TwinsOptions {
  /** Milliseconds after which what looks like a copy is a file of its own. */
  quiet: number
  /** Whether a file has something to read. */
  isReady(file: TailedFile): boolean
}

/** Files that begin like others that are being read. */
export class Twins {
  readonly #options: TwinsOptions

  constructor(options: TwinsOptions) {
    this.#options = options
  }

  /** Milliseconds until it is looked at again; undefined when it is no copy of this origin. */
  wait(file: TailedFile, of: Origin, size: number, read: ReadText, now: number): number | undefined {
    if (file.twin?.size !== size) file.twin = { since: now, size }
    const isQuiet = now - file.twin.since >= this.#options.quiet
    // It may not have all come: what it is a copy of can be truncated before anybody has seen the rest.
    if (isReadCopy(of, size, read)) return isQuiet ? NOT_AGAIN : AGAIN
    const isBehind = of.place.offset < size && of.file !== undefined && this.#options.isReady(of.file)
    // It may be on its way to take the place of what it is a copy of, which is truncated next.
    return isBehind || !isQuiet ? AGAIN : undefined
  }
}

/** Whether all that is in a copy was read of the other one, which goes on. */
function isReadCopy({ place, file }: Origin, size: number, read: ReadText): boolean {
  if (size > place.offset || !file) return false
  return isSameUpTo(file, size, read)
}

/** Whether what stands before the end of a text stands there in a file as well. */
export function isSameUpTo(file: TailedFile, end: number, read: ReadText): boolean {
  const start = Math.max(0, end - PROOF)
  const isSame = (other: ReadText) => other(start, end - start).equals(read(start, end - start))
  try {
    if (file.open) return isSame(readTextOf(file.open.fd))
    return file.path !== undefined && withTextOf(file.path, isSame)
  } catch {
    return false
  }
}
