// Who may connect: a file with one key a line, and the name of its owner.
import { Misuse } from '../errors.ts'
import { readOptionFile } from '../option-file.ts'
import { NAME, refuseOpen } from './key-file.ts'
import { isKey } from './z85.ts'

export interface Allowed {
  name: string
  /** It gives on what others sent, and its records say who. */
  relay: boolean
}

const HOW = 'write KEY NAME, as sluice keygen prints it, and relay behind it for one that speaks for others'

/** Throws Misuse that names file and line. */
export function parseAllowList(text: string, where: string): Map<string, Allowed> {
  const allowed = new Map<string, Allowed>()
  for (const [index, line] of text.split('\n').entries()) {
    // No key begins with #: five characters that do would be more than 32 bits.
    const words = line.trim().split(/\s+/)
    const end = words.findIndex(word => word.startsWith('#'))
    const [key, name, role, ...more] = end < 0 ? words : words.slice(0, end)
    if (!key) continue
    const fail = (why: string) => new Misuse(`${where}:${index + 1}: ${why}`)
    if (!isKey(key)) throw fail(`this does not begin with a key of 40 characters; ${HOW}`)
    if (name === undefined || !NAME.test(name) || name === 'relay')
      throw fail(`behind the key stands a name of letters, digits, dot, dash and underscore; ${HOW}`)
    if ((role !== undefined && role !== 'relay') || more.length > 0)
      throw fail(`"${[role, ...more].join(' ')}" is a word too many; ${HOW}`)
    const before = allowed.get(key)
    if (before) throw fail(`this key is there twice, of ${before.name} and of ${name}`)
    allowed.set(key, { name, relay: role === 'relay' })
  }
  return allowed
}

/** Such a file, which is read again when it has changed. */
export class AllowList {
  readonly path: string
  readonly #flag: string
  #allowed: ReadonlyMap<string, Allowed>

  /** Throws Misuse for a file that will not do. An empty one is one: it lets nobody in. */
  constructor(flag: string, path: string) {
    this.#flag = flag
    this.path = path
    this.#allowed = this.#read()
  }

  /** Undefined for a key that may not come in. */
  find(key: string): Allowed | undefined {
    return this.#allowed.get(key)
  }

  get size(): number {
    return this.#allowed.size
  }

  /** What holds for all of them: the name, where they have one, and whether they speak for others. */
  get common(): { name: string | undefined; relay: boolean } {
    const all = [...this.#allowed.values()]
    const names = new Set(all.map(({ name }) => name))
    return {
      name: names.size === 1 ? all[0]!.name : undefined,
      relay: all.length > 0 && all.every(({ relay }) => relay),
    }
  }

  /** Reads it again. Throws Misuse, and stays as it was. */
  reload(): void {
    this.#allowed = this.#read()
  }

  #read(): ReadonlyMap<string, Allowed> {
    const text = readOptionFile(this.#flag, this.path).toString()
    refuseOpen(this.#flag, this.path, 0o002)
    return parseAllowList(text, `${this.#flag}: ${this.path}`)
  }
}
