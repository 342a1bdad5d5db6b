import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

/**
 * The names that a certificate gives its owner, in lower case: those of its subjectAltName that are host names, else the
 * common names of its subject (RFC 6125 section 6.4.4).
 */
export function namesOf({ subjectAltName, subject }: X509Certificate): string[] {
  const alternative = partsOf(subjectAltName ?? '').flatMap(part => textOf(part, 'DNS:'))
  const names =
    alternative.length > 0 ? alternative : (subject ?? '').split('\n').flatMap(line => textOf(line, 'CN='))
  return names.map(name => name.toLowerCase())
}

/**
 * By which name a client comes in, or why it does not.
 * @param allowed empty: whoever has a certificate that will do, and whoever needs none
 * @param flag the option that says who is allowed
 */
export function nameOfClient(
  socket: TLSSocket,
  allowed: readonly string[],
  flag: string,
): { name?: string | undefined; refused?: string } {
  const certificate = socket.getPeerX509Certificate()
  const names = certificate ? namesOf(certificate) : []
  if (allowed.length === 0) return { name: names[0] }
  const name = allowedName(names, allowed)
  if (name !== undefined) return { name }
  return { refused: `its certificate is of ${names.join(', ') || 'nobody'}, who is not among ${flag}` }
}

/** The first of the names that is allowed; a pattern `*.example.com` allows each name in that domain. */
export function allowedName(names: readonly string[], allowed: readonly string[]): string | undefined {
  const wanted = allowed.map(pattern => pattern.toLowerCase())
  return names.find(name => wanted.some(pattern => matches(name, pattern)))
}

function matches(name: string, pattern: string): boolean {
  if (!pattern.startsWith('*.')) return name === pattern
  const domain = pattern.slice(1)
  return name.endsWith(domain) && name.length > domain.length
}

/** `DNS:a.example, IP Address:127.0.0.1`. A value that holds a comma or worse is written by Node as a JSON string (CVE-2021-44532). */
function partsOf(list: string): string[] {
  return list.match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g)?.map(part => part.trim()) ?? []
}

/** Of a value in quotes nobody knows what it would be taken for elsewhere: it is no name. */
function textOf(part: string, kind: string): string[] {
  const value = part.startsWith(kind) ? part.slice(kind.length) : ''
  return value === '' || value.startsWith('"') ? [] : [value]
}
