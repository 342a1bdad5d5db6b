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
  for (let n = 0; n < words.length; n++) refuseScript(words, templates, n)
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

/** Programs that run what stands behind an option of theirs, that option, and those that take the next word. */
const INTERPRETERS: readonly { program: RegExp; script: RegExp; takesWord: RegExp }[] = [
  {
    program:
      /(?:^|\/)(?:(?:ba|rba|da|a|k|mk|lk|pdk|ok|y|z|c|tc|hu|fi|elvi|xon|pw)?sh|nu|(?:python|pypy)[\d.]*)$/,
    script: /^(?:-[A-Za-z]*[cC]|--command|--init-command)/,
    takesWord: /^(?:[-+][A-Za-z]*[oO]|-[WX]|--rcfile|--init-file)$/,
  },
  {
    program: /(?:^|\/)(?:perl|j?ruby|node|nodejs|bun|lua|luajit)[\d.]*$/,
    script: /^(?:-[A-Za-z]*[eEp]|--eval|--print)/,
    takesWord: /^(?:-[ICr]|--require|--import|--loader)$/,
  },
]

/**
 * A shell, or a language, reads its script, and would run what somebody wrote into a field. It is the first of the words behind it
 * (`n`: behind `timeout 5`, say) that is no option, where one of them says that a script follows.
 */
function refuseScript(
  words: readonly string[],
  templates: readonly (readonly TemplatePart[])[],
  n: number,
): void {
  const interpreter = INTERPRETERS.find(({ program }) => program.test(words[n]!))
  if (!interpreter) return
  const { script, takesWord } = interpreter
  let isScript = false
  let isTaken = false
  for (let at = n + 1; at < words.length; at++) {
    const word = words[at]!
    const isOption = /^[-+]/.test(word)
    if (isOption) isScript ||= script.test(word)
    if (isScript && !isTaken && templates[at - 1]!.some(isField))
      throw new RangeError(
        `${word}: ${words[n]} would run what is in the field; write -c 'echo "$1"' sh {field}, or read the record on standard input`,
      )
    // Perl and Ruby take several scripts.
    const isMore = isScript && script.test(words[at + 1] ?? '')
    if (!isOption && !isTaken && !isMore) return
    isTaken = isOption && takesWord.test(word)
  }
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
