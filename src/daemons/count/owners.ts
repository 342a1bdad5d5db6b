// Which template a key belongs to.

import { parseKey } from './key-template.ts'
import type { Kind } from './metrics.ts'

/** A template as a store remembers it. */
export interface Described {
  kind: Kind
  template: string
  shape: string
}

export type Owners = (key: string) => Described | undefined

/**
 * A key belongs to the first one that can make it, that which says most of it: `acme/revenue` to {account}/revenue, whatever types
 * there are; and of all/{type} and {account}/revenue, `all/revenue` to the one whose word comes first.
 */
export function ownersOf(all: readonly Described[]): Owners {
  const owners = all
    .map(one => ({ one, pattern: parseKey(one.template).pattern }))
    .toSorted(
      ({ one: a }, { one: b }) => fieldsIn(a) - fieldsIn(b) || (wordsFirst(a) < wordsFirst(b) ? -1 : 1),
    )
  return key => owners.find(({ pattern }) => pattern.test(key))?.one
}

function fieldsIn({ shape }: Described): number {
  return shape.split('*').length - 1
}

/** The field that is the first part, if it is no more than that. */
export function firstField({ template }: Described): string | undefined {
  return /^\{([^{}:]+)(?::-[^{}]*)?\}(?:\/|$)/.exec(template)?.[1]
}

/** Sorts words before fields. */
function wordsFirst({ shape }: Described): string {
  return shape.replaceAll('*', '\uffff')
}
