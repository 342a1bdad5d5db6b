// The options of every daemon that speaks TLS over bare TCP. What they lead to is in tls/, and is imported when somebody asks
// for it.
import { Misuse } from '../errors.ts'
import { readOptionFile } from '../option-file.ts'
import { path, repeatable, text, type Values } from '../options.ts'
import type { Pem } from './pem.ts'

export const tlsOptions = {
  tlsCert: path('Speak TLS with this certificate, and those that lead to it (PEM)'),
  tlsKey: path('The key of that certificate (PEM)'),
  tlsClientCa: path('Only who has a certificate of this authority (PEM) may send'),
  tlsClientName: repeatable(
    text('Of those, only who is called so; *.example.com is all of a domain', undefined, 'name'),
  ),
}

export type TlsOptions = Values<typeof tlsOptions>

/** Throws Misuse for options that do not go together, and for files that cannot be read; for a daemon's `check`. */
export function checkTls(options: TlsOptions): void {
  const { tlsCert, tlsKey, tlsClientCa, tlsClientName } = options
  if (!tlsCert !== !tlsKey)
    throw new Misuse(`${tlsCert ? '--tls-cert' : '--tls-key'} needs ${tlsCert ? '--tls-key' : '--tls-cert'}`)
  if (tlsClientCa && !tlsCert)
    throw new Misuse(
      '--tls-client-ca: there are client certificates only with TLS; give --tls-cert and --tls-key',
    )
  if (tlsClientName.length > 0 && !tlsClientCa)
    throw new Misuse('--tls-client-name: names are known from certificates; give --tls-client-ca as well')
  readTlsFiles(options)
}

/** Reads the files that the options name. Undefined where there is to be no TLS. Throws Misuse for one that cannot be read. */
export function readTlsFiles({ tlsCert, tlsKey, tlsClientCa }: TlsOptions): Pem | undefined {
  if (!tlsCert || !tlsKey) return undefined
  return {
    cert: readOptionFile('--tls-cert', tlsCert),
    key: readOptionFile('--tls-key', tlsKey),
    ...(tlsClientCa && { clientCa: readOptionFile('--tls-client-ca', tlsClientCa) }),
  }
}
