// A JSON object: its fields are the record's, nested ones as they are.

import { type Fields, parseJson } from '../../lib/index.ts'
import { isObject } from '../../lib/record.ts'
import { type Format, write } from './outcome.ts'
import type { Retype } from './typed.ts'

const META = '@meta'

/** @param retype where fields have types */
export function createJson(retype: Retype | undefined): Format {
  return (text, output) => {
    const fields = readObject(text)
    if (!fields) return 'not-json'
    const error = retype?.(fields, output.received)
    for (const name of Object.keys(fields)) if (name !== META) write(output, name, fields[name])
    // Last, when it is known which names are free.
    if (Object.hasOwn(fields, META)) write(output, META, fields[META])
    return error
  }
}

function readObject(text: string): Fields | undefined {
  // Without this test, a plain line would cost an exception each.
  if (!/^[ \t\r\n]*\{/.test(text)) return undefined
  try {
    const value = parseJson(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
