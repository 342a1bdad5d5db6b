// The arguments of a command, into which fields of the record are put: `{host}`, `{data.account}`, `{user:-nobody}`.
import type { LogRecord } from '../../lib/index.ts'
import { jsonOf } from '../../lib/record.ts'

/** A text, and the fields in it. */
type Template = readonly (string | Field)[]

interface Field {
  /** As it stands between the braces: a key, or several with dots between them. */
  path: string
  /** What stands in its place where the record has none. */
  default?: string
}

/** Why a record cannot be put into a command. */
export interface Unfit {
  dead: 'missing-field' | 'leading-dash' | 'nul-byte'
  detail: string
}

/** The arguments of the command for a record. */
export type Fill = (record: LogRecord) => string[] | Unfit

/**
 * Each word behind the program becomes one argument. Throws RangeError for a brace that is no field's, and where a record
 * would choose what is run.
 */
export function compileCommand(words: readonly string[]): Fill {
  const [program, ...templates] = words.map(compile)
  if (program?.some(isField))
    throw new RangeError(`${words[0]}: a record must not choose the program; write its name`)
  refuseScript(words, templates)
  // Behind `--`, programs take what begins with a dash as it is (POSIX, XBD 12.2, guideline 10).
  const dashes = words.indexOf('--', 1) - 1
  return record => {
    const args: string[] = []
    for (const [n, template] of templates.entries()) {
      const filled = fill(template, record, dashes >= 0 && n > dashes)
      if (typeof filled !== 'string') return filled
      args.push(filled)
    }
    return args
  }
}

const SHELL = /(?:^|\/)(?:ba|da|a|k|z)?sh$/

/** A shell reads its script, and would run what somebody wrote into a field. */
function refuseScript(words: readonly string[], templates: readonly Template[]): void {
  const script = SHELL.test(words[0] ?? '') ? words.findIndex(word => /^-[a-z]*c$/.test(word)) + 1 : 0
  if (script > 0 && templates[script - 1]?.some(isField))
    throw new RangeError(
      `${words[script]}: the shell would run what is in the field; write -c 'echo "$1"' sh {field}`,
    )
}

const PARTS = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g

function compile(word: string): Template {
  return [...word.matchAll(PARTS)].map(([part, field]) => {
    if (part === '{{' || part === '}}') return part[0]!
    if (field !== undefined) return fieldOf(field, word)
    if (part === '{' || part === '}')
      throw new RangeError(`${word}: a field is {name}; for a brace itself write {{ or }}`)
    return part
  })
}

function fieldOf(written: string, word: string): Field {
  const [, path = '', , fallback] = /^(.*?)(:-(.*))?$/s.exec(written) ?? []
  if (path === '') throw new RangeError(`${word}: there is no name between the braces`)
  return fallback === undefined ? { path } : { path, default: fallback }
}

function isField(part: string | Field): part is Field {
  return typeof part !== 'string'
}

function fill(template: Template, record: LogRecord, isOperand: boolean): string | Unfit {
  let text = ''
  for (const part of template) {
    const filled = isField(part) ? (textOf(valueAt(record, part.path)) ?? part.default) : part
    if (filled === undefined)
      return { dead: 'missing-field', detail: `${(part as Field).path}: the record has no such field` }
    text += filled
  }
  if (text.includes('\0')) return { dead: 'nul-byte', detail: 'an argument cannot hold a NUL' }
  // A field that says `--delete` would be taken for an option.
  if (!isOperand && text[0] === '-' && template[0] !== undefined && isField(template[0]))
    return {
      dead: 'leading-dash',
      detail: `${text.slice(0, 80)}: an option? Write -- before it in the command`,
    }
  return text
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

/** What is no text is written as JSON. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : jsonOf(value)
}
