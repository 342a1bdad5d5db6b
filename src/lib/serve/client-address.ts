import { BlockList, isIP } from 'node:net'
import { formatHostPort } from '../host-port.ts'
import { type Option, repeatable, text } from '../options.ts'

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
    const from = this.#from(host, forwarded) ?? { address: host, port }
    return from.port === undefined ? from.address : formatHostPort(from.address, from.port)
  }

  /** The address alone; one of IPv4 that is mapped into IPv6 is unwrapped. */
  addressOf(host: string, forwarded: string | undefined): string {
    return unmapped(this.#from(host, forwarded)?.address ?? host)
  }

  /** Whether who connects from there is believed. */
  trusts(host: string): boolean {
    return this.#trustsAnybody && this.#isTrusted(host)
  }

  /** Who sent it, where that is not who connected. */
  #from(host: string, forwarded: string | undefined): Sender | undefined {
    if (!this.#trustsAnybody || forwarded === undefined) return undefined
    let from: Sender | undefined
    for (const hop of forwarded.split(',').reverse()) {
      if (!this.#isTrusted(from?.address ?? host)) break
      const sender = partsOf(hop)
      if (isIP(sender.address) === 0) break
      from = sender
    }
    return from
  }

  #isTrusted(address: string): boolean {
    const plain = unmapped(address)
    return this.#trusted.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6')
  }
}

interface Sender {
  address: string
  port?: number
}

/** An address of IPv4 in one of IPv6 (RFC 4291 section 2.5.5.2), however that is written. */
const MAPPED = /^[0:]*:ffff:(?:([\d.]+)|([\da-f]{1,4}):([\da-f]{1,4}))$/i

function unmapped(address: string): string {
  const [, v4, high, low] = (address.includes(':') && MAPPED.exec(address)) || []
  if (high === undefined) return v4 ?? address
  return [high, low!].flatMap(group => [...Buffer.from(group.padStart(4, '0'), 'hex')]).join('.')
}

/** An address with or without a port, as one proxy or another writes it. */
function partsOf(hop: string): Sender {
  const plain = hop.trim().replace(/^"|"$/g, '')
  if (isIP(plain) !== 0) return { address: unmapped(plain) }
  const [, v6, v4, digits] = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i.exec(plain) ?? []
  return { address: unmapped(v6 ?? v4 ?? ''), ...(digits !== undefined && { port: Number(digits) }) }
}
