// What the groups of a pattern hold: `(?<user>\w+) logged in`.

import { createPattern, type Pattern } from '../../lib/pattern/index.ts'
import type { Format, ParseError } from './outcome.ts'
import type { Field, Put } from './typed.ts'

/** A pattern, and the field of each of its groups; several may have the same: the first that holds something counts. */
export interface FieldPattern {
  pattern: Pattern
  fields: readonly (Field | undefined)[]
}

/** @throws RangeError for a pattern that is none, or has no field */
export function readRegex(source: string): FieldPattern {
  const pattern = createPattern(source)
  const fields = pattern.names.map(name => (name === undefined ? undefined : { name, type: 'text' as const }))
  if (!fields.some(Boolean))
    throw new RangeError(`"${source}" names no field; write for example (?<user>\\w+)`)
  return { pattern, fields }
}

/** The first pattern that matches counts. */
export function createRegex(patterns: readonly FieldPattern[], put: Put): Format {
  return (text, output) => {
    for (const { pattern, fields } of patterns) {
      const groups = pattern.exec(text)
      if (!groups) continue
      output.leftOver = groups[0]!.length < text.length
      let error: ParseError | undefined
      for (let n = 1; n < fields.length; n++) {
        const field = fields[n]
        const value = groups[n]
        if (field && value !== undefined && !isRepeated(fields, groups, n))
          error = put(output, field, value) ?? error
      }
      return error
    }
    return 'no-match'
  }
}

function isRepeated(
  fields: readonly (Field | undefined)[],
  groups: readonly (string | undefined)[],
  n: number,
): boolean {
  for (let before = 1; before < n; before++) {
    if (groups[before] !== undefined && fields[before]?.name === fields[n]!.name) return true
  }
  return false
}
