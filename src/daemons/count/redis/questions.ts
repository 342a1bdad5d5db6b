// What is asked of a Redis with counts.

import { messageOf } from '../../../lib/index.ts'
import { PAGE, pagesOf } from '../pages.ts'
import { type Fields, type Store, Unavailable } from '../store.ts'
import type { Connection } from './connection.ts'
import { reasonOf } from './reason.ts'

export class Questions {
  readonly #connection: Connection
  readonly #prefix: string

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  read: Store['read'] = names =>
    this.#ask(() => Promise.all(names.map(async name => pairs(await this.#fields(this.#prefix + name)))))

  keys: Store['keys'] = (prefix, limit) =>
    this.#ask(async () => {
      const found = await this.#page(`[${prefix}`, prefix === '' ? '+' : `(${prefix}\u{10ffff}`, limit)
      if (found.length === 0) return []
      const last: (string | null)[] = await this.#send('ZMSCORE', `${this.#prefix}sluice:last`, ...found)
      return found.map((key, n) => [key, Number(last[n] ?? 0)] as const)
    })

  countKeys = (): Promise<number> => this.#send('ZCARD', `${this.#prefix}sluice:keys`)

  /** Throws what the server says, as it says it. */
  allKeys = () => pagesOf(last => this.#page(last === undefined ? '-' : `(${last}`, '+', PAGE))

  /** Throws what the server says where keys may not be read. */
  tryKeys = (): Promise<unknown> => this.#page('-', '+', 1)

  #send(...words: readonly string[]) {
    return this.#connection.send(...words)
  }

  async #fields(name: string): Promise<string[]> {
    try {
      return await this.#send('HGETALL', name)
    } catch (error) {
      // Somebody else's, which is no hash.
      if (messageOf(error).startsWith('WRONGTYPE')) return []
      throw error
    }
  }

  /** Whatever fails for who asks may be well when he asks again. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question()
    } catch (error) {
      if (error instanceof Unavailable) throw error
      throw new Unavailable(`${this.#connection.where}: ${reasonOf(error)}`)
    }
  }

  #page(from: string, to: string, limit: number): Promise<string[]> {
    return this.#send(...['ZRANGEBYLEX', `${this.#prefix}sluice:keys`, from, to, 'LIMIT', '0', String(limit)])
  }
}

/** What HGETALL answers, in order of the fields. */
function pairs(flat: readonly string[]): Fields {
  const fields: (readonly [string, string])[] = []
  for (let n = 0; n < flat.length; n += 2) fields.push([flat[n]!, flat[n + 1]!])
  return fields.sort(([a], [b]) => (a < b ? -1 : 1))
}
