// Values between delimiters, without quotes: `3|6|Oct 11 22:14:15|the rest, which may have a | in it`.

import type { Format, ParseError } from './outcome.ts'
import type { Field, Put } from './typed.ts'

/** As many values as there are fields; the last one is all that is left. */
export function createDelimited(fields: readonly (Field | undefined)[], delimiter: string, put: Put): Format {
  const last = fields.length - 1
  const values = new Array<string>(fields.length)
  return (text, output) => {
    let start = 0
    for (let n = 0; n < last; n++) {
      const end = text.indexOf(delimiter, start)
      if (end < 0) return 'too-few-fields'
      values[n] = text.slice(start, end)
      start = end + delimiter.length
    }
    values[last] = text.slice(start)
    let error: ParseError | undefined
    for (let n = 0; n <= last; n++) {
      const field = fields[n]
      if (field) error = put(output, field, values[n]!) ?? error
    }
    return error
  }
}
