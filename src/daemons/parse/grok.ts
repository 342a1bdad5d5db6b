// Patterns that have names: `%{IP:client} %{WORD:method} %{NUMBER:bytes:int}`.

import { createPattern } from '../../lib/pattern/index.ts'
import { GROK_PATTERNS } from './grok-patterns.ts'
import type { FieldPattern } from './regex.ts'
import { type Field, readType, type Type } from './typed.ts'

export type Definitions = ReadonlyMap<string, string>

const REFERENCE = /%\{(\w+)(?::([^:}]+)(?::(\w+))?)?\}/g
/** Nested definitions multiply: this is far more than any that means well. */
const LONGEST = 200_000
const OWN_GROUP = 'grok_'

/** The definitions that come along, and those of the user, which go first. */
export function definitionsWith(files: readonly string[]): Definitions {
  const definitions = new Map(Object.entries(GROK_PATTERNS))
  for (const text of files) {
    for (const line of text.split('\n')) {
      const [, name, pattern] = /^\s*([A-Za-z_]\w*)\s+(.*\S)\s*$/.exec(line) ?? []
      if (name !== undefined) definitions.set(name, pattern!)
      else if (!/^\s*(#.*)?$/.test(line)) throw new RangeError(`"${line}" is not NAME PATTERN`)
    }
  }
  return definitions
}

/** @throws RangeError for what is no pattern, or has no field */
export function readGrok(written: string, definitions: Definitions): FieldPattern {
  const fields: Field[] = []
  const source = expand(written, definitions, fields, [])
  const pattern = createNamed(written, source)
  const byGroup = pattern.names.map(name => {
    if (name === undefined) return undefined
    // What is in the pattern as (?<name>…) is a field as well.
    return name.startsWith(OWN_GROUP)
      ? fields[Number(name.slice(OWN_GROUP.length))]
      : { name, type: 'text' as const }
  })
  if (!byGroup.some(Boolean))
    throw new RangeError(`"${written}" names no field; write for example %{IP:client}`)
  return { pattern, fields: byGroup }
}

function expand(text: string, definitions: Definitions, fields: Field[], within: readonly string[]): string {
  let length = 0
  return text.replace(REFERENCE, (_, name: string, field?: string, type?: string) => {
    const definition = definitions.get(name)
    if (definition === undefined) throw new RangeError(`%{${name}} is not known`)
    if (within.includes(name)) throw new RangeError(`%{${name}} is defined by itself`)
    // Its number is taken before those of what is nested in it: groups are counted from the left.
    const number = field === undefined ? undefined : fields.push(fieldOf(field, readType(type ?? 'text'))) - 1
    const pattern = expand(definition, definitions, fields, [...within, name])
    length += pattern.length
    if (length > LONGEST) throw new RangeError(`%{${name}} is too large`)
    return number === undefined ? `(?:${pattern})` : `(?P<${OWN_GROUP}${number}>${pattern})`
  })
}

/** `[source][ip]` is `ip` in `source`, as in Logstash. */
function fieldOf(name: string, type: Type): Field {
  if (!name.startsWith('[')) return { name, type }
  const path = [...name.matchAll(/\[([^[\]]+)\]/g)].map(([, key]) => key!)
  if (`[${path.join('][')}]` !== name || path[0] === '@meta')
    throw new RangeError(`"${name}" is no name of a field; write for example [source][ip]`)
  return { name, type, path }
}

/** Errors are about what was written, not about what became of it. */
function createNamed(written: string, source: string) {
  try {
    return createPattern(source)
  } catch (error) {
    throw new RangeError(`"${written}": ${(error as Error).message.slice(-300)}`)
  }
}
