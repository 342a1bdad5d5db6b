import { formatHostPort } from './host-port.ts'
import { formatIPv6 } from './ipv6.ts'

const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10

/** IP address and port of a `struct sockaddr_in` or `sockaddr_in6` (ip(7), ipv6(7)); undefined for any other address. */
export function hostPortIn(address: Buffer): { host: string; port: number } | undefined {
  if (address.length < 8) return undefined
  const family = address.readUInt16LE(0)
  const port = address.readUInt16BE(2)
  if (family === AF_INET) return { host: address.subarray(4, 8).join('.'), port }
  if (family !== AF_INET6) return undefined
  return { host: formatIPv6(address.subarray(8, 24), address.readUInt32LE(24)), port }
}

/** The text of an address: `ip:port`, the path of a unix socket or `@name` of the abstract namespace; empty where it has none. */
export function formatSocketAddress(address: Buffer): string {
  const place = hostPortIn(address)
  if (place) return formatHostPort(place.host, place.port)
  if (address.length <= 2 || address.readUInt16LE(0) !== AF_UNIX) return ''
  const name = address.toString('utf8', 2)
  return name.startsWith('\0') ? `@${name.slice(1)}` : name.split('\0', 1)[0]!
}
