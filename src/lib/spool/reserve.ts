// Deleting takes room: SQLite writes what changes to its log first. The reserve is a file of nothing that is given up
// when a full disk leaves no room even for that.

import { randomFillSync } from 'node:crypto'
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { isNoSpace } from './errors.ts'
import { faultPoint } from './fault.ts'

const CHUNK = 2 ** 20
/** What stays free beside a reserve that was made again. */
const BESIDE = 2 ** 20

export class Reserve {
  readonly #path: string
  readonly #size: number
  #there: boolean

  /** Looks whether it is there. */
  constructor(path: string, size: number) {
    this.#path = path
    this.#size = size
    this.#there = size === 0 || statSync(path, { throwIfNoEntry: false })?.size === size
  }

  /** Makes it when it is not there and the disk has room for it. */
  ensure(free: number): void {
    if (this.#there || free < this.#size + BESIDE) return
    faultPoint('reserve-before-make')
    this.#there = this.#make()
    faultPoint('reserve-after-make')
  }

  giveUp(): void {
    faultPoint('reserve-before-give-up')
    rmSync(this.#path, { force: true })
    this.#there = false
    faultPoint('reserve-after-give-up')
  }

  /** Really written, or it would hold no room; and with noise, for file systems that compress. */
  #make(): boolean {
    const fd = openSync(this.#path, 'w', 0o600)
    const noise = randomFillSync(Buffer.alloc(Math.min(CHUNK, this.#size)))
    try {
      for (let at = 0; at < this.#size; ) {
        at += writeSync(fd, noise, 0, Math.min(noise.length, this.#size - at), at)
        faultPoint('reserve-half-made')
      }
      return true
    } catch (error) {
      if (!isNoSpace(error)) throw error
      rmSync(this.#path, { force: true })
      return false
    } finally {
      closeSync(fd)
    }
  }
}
