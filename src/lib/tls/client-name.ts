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

/** Whether one of the names is allowed; a pattern `*.example.com` allows each name in that domain. */
export function isAllowed(names: readonly string[], allowed: readonly string[]): boolean {
  return allowed.some(pattern => {
    const wanted = pattern.toLowerCase()
    if (!wanted.startsWith('*.')) return names.includes(wanted)
    return names.some(name => name.endsWith(wanted.slice(1)) && name.length > wanted.length - 1)
  })
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
