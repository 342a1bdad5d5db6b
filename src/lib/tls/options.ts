// The options of every daemon that speaks TLS over bare TCP.
import { Misuse } from '../errors.ts'
import { path, repeatable, text, type Values } from '../options.ts'
import { checkTlsFiles, type TlsPaths } from './files.ts'

export const tlsOptions = {
  tlsCert: path('Speak TLS with this certificate, and those that lead to it (PEM)'),
  tlsKey: path('The key of that certificate (PEM)', 'secret'),
  tlsClientCa: path('Only who has a certificate of this authority (PEM) may send'),
  tlsClientCrl: path('None of those that this list of the authority (PEM) has revoked'),
  tlsClientName: repeatable(
    text('Of those, only who is called so; *.example.com is all of a domain', undefined, 'name'),
  ),
}

export type TlsOptions = Values<typeof tlsOptions>

/** Throws Misuse for options that do not go together, and for files that will not do; for a daemon's `check`. */
export function checkTls(options: TlsOptions): void {
  if (options.tlsClientName.length > 0 && !options.tlsClientCa)
    throw new Misuse('--tls-client-name: names are known from certificates; give --tls-client-ca as well')
  checkTlsFiles(tlsPaths(options), '--tls')
}

export function tlsPaths({ tlsCert, tlsKey, tlsClientCa, tlsClientCrl }: TlsOptions): TlsPaths {
  return { cert: tlsCert, key: tlsKey, clientCa: tlsClientCa, clientCrl: tlsClientCrl }
}
