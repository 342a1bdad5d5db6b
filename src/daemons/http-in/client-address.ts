import { BlockList, isIP } from 'node:net'
import { formatHostPort, type Option, repeatable, text } from '../../lib/index.ts'

/** Addresses of proxies that are believed: each an IP address, or a range of them. */
export const trustedProxyOption: Option<string[]> = repeatable({
  ...text('Believe X-Forwarded-For of proxies at this address or range', undefined, 'cidr'),
  parse: written => checkRange(written.at(-1)),
})

const RANGE = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i

interface Range {
  address: string
  family: 'ipv4' | 'ipv6'
  bits: number
}

function checkRange(written: string | undefined): string | undefined {
  if (written !== undefined) rangeOf(written)
  return written
}

function rangeOf(written: string): Range {
  const [, address = '', bits] = RANGE.exec(written) ?? []
  const version = isIP(address)
  const most = version === 4 ? 32 : 128
  if (version === 0 || Number(bits ?? 0) > most)
    throw new RangeError(`"${written}" is no address or range; write for example 10.0.0.7 or 10.0.0.0/8`)
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', bits: Number(bits ?? most) }
}

/**
 * Tells who sent a request: the one who connected or, where that is a proxy that is believed, the last one in
 * X-Forwarded-For that is none. (Forwarded, of RFC 7239, is not looked at: a proxy that knows only one of them
 * lets its clients write the other.)
 */
export class ClientAddress {
  readonly #trusted = new BlockList()
  readonly #trustsAnybody: boolean

  constructor(trusted: readonly string[]) {
    for (const { address, bits, family } of trusted.map(rangeOf))
      this.#trusted.addSubnet(address, bits, family)
    this.#trustsAnybody = trusted.length > 0
  }

  /** As `ip:port`; the address alone where the proxy gives no port. */
  of(host: string, port: number, forwarded: string | undefined): string {
    let peer = formatHostPort(host, port)
    if (!this.#trustsAnybody || forwarded === undefined) return peer
    let from = host
    for (const hop of forwarded.split(',').reverse()) {
      if (!this.#isTrusted(from)) break
      const { address, port } = partsOf(hop)
      if (isIP(address) === 0) break
      from = address
      peer = port === undefined ? address : formatHostPort(address, port)
    }
    return peer
  }

  #isTrusted(address: string): boolean {
    const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
    return this.#trusted.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6')
  }
}

/** An address with or without a port, as one proxy or another writes it. */
function partsOf(hop: string): { address: string; port?: number } {
  const plain = hop.trim().replace(/^"|"$/g, '')
  if (isIP(plain) !== 0) return { address: plain }
  const [, v6, v4, digits] = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i.exec(plain) ?? []
  return { address: v6 ?? v4 ?? '', ...(digits !== undefined && { port: Number(digits) }) }
}
