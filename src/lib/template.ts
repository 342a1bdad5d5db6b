// A text with fields of a record in it: `{host} {program}: {message}`, `{data.account}`, `{user:-nobody}`; `{{` and `}}` are
// braces.

import { routesOfField } from './query/fields.ts'
import { firstValue } from './query/first-value.ts'
import type { Route } from './query/places.ts'
import { jsonOf } from './record.ts'

/** What stands between braces. */
export interface TemplateField {
  /** A key, or several with dots between them. */
  path: string
  /** Where it may be: several ways for one of the names that mean the same in all records. */
  routes: readonly Route[]
  /** What stands in its place where the record has none. */
  default?: string
}

export type TemplatePart = string | TemplateField

const PARTS = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g

/** Takes a template apart. Throws RangeError that says what to write. */
export function parseTemplate(template: string): TemplatePart[] {
  return [...template.matchAll(PARTS)].map(([part, field]) => {
    if (part === '{{' || part === '}}') return part[0]!
    if (field !== undefined) return fieldOf(field, template)
    if (part === '{' || part === '}')
      throw new RangeError(`${template}: a field is {name}; for a brace itself write {{ or }}`)
    return part
  })
}

function fieldOf(written: string, template: string): TemplateField {
  const [, path = '', , fallback] = /^(.*?)(:-(.*))?$/s.exec(written) ?? []
  if (path === '') throw new RangeError(`${template}: there is no name between the braces`)
  const field = { path, routes: routesOfField(path) }
  return fallback === undefined ? field : { ...field, default: fallback }
}

/** Returns the function that fills a template in. Where the record has no such field, and the template no default, is nothing. */
export function compileTemplate(template: string): (record: object) => string {
  const parts = parseTemplate(template)
  return record => {
    let text = ''
    for (const part of parts) text += typeof part === 'string' ? part : (fieldText(record, part) ?? '')
    return text
  }
}

/** The text of a field of a record: what is no text is JSON. Undefined where there is neither value nor default. */
export function fieldText(record: object, field: TemplateField): string | undefined {
  const value = firstValue(record, field.routes)
  if (value === undefined) return field.default
  return typeof value === 'string' ? value : jsonOf(value)
}
