// The options of whatever speaks TLS, as one set: it is the same for all, under a prefix of its own where there are several.
import { Misuse } from '../errors.ts'
import { freshPath, path, repeatable, text, type Values } from '../options.ts'
import { checkTlsFiles, type TlsSettings } from './files.ts'

const set = {
  cert: freshPath('Speak TLS with this certificate, and those that lead to it (PEM)'),
  key: path('The key of that certificate (PEM)', 'secret'),
  clientCa: freshPath('Only who has a certificate of this authority (PEM) may come in'),
  clientCrl: freshPath('None of those that this list of the authority (PEM) has revoked'),
  clientName: repeatable(
    text('Of those, only who is called so; *.example.com is all of a domain', undefined, 'name'),
  ),
}

type Prefixed<P extends string, O> = { [K in keyof O & string as `${P}${Capitalize<K>}`]: O[K] }

/** The options under a prefix: `adminTls` makes `--admin-tls-cert` and so on. */
export function tlsOptionsOf<const P extends string>(prefix: P): Prefixed<P, typeof set> {
  const entries = Object.entries(set).map(([key, option]) => [keyOf(prefix, key), option])
  return Object.fromEntries(entries)
}

export const tlsOptions = tlsOptionsOf('tls')

export type TlsOptions = Values<typeof tlsOptions>

/** What was given to the options under a prefix. */
export function tlsSettings<const P extends string>(
  options: Values<Prefixed<P, typeof set>>,
  prefix: P,
): TlsSettings {
  const values = options as { readonly [key: string]: unknown }
  const given = Object.keys(set).map(key => [key, values[keyOf(prefix, key)]])
  const flags = `--${prefix.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
  return { ...Object.fromEntries(given), flags } as TlsSettings
}

/** Throws Misuse for settings that do not go together, and for files that will not do. */
export function checkTlsSettings(settings: TlsSettings): void {
  const { clientName, clientCa, flags } = settings
  if (clientName.length > 0 && !clientCa)
    throw new Misuse(
      `${flags}-client-name: names are known from certificates; give ${flags}-client-ca as well`,
    )
  checkTlsFiles(settings)
}

/** The same of `--tls-…`; for a daemon's `check`. */
export function checkTls(options: TlsOptions): void {
  checkTlsSettings(tlsSettings(options, 'tls'))
}

function keyOf(prefix: string, key: string): string {
  return prefix + key[0]!.toUpperCase() + key.slice(1)
}
