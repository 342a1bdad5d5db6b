import { Misuse } from '../errors.ts'
import { readOptionFile } from '../option-file.ts'
import { type Pem, serverOptions } from './pem.ts'

/** Where a server's certificate is, and what goes with it, as options of one prefix name them. */
export interface TlsPaths {
  cert: string | undefined
  key: string | undefined
  clientCa: string | undefined
  clientCrl?: string | undefined
}

/**
 * Throws Misuse for options that do not go together, for files that cannot be read, and for those that no server can use.
 * @param flags how the options begin: `--tls`
 */
export function checkTlsFiles(paths: TlsPaths, flags: string): void {
  const { cert, key, clientCa, clientCrl } = paths
  const [certFlag, keyFlag] = [`${flags}-cert`, `${flags}-key`]
  if (!cert !== !key) throw new Misuse(cert ? `${certFlag} needs ${keyFlag}` : `${keyFlag} needs ${certFlag}`)
  if (clientCa && !cert)
    throw new Misuse(
      `${flags}-client-ca: there are client certificates only with TLS; give ${certFlag} and ${keyFlag}`,
    )
  if (clientCrl && !clientCa)
    throw new Misuse(`${flags}-client-crl: it is a list of ${flags}-client-ca; give that as well`)
  const pem = readPem(paths, flags)
  if (pem) serverOptions(pem, flags)
}

/** Reads the files. Undefined where there is to be no TLS. Throws Misuse that names the flag of the one that cannot be read. */
export function readPem({ cert, key, clientCa, clientCrl }: TlsPaths, flags: string): Pem | undefined {
  if (!cert || !key) return undefined
  return {
    cert: readOptionFile(`${flags}-cert`, cert),
    key: readOptionFile(`${flags}-key`, key),
    ...(clientCa && { clientCa: readOptionFile(`${flags}-client-ca`, clientCa) }),
    ...(clientCrl && { clientCrl: readOptionFile(`${flags}-client-crl`, clientCrl) }),
  }
}

/** Those of the paths that are given. */
export function filesOf(paths: { readonly [name: string]: string | undefined }): string[] {
  return Object.values(paths).filter(path => path !== undefined)
}
