import { createReplace } from '../../lib/pattern/replace.ts'
import { changeScalars, forgetBytes, read, readNames, write } from './fields.ts'
import type { Make } from './step.ts'

const MARK = '****'

/** `message,user.name /PATTERN/ with TEXT`; `*` is every field. What a pattern matches in a text or number is replaced. */
export function readRedact(rest: string): Make | undefined {
  const [, fields, written, instead] = /^(\S+)\s+\/((?:[^/\\]|\\.)+)\/(?:\s+with(|\s.*))?$/s.exec(rest) ?? []
  if (fields === undefined || written === undefined) return undefined
  const replace = createReplace(written.replaceAll('\\/', '/'), instead?.trim() ?? MARK)
  const names = fields === '*' ? undefined : readNames(fields)
  return () => record => {
    let changed = false
    const change = (scalar: string | number | bigint) => {
      const text = String(scalar)
      const replaced = replace(text)
      if (replaced === text) return scalar
      changed = true
      return replaced
    }
    for (const name of names ?? Object.keys(record)) {
      if (name === '@meta') continue
      const before = read(record, name)
      const after = changeScalars(before, change)
      if (after !== before) write(record, name, after)
    }
    return changed ? forgetBytes(record) : record
  }
}
