import type { X509Certificate } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import { Misuse, messageOf } from '../errors.ts'

const HANDSHAKE = 10_000

/** What the files hold that the options name. */
export interface Pem {
  cert: Buffer
  key: Buffer
  /** Clients need a certificate of this authority. */
  clientCa?: Buffer
  /** Its lists of those that are revoked. */
  clientCrl?: Buffer
}

/** Whether the launcher has started this process, with the configuration that keeps OpenSSL from sending tickets. */
const NO_TICKETS = process.execArgv.some(flag => /^--openssl-config=.*\/bin\/openssl\.cnf$/.test(flag))

/** For clients that never read: with TLS 1.3 they would be sent tickets, and lose data by it (bin/openssl.cnf). */
export const ONE_WAY: TlsOptions = NO_TICKETS ? {} : { maxVersion: 'TLSv1.2' }

/**
 * What a server of TLS needs, checked: OpenSSL's own words come late, and name no file.
 * @param flags how the options begin that name the files: `--tls`
 */
export function serverOptions({ cert, key, clientCa, clientCrl }: Pem, flags: string): TlsOptions {
  // Late, and at once: who does not speak TLS does not need them, and to check options takes no promise.
  const { createPrivateKey } = process.getBuiltinModule('node:crypto')
  const { createSecureContext } = process.getBuiltinModule('node:tls')
  const [certificate] = parsed(`${flags}-cert`, () => certificatesIn(cert))
  const privateKey = parsed(`${flags}-key`, () => createPrivateKey(key))
  if (!certificate!.checkPrivateKey(privateKey))
    throw new Misuse(`${flags}-key: this is not the key of the certificate of ${flags}-cert`)
  if (clientCa) parsed(`${flags}-client-ca`, () => certificatesIn(clientCa))
  const crl = clientCrl && listsIn(clientCrl)
  if (crl) parsed(`${flags}-client-crl`, () => createSecureContext({ crl }))
  // A key that is too short for OpenSSL, say.
  parsed(`${flags}-cert`, () => createSecureContext({ cert, key }))
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE,
    ...(clientCa && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
    ...(crl && { crl }),
  }
}

/** At least one. Throws for what is no certificate. */
export function certificatesIn(file: Buffer): X509Certificate[] {
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  const blocks = file.toString('latin1').match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs)
  if (!blocks) throw new Error('there is no BEGIN CERTIFICATE in it')
  return blocks.map(block => new X509Certificate(block))
}

/** Each of them by itself: of several in one, Node takes the first. */
export function listsIn(file: Buffer): string[] {
  return file.toString('latin1').match(/-----BEGIN X509 CRL-----.*?-----END X509 CRL-----/gs) ?? ['']
}

function parsed<T>(flag: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new Misuse(`${flag}: this is not PEM that can be used: ${messageOf(error)}`)
  }
}
