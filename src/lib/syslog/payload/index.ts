// What is written in the message in a form of its own, as an object beside the message:
//
// | kind   | the message begins with                        | field   |
// |--------|------------------------------------------------|---------|
// | `json` | `{`, or `@cee:` and `{`                        | `json`  |
// | `cef`  | `CEF:`                                         | `cef`   |
// | `leef` | `LEEF:`                                        | `leef`  |
// | `kv`   | a name and `=`                                 | `kv`    |
// | `auto` | any of these, in this order; of `kv`, two pairs | that of the kind that it is |
//
// The message stays as it is, and what has not the form has no such field. A key `@meta` in there is a stranger's: it
// becomes `_meta`, as in every source of the suite.

import type { Fields } from '../schema.ts'
import { readCef } from './cef.ts'
import { readJson } from './json.ts'
import { readKeyValues, readWholeKeyValues } from './key-values.ts'
import { readLeef } from './leef.ts'

export const PAYLOADS = ['json', 'cef', 'leef', 'kv', 'auto'] as const
export type Payload = (typeof PAYLOADS)[number]

/** Reads a content that has the form; undefined for any other, which must be found out soon. */
type Read = (content: string) => Fields | undefined

const READS: readonly [Exclude<Payload, 'auto'>, Read][] = [
  ['json', readJson],
  ['cef', readCef],
  ['leef', readLeef],
  ['kv', readKeyValues],
]

/** Writes the payload of a content onto `target`. */
export type WritePayload = (target: Fields, content: string) => void

/**
 * @param strangersMeta called for each `@meta` that was renamed
 */
export function createPayloads(kinds: readonly Payload[], strangersMeta: () => void): WritePayload {
  const isAuto = kinds.includes('auto')
  const reads = READS.filter(([kind]) => isAuto || kinds.includes(kind)).map(
    ([kind, read]) => [kind, kind === 'kv' && !kinds.includes('kv') ? readWholeKeyValues : read] as const,
  )
  return (target, content) => {
    for (const [kind, read] of reads) {
      const fields = read(content)
      if (fields === undefined) continue
      target[kind] = withoutMeta(fields, strangersMeta)
      return
    }
  }
}

function withoutMeta(fields: Fields, strangersMeta: () => void): Fields {
  if (!Object.hasOwn(fields, '@meta')) return fields
  strangersMeta()
  const { '@meta': stranger, ...rest } = fields
  let name = '_meta'
  while (Object.hasOwn(rest, name)) name = `_${name}`
  return { ...rest, [name]: stranger }
}
