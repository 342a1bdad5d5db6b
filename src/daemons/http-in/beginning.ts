// What the beginning of a body, or of a line in it, says.
import { parseJson } from '../../lib/json.ts'
import { isObject } from '../../lib/record.ts'
import type { Form } from '../../lib/serve/content.ts'

export const UTF8_MARK = '\ufeff'
const OPENING_BRACE = 0x7b

/** How a list of JSON begins, and hardly a line of a log: `[2026-11-22 …` is no list. */
const LIST = /^\s*\[\s*[[\]{"]/

/** @param start of the body, with its first line and maybe more */
export function areLines(start: string, form: Form): boolean {
  const text = (start.startsWith(UTF8_MARK) ? start.slice(1) : start).trimStart()
  if (text.startsWith('{')) return isJsonObject(text.replace(/\n.*/s, ''))
  return form === 'unknown' && !LIST.test(text)
}

function isJsonObject(line: string): boolean {
  try {
    return isObject(parseJson(line))
  } catch {
    return false
  }
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}

/** JSON allows white space before an object. */
export function beginsObject(memory: Buffer, start: number, end: number): boolean {
  let at = start
  while (at < end && (memory[at] === 0x20 || memory[at] === 0x09)) at++
  return memory[at] === OPENING_BRACE
}

/** Behind the mark with which some programs begin UTF-8. */
export function afterMark(memory: Buffer, start: number, end: number): number {
  const isMark =
    end - start >= 3 && memory[start] === 0xef && memory[start + 1] === 0xbb && memory[start + 2] === 0xbf
  return isMark ? start + 3 : start
}
