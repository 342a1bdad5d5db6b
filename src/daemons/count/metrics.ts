// What is counted, and under which keys: the templates of --key, --sum and --distinct.

import { Misuse } from '../../lib/index.ts'
import { accountOfKey } from './key.ts'
import { parseKey, parseValued } from './key-template.ts'
import { createMetric, type Metric, type Parsed } from './metric.ts'
import { type Described, firstField, flagOf, hiderOf, type Kind, type Owners, ownersOf } from './owners.ts'

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
    this.all = parsed.map(one => createMetric(one, key => this.#ownerOf(key)?.shape === one.key.shape))
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
}
