import { Misuse } from '../errors.ts'
import { readOptionFile } from '../option-file.ts'

/** The token in the file that an option names. Throws Misuse for one that will not do. */
export function readToken(flag: string, path: string): string {
  const token = readOptionFile(flag, path).toString().trim()
  // What is not printable ASCII, or has a space in it, cannot be sent in a header.
  if (/^[\x21-\x7e]+$/.test(token)) return token
  const wrong = token === '' ? 'is empty' : 'is not one line of letters, digits and signs'
  throw new Misuse(`${flag}: ${path} ${wrong}; make one with: openssl rand -hex 32 > ${path}`)
}
