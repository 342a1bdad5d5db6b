// Which template a key belongs to.

import { readKey } from './key-template.ts'

export type Kind = 'count' | 'sum' | 'distinct'

/** A template as a store remembers it. */
export interface Described {
  kind: Kind
  template: string
  /** What of an event is added up or seen, as it was written. */
  value?: string
  shape: string
}

export type Owners = (key: string) => Described | undefined

/**
 * A key belongs to the first one that can make it, that which says most of it: `acme/revenue` to {account}/revenue, whatever types
 * there are; and of all/{type} and {account}/revenue, `all/revenue` to the one whose word comes first.
 */
export function ownersOf(all: readonly Described[]): Owners {
  const owners = all
    .map(one => ({ one, canMake: readKey(one.template).canMake }))
    .toSorted(
      ({ one: a }, { one: b }) => fieldsIn(a) - fieldsIn(b) || (wordsFirst(a) < wordsFirst(b) ? -1 : 1),
    )
  return key => {
    const parts = key.split('/')
    return owners.find(({ canMake }) => canMake(parts))?.one
  }
}

/** The template that all keys of this one belong to, where that is another one: it would count nothing. */
export function hiderOf(one: Described, ownerOf: Owners): Described | undefined {
  // No key has this character, so whoever can make this one can make them all.
  const any = readKey(one.template).parts.map(part =>
    part.map(piece => (typeof piece === 'string' ? piece : '\0')).join(''),
  )
  const owner = ownerOf(any.join('/'))
  return owner?.shape === one.shape ? undefined : owner
}

function fieldsIn({ shape }: Described): number {
  return shape.split('*').length - 1
}

/** The field that is the first part, if it is no more than that. */
export function firstField(of: Described): string | undefined {
  if (!firstFields.has(of)) {
    const [[field, ...more] = []] = readKey(of.template).parts
    firstFields.set(of, typeof field === 'object' && more.length === 0 ? field.path : undefined)
  }
  return firstFields.get(of)
}

const firstFields = new WeakMap<Described, string | undefined>()

/** Sorts words before fields. */
function wordsFirst({ shape }: Described): string {
  return shape.replaceAll('*', '\uffff')
}

/** As it is given. */
export function flagOf({ kind, template }: Pick<Described, 'kind' | 'template'>): string {
  return `--${kind === 'count' ? 'key' : kind} '${template}'`
}
