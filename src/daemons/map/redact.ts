import { createBudget, createReplace } from '../../lib/pattern/replace.ts'
import { changeScalars, forgetBytes, readNames } from './fields.ts'
import type { Make } from './step.ts'

const MARK = '****'

/** `message,user.name /PATTERN/ with TEXT`; `*` is every field. What a pattern matches in a text or number is replaced. */
export function readRedact(rest: string): Make | undefined {
  const [, fields, written, instead] = /^(\S+)\s+\/((?:[^/\\]|\\.)+)\/(?:\s+with(|\s.*))?$/s.exec(rest) ?? []
  if (fields === undefined || written === undefined) return undefined
  const replace = createReplace(written.replaceAll('\\/', '/'), instead?.trim() ?? MARK)
  const routes = fields === '*' ? undefined : readNames(fields)
  return () => record => {
    let changed = false
    const budget = createBudget()
    changeScalars(record, routes, scalar => {
      const text = String(scalar)
      const replaced = replace(text, budget)
      if (replaced === text) return scalar
      changed = true
      return replaced
    })
    return changed ? forgetBytes(record) : record
  }
}
