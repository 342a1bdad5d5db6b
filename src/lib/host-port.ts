import { isIP, isIPv6 } from 'node:net'

/** Where to listen. Without a host: on all addresses. */
export interface HostPort {
  host?: string
  /** 0: a free one. */
  port: number
}

const HOST_PORT = /^(?:\[([0-9a-f:.]+(?:%\w+)?)\]|([^[\]:/\s]*)):(\d{1,5})$/i

/** `127.0.0.1:514`, `[::1]:514`, `name:514`, `:514` or `*:514`. Throws RangeError that says what to write. */
export function parseHostPort(text: string): HostPort {
  const [, v6, name, digits] = HOST_PORT.exec(text) ?? []
  const port = Number(digits)
  if (port > 65535) throw new RangeError(`"${text}": a port is at most 65535`)
  if (digits === undefined || (v6 !== undefined && !isIPv6(v6))) {
    throw new RangeError(
      `"${text}" is not host:port; write for example 127.0.0.1:5514, [::1]:5514 or :5514 for all addresses`,
    )
  }
  const host = v6 ?? name
  return host === undefined || host === '' || host === '*' ? { port } : { host, port }
}

/** `ip:port`, with brackets around IPv6; an IPv4 address mapped into IPv6 is unwrapped. */
export function formatHostPort(host: string, port: number): string {
  const plain = host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}

/** Whether only this host can reach it. A name other than localhost may be anything. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false
  if (isIP(host) === 4) return host.startsWith('127.')
  return host === '::1' || host === 'localhost'
}
