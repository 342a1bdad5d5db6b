import { networkInterfaces } from 'node:os'

const MAPPED = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])

/**
 * An IPv6 address as text (RFC 5952), as node:dgram gives it: `::ffff:192.0.2.1` for a mapped one, and `fe80::1%eth0` for one that
 * is known on one network only.
 * @param address 16 bytes
 * @param scope index of the interface; 0 where there is none
 */
export function formatIPv6(address: Buffer, scope: number): string {
  if (address.subarray(0, MAPPED.length).equals(MAPPED)) return `::ffff:${address.subarray(12).join('.')}`
  const groups = Array.from({ length: 8 }, (_, n) => address.readUInt16BE(n * 2).toString(16))
  // The URL standard writes IPv6 addresses by the rules of RFC 5952.
  const text = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
  return scope === 0 ? text : `${text}%${interfaceOf(scope)}`
}

function interfaceOf(scope: number): string {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (addresses?.some(one => one.scopeid === scope)) return name
  }
  return String(scope)
}
