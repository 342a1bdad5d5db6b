import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Setup } from './setup.ts'

/** `FILE:LINE: ` within what a start would say, and what is wrong with that line, which is mostly quoted. */
const OF_LINE = /(?<=^|\s)([^\s:]+):(\d+): .*$/s

/**
 * What a start would say, without what stands in a file that not everybody may read: an option may name any file, and what is found
 * is copied into mails and issues. Who has typed it just now knows what he types.
 */
export function withoutSecrets(message: string, { cwd, isTyped }: Setup): string {
  const [, file, line] = OF_LINE.exec(message) ?? []
  if (isTyped || file === undefined || isPublic(resolve(cwd, file))) return message
  const why =
    'what is wrong with this line is not shown, because not everybody may read the file; a start says it'
  return message.replace(OF_LINE, () => `${file}:${line}: ${why}`)
}

function isPublic(file: string): boolean {
  try {
    return (statSync(file).mode & 0o004) !== 0
  } catch {
    return false
  }
}
