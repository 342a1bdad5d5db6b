import type { X509Certificate } from 'node:crypto'

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
