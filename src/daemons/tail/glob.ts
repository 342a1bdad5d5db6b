import { resolve, sep } from 'node:path'
import picomatch from 'picomatch'
import { Misuse } from '../../lib/index.ts'

/** Any number of folders, also none. */
export const ANY_DEPTH = Symbol('**')

/** A name, names that match, or folders of any depth. */
export type Segment = string | RegExp | typeof ANY_DEPTH

const MAGIC = /[*?[\]{}\\]|[!+@]\(/
/** What `**` goes into, or, at the end, leads to. */
export const VISIBLE = /^[^.]/
/** In front of a parenthesis it makes a group: `@(one|two)`. */
const GROUPS = '@!+?*'

/**
 * A glob as the segments of its path. As in a shell: `*` and `?` do not match a dot in front, `**` goes neither into hidden
 * folders nor through symbolic links. Throws Misuse for what cannot be taken apart.
 * @param glob an absolute path
 */
export function segmentsOf(glob: string): Segment[] {
  return glob
    .split(sep)
    .filter(part => part !== '' && part !== '.')
    .map(part => {
      if (part === '**') return ANY_DEPTH
      if (unclosed(part))
        throw new Misuse(`--file ${glob}: braces with a slash in them; write --file twice instead`)
      return MAGIC.test(part) ? picomatch.makeRe(plain(part), { nonegate: true }) : part
    })
}

/** Whether a path is one that the segments lead to, whatever is there. */
export function isMatch(segments: readonly Segment[], path: string): boolean {
  return matchFrom(segments, path.split(sep).filter(Boolean))
}

function matchFrom([segment, ...behind]: readonly Segment[], [name, ...below]: readonly string[]): boolean {
  if (segment === undefined) return name === undefined
  if (segment === ANY_DEPTH && matchFrom(behind.length > 0 ? behind : [VISIBLE], [name!, ...below]))
    return true
  if (name === undefined) return false
  if (segment === ANY_DEPTH) return VISIBLE.test(name) && matchFrom([segment, ...behind], below)
  return (typeof segment === 'string' ? segment === name : segment.test(name)) && matchFrom(behind, below)
}

function unclosed(part: string): boolean {
  return part.split('{').length !== part.split('}').length
}

/** For picomatch, parentheses that make no group in a shell are a regular expression: here they are what they are. */
function plain(glob: string): string {
  let text = ''
  // Whether each that is open makes a group.
  const open: boolean[] = []
  for (const [at, char] of [...glob].entries()) {
    const before = text.at(-1)
    const isEscaped = before === '\\'
    if (char === '(' && !isEscaped) open.push(at > 0 && GROUPS.includes(before!))
    const isOwn = char === '(' || char === ')' || char === '|' ? (open.at(-1) ?? false) : true
    if (char === ')' && !isEscaped) open.pop()
    text += isOwn || isEscaped ? char : `\\${char}`
  }
  return text
}

/** Whether a path is excluded by one of these globs: of a path, or, without a slash, of its last name. */
export function createExclude(globs: readonly string[]): (path: string) => boolean {
  const matchers = globs.map(glob =>
    glob.includes(sep)
      ? picomatch(plain(resolve(glob)), { dot: true, nonegate: true })
      : picomatch(plain(glob), { dot: true, nonegate: true, basename: true }),
  )
  return path => matchers.some(matches => matches(path))
}
