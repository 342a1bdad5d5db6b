// A text with fields of a record in it: `{host} {program}: {message}`, `{data.account}`, `{user:-nobody}`; `{{` and `}}` are
// braces.

import { pathsOf } from './query/fields.ts'
import { jsonOf } from './record.ts'

/** What stands between braces. */
export interface TemplateField {
  /** A key, or several with dots between them. */
  path: string
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
  return fallback === undefined ? { path } : { path, default: fallback }
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
  const value = find(record, field.path)
  if (value === undefined || value === null) return field.default
  return typeof value === 'string' ? value : jsonOf(value)
}

/** One of the names that mean the same in all records is looked for in all its places. */
function find(record: object, path: string): unknown {
  const paths = pathsOf(path)
  if (paths.length === 1) return valueAt(record, path)
  for (const place of paths) {
    const value = valueAt(record, place)
    if (value !== undefined && value !== null && typeof value !== 'object') return value
  }
  return valueAt(record, path)
}

/** The value of a key, or of the first of the path's keys and so on: a key that has dots itself is found as well. */
function valueAt(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if (Object.hasOwn(value, path)) return (value as { [key: string]: unknown })[path]
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot)
    if (!Object.hasOwn(value, head)) continue
    const found = valueAt((value as { [key: string]: unknown })[head], path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}
