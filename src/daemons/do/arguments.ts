// The arguments of a command, into which fields of the record are put: `{host}`, `{data.account}`, `{user:-nobody}`.
import type { LogRecord } from '../../lib/index.ts'
import { fieldText, parseTemplate, type TemplateField, type TemplatePart } from '../../lib/template.ts'

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
  const [program, ...templates] = words.map(parseTemplate)
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
function refuseScript(words: readonly string[], templates: readonly (readonly TemplatePart[])[]): void {
  const script = SHELL.test(words[0] ?? '') ? words.findIndex(word => /^-[a-z]*c$/.test(word)) + 1 : 0
  if (script > 0 && templates[script - 1]?.some(isField))
    throw new RangeError(
      `${words[script]}: the shell would run what is in the field; write -c 'echo "$1"' sh {field}`,
    )
}

function isField(part: TemplatePart): part is TemplateField {
  return typeof part !== 'string'
}

function fill(template: readonly TemplatePart[], record: LogRecord, isOperand: boolean): string | Unfit {
  let text = ''
  for (const part of template) {
    const filled = isField(part) ? fieldText(record, part) : part
    if (filled === undefined)
      return {
        dead: 'missing-field',
        detail: `${(part as TemplateField).path}: the record has no such field`,
      }
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
