/** Groups of an address of IPv6 that one household or host has, and those that say no more than which provider or company. */
const NETWORK = 4
const ANONYMOUS = 3

/** What shares a limit: an address of IPv4, and a /64 of IPv6, of which one host may have all addresses. */
export function networkOf(address: string): string {
  return address.includes(':') ? prefixOf(address, NETWORK) : address
}

/** Without its last octet or, of IPv6, its last 80 bits. */
export function anonymous(address: string): string {
  return address.includes(':') ? prefixOf(address, ANONYMOUS) : address.replace(/\.\d+$/, '.0')
}

/** The first groups of an address of IPv6, however it is written: `2001:db8::`. */
function prefixOf(address: string, groups: number): string {
  const [head = '', tail] = address.replace(/%.*/, '').split('::')
  const first = head === '' ? [] : head.split(':')
  // What `::` stands for; the groups behind it are not asked for where they would be too many.
  const all = tail === undefined ? first : [...first, ...zeros(first, tail), ...tail.split(':')]
  const kept = all.slice(0, groups).map(group => Number.parseInt(group, 16).toString(16))
  while (kept.at(-1) === '0') kept.pop()
  return `${kept.join(':')}::`
}

function zeros(first: readonly string[], tail: string): string[] {
  const last = tail === '' ? 0 : tail.split(':').length
  return Array.from({ length: Math.max(0, 8 - first.length - last) }, () => '0')
}
