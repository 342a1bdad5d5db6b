import { type Context, codeOf, messageOf } from '../../lib/index.ts'

/** What could not be done with a path: its folder be read, it be looked at, it be opened. */
export type Deed = 'list' | 'look' | 'read'

/** Files and folders that cannot be read: each is told once, as long as the reason is the same. */
export class Hindrances {
  readonly #context: Context<'unreadable'>
  readonly #reasons = new Map<string, string>()
  #count = 0

  constructor(context: Context<'unreadable'>) {
    this.#context = context
  }

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  tell(deed: Deed, path: string, error: unknown): void {
    const reason = messageOf(error)
    const key = `${deed} ${path}`
    if (this.#reasons.get(key) === reason) return
    this.#reasons.set(key, reason)
    this.give(path, `${path} cannot be read, and is tried again: ${reason}`, codeOf(error))
  }

  /** It could be done, perhaps again. */
  over(deed: Deed, path: string): void {
    if (this.#reasons.size === 0 || !this.#reasons.delete(`${deed} ${path}`)) return
    this.#context.log.info({ file: path }, `${path} can be read now`)
  }

  /** Tells, each time. */
  give(path: string, message: string, code?: string): void {
    this.#count++
    this.#context.count('unreadable')
    this.#context.log.warn({ file: path, ...(code !== undefined && { code }) }, message)
  }
}
