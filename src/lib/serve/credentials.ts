import { readFileSync } from 'node:fs'
import { codeOf, Misuse, messageOf } from '../errors.ts'

/** Where they are, by the names of the options. */
interface HttpPaths {
  httpTokenFile: string | undefined
  httpCert: string | undefined
  httpKey: string | undefined
  httpClientCa: string | undefined
}

/** What the files of the options hold. */
export interface HttpFiles {
  token?: string
  cert?: Buffer
  key?: Buffer
  clientCa?: Buffer
}

/** Reads the files that the options name. Throws Misuse that names the flag of the one that will not do. */
export function readHttpFiles({ httpTokenFile, httpCert, httpKey, httpClientCa }: HttpPaths): HttpFiles {
  return {
    ...(httpTokenFile && { token: tokenIn(httpTokenFile) }),
    ...(httpCert && { cert: read('--http-cert', httpCert) }),
    ...(httpKey && { key: read('--http-key', httpKey) }),
    ...(httpClientCa && { clientCa: read('--http-client-ca', httpClientCa) }),
  }
}

function tokenIn(path: string): string {
  const token = read('--http-token-file', path).toString().trim()
  // What is not printable ASCII, or has a space in it, cannot be sent in a header.
  if (/^[\x21-\x7e]+$/.test(token)) return token
  const wrong = token === '' ? 'is empty' : 'is not one line of letters, digits and signs'
  throw new Misuse(`--http-token-file: ${path} ${wrong}; make one with: openssl rand -hex 32 > ${path}`)
}

function read(flag: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)
    throw new Misuse(`${flag}: ${path}: ${why}`)
  }
}
