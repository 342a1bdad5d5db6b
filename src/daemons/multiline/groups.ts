// Lines that belong together, and are held back until the last of them has come.

import type { LogRecord, Token } from '../../lib/index.ts'
import { DONE, type Rule, type State } from './rule.ts'

export interface GroupsOptions {
  rule: Rule
  /** What the lines of one origin have in common. */
  keyOf(record: LogRecord): string
  field: string
  separator: string
  maxLines: number
  /** Characters of the joined text. */
  maxLength: number
  hold(record: LogRecord): Token
  join(out: readonly LogRecord[], tokens: readonly Token[]): void
  /** Told of lines that were joined, and of a group that was ended by its size. */
  count(what: 'joined' | 'cut', n?: number): void
}

interface Group {
  state: State
  tokens: Token[]
  length: number
}

export class Groups {
  readonly #options: GroupsOptions
  readonly #open = new Map<string, Group>()

  constructor(options: GroupsOptions) {
    this.#options = options
  }

  /** The record itself where nothing is to be waited for; undefined where it is held. */
  filter(record: LogRecord): LogRecord | undefined {
    const { rule, keyOf, field } = this.#options
    const line = record[field]
    if (typeof line !== 'string') return record
    const key = keyOf(record)
    const group = this.#open.get(key)
    const next = group && rule.next(group.state, line)
    if (group && next !== undefined) return this.#goOn(key, group, record, line, next)
    if (group) this.#end(key, group)
    const state = rule.begin(line)
    if (state === undefined || state === DONE) return record
    return this.#begin(key, record, line, state)
  }

  /** Ends all groups that these tokens are in. */
  flush(tokens: readonly Token[]): void {
    for (const { record } of tokens) {
      const key = this.#options.keyOf(record)
      const group = this.#open.get(key)
      if (group) this.#end(key, group)
    }
  }

  #begin(key: string, record: LogRecord, line: string, state: State): undefined {
    this.#open.set(key, { state, tokens: [this.#options.hold(record)], length: line.length })
  }

  #goOn(key: string, group: Group, record: LogRecord, line: string, state: State): LogRecord | undefined {
    const { maxLines, maxLength, separator, count, hold } = this.#options
    const length = group.length + separator.length + line.length
    if (group.tokens.length === maxLines || length > maxLength) {
      // The rest of it is another record, which goes on in the same way.
      count('cut')
      this.#end(key, group)
      return state === DONE ? record : this.#begin(key, record, line, state)
    }
    group.tokens.push(hold(record))
    group.length = length
    group.state = state
    if (state === DONE) this.#end(key, group)
    return undefined
  }

  #end(key: string, { tokens }: Group): void {
    this.#open.delete(key)
    const first = tokens[0]!.record
    if (tokens.length > 1) this.#options.count('joined', tokens.length)
    this.#options.join([tokens.length > 1 ? this.#joined(first, tokens) : first], tokens)
  }

  /** The first line's record with the text of all. */
  #joined(first: LogRecord, tokens: readonly Token[]): LogRecord {
    const { field, separator } = this.#options
    const text = tokens.map(({ record }) => record[field] as string).join(separator)
    // They are those of the message.
    const bytes = field === 'message' ? bytesOf(tokens, field, separator) : undefined
    const meta = bytes === undefined ? first['@meta'] : { ...first['@meta'], bytes }
    return { ...first, '@meta': meta, [field]: text }
  }
}

/** Where a line was not valid UTF-8, the original bytes of all lines, as far as they are known. */
function bytesOf(tokens: readonly Token[], field: string, separator: string): string | undefined {
  if (tokens.every(({ record }) => record['@meta'].bytes === undefined)) return undefined
  const pieces: Buffer[] = []
  for (const { record } of tokens) {
    const { bytes } = record['@meta']
    if (pieces.length > 0) pieces.push(Buffer.from(separator))
    pieces.push(bytes === undefined ? Buffer.from(record[field] as string) : Buffer.from(bytes, 'base64'))
  }
  return Buffer.concat(pieces).toString('base64')
}
