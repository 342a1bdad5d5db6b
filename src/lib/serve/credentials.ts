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

/** A token, and whose it is. */
export interface AccountToken {
  readonly token: string
  readonly account: string
}

/** Throws Misuse that names the line and what to write there. */
export function readAccountTokens(flag: string, path: string): AccountToken[] {
  const found = new Map<string, AccountToken>()
  for (const [n, line] of readOptionFile(flag, path).toString().split('\n').entries()) {
    const text = line.replace(/(^|\s)#.*$/, '').trim()
    if (text === '') continue
    const [, token, account] = /^([\x21-\x7e]+)\s+(\S.*)$/.exec(text) ?? []
    if (token === undefined || account === undefined)
      throw new Misuse(
        `${flag}: ${path}:${n + 1}: a line is TOKEN ACCOUNT; make a token with: openssl rand -hex 32`,
      )
    if (found.has(token))
      throw new Misuse(`${flag}: ${path}:${n + 1}: this token is there before; give each account its own`)
    found.set(token, { token, account })
  }
  return [...found.values()]
}
