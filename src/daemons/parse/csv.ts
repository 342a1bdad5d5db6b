// Values as RFC 4180 has them, a record a text: `a,"b, and ""c""",d`. A value in quotes may have line feeds in it.

import type { Format, ParseError } from './outcome.ts'
import type { Field, Put } from './typed.ts'

const QUOTE = '"'

export function createCsv(fields: readonly (Field | undefined)[], delimiter: string, put: Put): Format {
  return (text, output) => {
    const values = splitCsv(text, delimiter, fields.length)
    if (typeof values === 'string') return values
    if (values.length < fields.length) return 'too-few-fields'
    let error: ParseError | undefined
    for (let n = 0; n < fields.length; n++) {
      const field = fields[n]
      if (field) error = put(output, field, values[n]!) ?? error
    }
    return error
  }
}

function splitCsv(text: string, delimiter: string, most: number): string[] | ParseError {
  const values: string[] = []
  for (let start = 0; ; ) {
    if (values.length === most) return 'too-many-fields'
    let end: number
    if (text.startsWith(QUOTE, start)) {
      end = endOfQuoted(text, start)
      if (end < 0) return 'bad-quotes'
      values.push(text.slice(start + 1, end - 1).replaceAll('""', QUOTE))
      if (end < text.length && !text.startsWith(delimiter, end)) return 'bad-quotes'
    } else {
      end = text.indexOf(delimiter, start)
      if (end < 0) end = text.length
      values.push(text.slice(start, end))
    }
    if (end === text.length) return values
    start = end + delimiter.length
  }
}

/** Behind the quote that closes the value; -1 when there is none. */
function endOfQuoted(text: string, start: number): number {
  for (let at = text.indexOf(QUOTE, start + 1); at >= 0; at = text.indexOf(QUOTE, at + 2)) {
    if (text[at + 1] !== QUOTE) return at + 1
  }
  return -1
}
