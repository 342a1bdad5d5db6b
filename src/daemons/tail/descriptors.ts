import { readFileSync } from 'node:fs'
import { Unfinished } from '../../lib/text/unfinished.ts'
import type { TailedFile } from './tailed-file.ts'

/** Left for links, spool, and whatever else the process opens. */
const LEFT_FOR_OTHERS = 128

/** Keeps files open that were read, at most so many: the one that was read longest ago is closed for another. */
export class Descriptors {
  readonly #most: number
  /** Those that were read last come last. */
  readonly #open = new Set<TailedFile>()
  readonly #unfinished = new Unfinished()

  /** @param most as the user wants it; the limit of the process counts too */
  constructor(most: number) {
    this.#most = Math.max(1, Math.min(most, limitOfProcess() - LEFT_FOR_OTHERS))
  }

  get count(): number {
    return this.#open.size
  }

  get isFull(): boolean {
    return this.#open.size >= this.#most
  }

  /** It is being read. */
  use(file: TailedFile): void {
    this.#open.delete(file)
    this.#open.add(file)
    while (this.#open.size > this.#most && this.closeOne(file)) {}
  }

  /** It is read to its end, perhaps in the middle of a line. Closed, it is read again from where that begins. */
  rest(file: TailedFile): void {
    if (file.open) this.#unfinished.note(file.open, file.open.held, () => this.close(file))
  }

  close(file: TailedFile): void {
    const { open } = file
    file.open = undefined
    this.#open.delete(file)
    if (!open) return
    this.#unfinished.forget(open)
    try {
      open.close()
    } catch {
      // What a file server says that is gone (EIO, ENOTCONN); the descriptor is closed all the same (close(2)).
    }
  }

  closeAll(): void {
    for (const file of this.#open) this.close(file)
  }

  /** Closes one to make room; false when there is none. What has no name cannot be opened again: it is the last to go. */
  closeOne(needed?: TailedFile): boolean {
    let victim: TailedFile | undefined
    for (const file of this.#open) {
      if (file === needed) continue
      victim ??= file
      if (file.path === undefined) continue
      victim = file
      break
    }
    if (victim) this.close(victim)
    return victim !== undefined
  }
}

/** Descriptors that the process may have: Node raises the soft limit to the hard one at its start. */
function limitOfProcess(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(soft ?? Number.POSITIVE_INFINITY)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
