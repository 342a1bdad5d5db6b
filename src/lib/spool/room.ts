import { statfsSync } from 'node:fs'
import { formatBytes } from '../units.ts'

/** Free space inside the file that is kept for what comes next. */
const MOST_SLACK = 64 * 2 ** 20

/**
 * Measured with four batches of 64 KiB a commit, 500 MiB behind: 4 MiB 1.24 million records/s and no commit longer than
 * 6 ms; 16 MiB 1.34 and 18 ms; 64 MiB 1.63 and 56 ms; 128 MiB 1.63 and 95 ms.
 */
const LEAST_LOG = 2 ** 20

/** How much there is on the disk, and what of it may be taken. */
export class Room {
  readonly #folder: string
  readonly #minFree: number
  /** Bytes inside the file that may be free; what is more is given back to the file system. */
  readonly slack: number
  /**
   * Bytes of the log after which its pages are moved into the file, which grows by as much: half of what a full disk
   * has left then, so that deleting has the other half.
   */
  readonly log: number

  constructor(folder: string, minFree: number, reserve: number) {
    this.#folder = folder
    this.#minFree = minFree
    const { blocks, bsize } = statfsSync(folder)
    this.slack = Math.min(MOST_SLACK, (blocks * bsize) / 16)
    this.log = Math.max(LEAST_LOG, reserve / 2)
  }

  get free(): number {
    const { bavail, bsize } = statfsSync(this.#folder)
    return bavail * bsize
  }

  /** Whether so many bytes fit, where what is free inside the file counts as well. */
  isEnough(bytes: number, inside: number): boolean {
    return this.free + inside >= this.#minFree + bytes
  }

  /** Why so many bytes do not fit, if so: half of what has to stay free on the disk has to be there for the log. */
  whyFull(bytes: number, inside: number): string | undefined {
    const { free } = this
    if (this.isEnough(bytes, inside) && free >= this.#minFree / 2) return undefined
    return `the disk has ${formatBytes(free)} left, and ${formatBytes(this.#minFree)} have to stay free`
  }
}
