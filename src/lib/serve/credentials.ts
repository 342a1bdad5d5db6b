import { Misuse } from '../errors.ts'
import { readOptionFile } from '../option-file.ts'

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
    ...(httpCert && { cert: readOptionFile('--http-cert', httpCert) }),
    ...(httpKey && { key: readOptionFile('--http-key', httpKey) }),
    ...(httpClientCa && { clientCa: readOptionFile('--http-client-ca', httpClientCa) }),
  }
}

function tokenIn(path: string): string {
  const token = readOptionFile('--http-token-file', path).toString().trim()
  // What is not printable ASCII, or has a space in it, cannot be sent in a header.
  if (/^[\x21-\x7e]+$/.test(token)) return token
  const wrong = token === '' ? 'is empty' : 'is not one line of letters, digits and signs'
  throw new Misuse(`--http-token-file: ${path} ${wrong}; make one with: openssl rand -hex 32 > ${path}`)
}
