// What is counted, and under which keys: the templates of --key, --sum and --distinct.

import { hash } from 'node:crypto'
import { Misuse } from '../../lib/index.ts'
import { fieldText, type TemplatePart } from '../../lib/template.ts'
import { parseDecimal } from './decimal.ts'
import { accountOfKey, LONGEST_KEY, partOf } from './key.ts'
import { type KeyTemplate, parseKey, parseValued, type ValueTemplate } from './key-template.ts'
import { type Described, firstField, flagOf, hiderOf, type Kind, type Owners, ownersOf } from './owners.ts'

/** Why an event is not counted by a template. */
export type Unfit = 'withoutField' | 'notNumbers' | 'valuesRefused' | 'keysTooLong' | 'keysOfOthers'

/** What an event adds: 1, a number times 10^18, or who is seen. */
export type Amount = number | bigint | string

export interface Metric {
  kind: Kind
  /** As it was written. */
  template: string
  /** Throws nothing; says why there is no key. */
  keyOf(record: object): { key: string } | { unfit: Unfit }
  amountOf(record: object): { amount: Amount } | { unfit: Unfit }
}

export interface Written {
  key: readonly string[]
  sum: readonly string[]
  distinct: readonly string[]
}

/** What is counted where nothing is said. */
export const USUAL = '{account}/{type}'

/** Throws RangeError or Misuse that says what to write. */
export function createMetrics({ key, sum, distinct }: Written): Metrics {
  const isNothing = key.length + sum.length + distinct.length === 0
  const all = [
    ...(isNothing ? [USUAL] : key).map(written => ({
      kind: 'count' as const,
      key: parseKey(written),
      value: undefined,
    })),
    ...sum.map(written => ({ kind: 'sum' as const, ...parseValued(written) })),
    ...distinct.map(written => ({ kind: 'distinct' as const, ...parseValued(written) })),
  ]
  const shapes = new Map<string, string>()
  for (const { kind, key } of all) {
    const flag = flagOf({ kind, template: key.written })
    const other = shapes.get(key.shape)
    if (other !== undefined)
      throw new Misuse(
        `${other} and ${flag} could make the same key; put a word of its own into one, as in {account}/visitors`,
      )
    shapes.set(key.shape, flag)
  }
  const metrics = new Metrics(all)
  const [[one, hider] = []] = metrics.hidden()
  if (one && hider)
    throw new Misuse(
      `${flagOf(one)} would count nothing: all of its keys could be those of ${flagOf(hider)}; put a word of its own into the key, as in {account}/all/{type}`,
    )
  return metrics
}

interface Parsed {
  kind: Kind
  key: KeyTemplate
  value: ValueTemplate | undefined
}

export class Metrics {
  readonly all: readonly Metric[]
  #ownerOf: Owners
  /** What keys of accounts begin with. */
  readonly #account: string | undefined
  readonly described: readonly Described[]

  constructor(parsed: readonly Parsed[]) {
    this.described = parsed.map(({ kind, key: { written, shape }, value }) => ({
      ...{ kind, template: written.trim(), ...(value && { value: value.written }), shape },
    }))
    this.#ownerOf = ownersOf(this.described)
    this.#account = this.described.map(firstField).find(field => field !== undefined)
    this.all = parsed.map(one => this.#metric(one))
  }

  /** Whether an event is counted under a key of this account. */
  isOf(record: object, account: string): boolean {
    return this.all.some(({ keyOf }) => {
      const named = keyOf(record)
      return 'key' in named && this.accountOf(named.key) === account
    })
  }

  /** The account that may see this key. Words are of nobody: with all/{type}, an account called `all` does not see everything. */
  accountOf(key: string): string | undefined {
    const owner = this.#ownerOf(key)
    return owner && this.#account !== undefined && firstField(owner) === this.#account
      ? accountOfKey(key)
      : undefined
  }

  /** Throws Misuse where it cannot be said of a key whose it is. */
  checkAccounts(): void {
    const wrong = this.described.find(
      one => firstField(one) !== this.#account && one.shape.split('/', 1)[0]!.includes('*'),
    )
    if (wrong)
      throw new Misuse(
        `"${wrong.template}": with --account-tokens, keys begin with the account, which is the same field in all templates, or with a word; write for example '{account}/{type}'`,
      )
  }

  /** What is kept under a key; undefined where none of these templates makes it. */
  kindOf(key: string): Kind | undefined {
    return this.#ownerOf(key)?.kind
  }

  /** The template that a key belongs to. */
  ownerOf(key: string): Described | undefined {
    return this.#ownerOf(key)
  }

  /** Those that would count nothing, each with the one that all of its keys belong to. */
  hidden(): (readonly [one: Described, hider: Described])[] {
    return this.described.flatMap(one => {
      const hider = hiderOf(one, this.#ownerOf)
      return hider ? [[one, hider] as const] : []
    })
  }

  /** Leaves their keys to templates that were counted by before; returns those that are so no more. */
  keep(before: readonly Described[]): readonly Described[] {
    const shapes = new Set(this.described.map(({ shape }) => shape))
    const retired = before.filter(({ shape }) => !shapes.has(shape))
    this.#ownerOf = ownersOf([...this.described, ...retired])
    return retired
  }

  #metric({ kind, key, value }: Parsed): Metric {
    const { written: template, parts, shape } = key
    const isOwn = (name: string) => this.#ownerOf(name)?.shape === shape
    return {
      kind,
      template,
      keyOf(record) {
        let name = ''
        for (const part of parts) {
          const value = fill(part, record)
          if (value === undefined) return { unfit: 'withoutField' }
          const text = partOf(value)
          if (text === undefined) return { unfit: value === '' ? 'withoutField' : 'valuesRefused' }
          name += name === '' ? text : `/${text}`
        }
        const fits = name.length * 3 <= LONGEST_KEY || Buffer.byteLength(name) <= LONGEST_KEY
        if (!fits) return { unfit: 'keysTooLong' }
        if (isOwn(name)) return { key: name }
        return { unfit: parts.some(part => lacks(part, record)) ? 'withoutField' : 'keysOfOthers' }
      },
      amountOf: record => amountOf(kind, value, record),
    }
  }
}

function amountOf(
  kind: Kind,
  value: ValueTemplate | undefined,
  record: object,
): ReturnType<Metric['amountOf']> {
  if (!value) return { amount: 1 }
  const text = fill(value.parts, record)
  if (text === undefined || text === '') return { unfit: 'withoutField' }
  if (kind === 'distinct') return { amount: memberOf(text) }
  const amount = parseDecimal(text)
  return amount === undefined ? { unfit: 'notNumbers' } : { amount }
}

/** Who was seen, in 12 bytes (16 characters of base64): at a thousand million of them, two are one with a chance of 10^-11. */
function memberOf(text: string): string {
  return hash('sha256', text, 'base64').slice(0, 16)
}

/** Whether a field in it is empty: no template stands for that. */
function lacks(part: readonly TemplatePart[], record: object): boolean {
  return part.some(one => typeof one !== 'string' && fieldText(record, one) === '')
}

/** Undefined where the record lacks a field: half a key is none. */
function fill(parts: readonly TemplatePart[], record: object): string | undefined {
  let text = ''
  for (const part of parts) {
    const filled = typeof part === 'string' ? part : fieldText(record, part)
    if (filled === undefined) return undefined
    text += filled
  }
  return text
}
