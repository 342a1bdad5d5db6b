import { endOfString, parseJson } from './json.ts'

/**
 * What a JSON body brings: the members of a list, or else the one value; or several of them, one after the other, with
 * white space between them or nothing (as Fluent Bit's json_stream and Splunk's collector have them). Throws SyntaxError.
 */
export function parseValues(text: string): unknown[] {
  try {
    return membersOf(parseJson(text))
  } catch (error) {
    const first = endOfValue(text, 0)
    // What is wrong with it is inside of the first one, or behind the last.
    if (first === undefined || text.slice(first).trim() === '') throw error
    return parseSeveral(text)
  }
}

function parseSeveral(text: string): unknown[] {
  const values: unknown[] = []
  for (let start = 0; start < text.length; ) {
    const end = endOfValue(text, start) ?? text.length
    const value = text.slice(start, end)
    if (value.trim() !== '') append(values, membersOf(parseAt(value, text, start)))
    start = end
  }
  return values
}

function parseAt(value: string, text: string, start: number): unknown {
  try {
    return parseJson(value)
  } catch (error) {
    const at = start + value.search(/\S/)
    const line = text.slice(0, at).split('\n').length
    throw new SyntaxError(`in the value that begins in line ${line}: ${(error as Error).message}`)
  }
}

function membersOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

/** Not `push(...more)`: a list may have more members than a call may have arguments. */
function append(values: unknown[], more: readonly unknown[]): void {
  for (const value of more) values.push(value)
}

/** Where the object or list ends that comes next; undefined where none does, or it has no end. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) at = endOfString(text, at)
    else if (code === 0x7b || code === 0x5b) depth++
    else if ((code === 0x7d || code === 0x5d) && --depth <= 0) return at + 1
  }
  return undefined
}
