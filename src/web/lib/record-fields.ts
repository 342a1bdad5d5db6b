// A record's parts as pages show them.
import { canonicalName } from '../../lib/query/fields.ts'
import { scalarOf } from '../../lib/query/walk.ts'
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

/**
 * The fields, one for each element of a list; those that Sluice added are the last. No more than so many are looked for:
 * strangers send as many as they like.
 */
export function fieldsOf(record: Fields, most: number): Field[] {
  const fields: Field[] = []
  for (const name in record) flattenInto(fields, name, record[name], most)
  return [...fields.filter(({ name }) => !isMeta(name)), ...fields.filter(({ name }) => isMeta(name))]
}

/** Stops where there are enough: nothing behind that is looked at. */
function flattenInto(fields: Field[], name: string, value: unknown, most: number): void {
  if (fields.length >= most) return
  if (Array.isArray(value) && value.length > 0) {
    for (const element of value) {
      if (fields.length >= most) return
      flattenInto(fields, name, element, most)
    }
  } else if (isFilled(value)) {
    for (const key in value) {
      if (fields.length >= most) return
      flattenInto(fields, `${name}.${key}`, value[key], most)
    }
  } else {
    const asked = canonicalName(name)
    const text = textOf(value)
    fields.push({ name, asked, text, askable: scalarOf(value) !== undefined && canAsk(asked, text) })
  }
}

function isFilled(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || scalarOf(value) !== undefined) return false
  // Not all of its keys, only to know that there is one.
  for (const _ in value) return true
  return false
}

export function textOf(value: unknown): string {
  if (value === undefined) return ''
  return String(scalarOf(value) ?? JSON.stringify(value))
}

/** JSON for people. */
export const prettyJson = (record: Fields): string => JSON.stringify(record, undefined, 2)
