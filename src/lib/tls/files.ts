import { Misuse } from '../errors.ts'
import { readOptionFile } from '../option-file.ts'
import { type Pem, serverOptions } from './pem.ts'

/** What the options of one prefix say: where a server's certificate is, what goes with it, and who may come in. */
export interface TlsSettings {
  /** How the options begin: `--tls`. */
  flags: string
  cert: string | undefined
  key: string | undefined
  clientCa: string | undefined
  clientCrl: string | undefined
  /** Of clients with certificates, only who is called so. None: all of them. */
  clientName: readonly string[]
}

/** Throws Misuse for options that do not go together, for files that cannot be read, and for those that no server can use. */
export function checkTlsFiles(settings: TlsSettings): void {
  const { flags, cert, key, clientCa, clientCrl } = settings
  const [certFlag, keyFlag] = [`${flags}-cert`, `${flags}-key`]
  if (!cert !== !key) throw new Misuse(cert ? `${certFlag} needs ${keyFlag}` : `${keyFlag} needs ${certFlag}`)
  if (clientCa && !cert)
    throw new Misuse(
      `${flags}-client-ca: there are client certificates only with TLS; give ${certFlag} and ${keyFlag}`,
    )
  if (clientCrl && !clientCa)
    throw new Misuse(`${flags}-client-crl: it is a list of ${flags}-client-ca; give that as well`)
  const pem = readPem(settings)
  if (pem) serverOptions(pem, flags)
}

/** Reads the files. Undefined where there is to be no TLS. Throws Misuse that names the flag of the one that cannot be read. */
export function readPem({ flags, cert, key, clientCa, clientCrl }: TlsSettings): Pem | undefined {
  if (!cert || !key) return undefined
  return {
    cert: readOptionFile(`${flags}-cert`, cert),
    key: readOptionFile(`${flags}-key`, key),
    ...(clientCa && { clientCa: readOptionFile(`${flags}-client-ca`, clientCa) }),
    ...(clientCrl && { clientCrl: readOptionFile(`${flags}-client-crl`, clientCrl) }),
  }
}

/** Those of the files that are given. */
export function filesOf({ cert, key, clientCa, clientCrl }: TlsSettings): string[] {
  return [cert, key, clientCa, clientCrl].filter(path => path !== undefined)
}
