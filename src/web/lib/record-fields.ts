// A record's parts as pages show them.
import { canonicalName } from '../../lib/query/fields.ts'
import { canAsk } from './query-edit.ts'

export type Fields = { readonly [field: string]: unknown }

export interface Field {
  /** With dots between the names of nested objects. */
  readonly name: string
  /** What a query calls it. */
  readonly asked: string
  readonly text: string
  /** Null and empty objects cannot be asked for. */
  readonly askable: boolean
}

export const isMeta = (name: string) => name === '@meta' || name.startsWith('@meta.')

/** All fields, one for each element of a list; those that Sluice added are the last. */
export function fieldsOf(record: Fields): Field[] {
  const fields: Field[] = []
  for (const [name, value] of Object.entries(record)) flattenInto(fields, name, value)
  return [...fields.filter(({ name }) => !isMeta(name)), ...fields.filter(({ name }) => isMeta(name))]
}

function flattenInto(fields: Field[], name: string, value: unknown): void {
  if (Array.isArray(value) && value.length > 0) {
    for (const element of value) flattenInto(fields, name, element)
  } else if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value)) flattenInto(fields, `${name}.${key}`, inner)
  } else {
    const asked = canonicalName(name)
    const text = textOf(value)
    fields.push({ name, asked, text, askable: typeof value !== 'object' && canAsk(asked, text) })
  }
}

export function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** JSON for people. A bigint is a number that JavaScript has no room for (see getJson). */
export function prettyJson(record: Fields): string {
  const raw = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON
  return JSON.stringify(
    record,
    (_, value) => (typeof value === 'bigint' ? (raw?.(String(value)) ?? String(value)) : value),
    2,
  )
}
