import { Misuse } from '../errors.ts'
import { readOptionFile } from '../option-file.ts'

/** The token in the file of --http-token-file. Throws Misuse for one that will not do. */
export function readToken(path: string): string {
  const token = readOptionFile('--http-token-file', path).toString().trim()
  // What is not printable ASCII, or has a space in it, cannot be sent in a header.
  if (/^[\x21-\x7e]+$/.test(token)) return token
  const wrong = token === '' ? 'is empty' : 'is not one line of letters, digits and signs'
  throw new Misuse(`--http-token-file: ${path} ${wrong}; make one with: openssl rand -hex 32 > ${path}`)
}
