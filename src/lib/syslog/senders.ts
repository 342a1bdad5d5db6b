// The zone of each sender, by its address: `--timezone-of 192.0.2.0/24=Europe/Berlin`.
//
// | case                                      | what is done                                              |
// |-------------------------------------------|-----------------------------------------------------------|
// | several networks hold the address         | the longest prefix counts; of two alike, the later one    |
// | an address without a prefix               | that sender alone                                         |
// | IPv4 written as IPv6 (`::ffff:192.0.2.7`) | the same as IPv4, in networks as well; those that reach   |
// |                                           | beyond it (`::/0`) are of IPv6 only                       |
// | the zone of an address (`fe80::1%eth0`)   | does not matter                                           |
// | no peer, or none that has an address      | the zone of all others                                    |

import { isIP } from 'node:net'
import { createZone } from './timezone.ts'

/** A network and the zone of those who send from it. */
export interface Network {
  /** Its bits, as text: those of an address begin with them. */
  bits: string
  timezone: string
}

/**
 * @param written `CIDR=ZONE`, or `ADDRESS=ZONE`
 * @throws RangeError for anything else
 */
export function parseNetwork(written: string): Network {
  const equals = written.indexOf('=')
  const [address = '', prefix, ...others] = written.slice(0, Math.max(equals, 0)).split('/')
  const bits = bitsOf(address)
  const family = isIP(address) === 4 ? 32 : 128
  const length = prefix === undefined ? family : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  if (bits === undefined || !(length <= family) || others.length > 0) {
    throw new RangeError(`"${written}" is not NETWORK=ZONE; write for example 192.0.2.0/24=Europe/Berlin`)
  }
  const timezone = written.slice(equals + 1)
  createZone(timezone)
  return { bits: bits.slice(0, length + 128 - family), timezone }
}

// Of IPv4 addresses the IPv6 form is taken (RFC 4291 section 2.5.5.2).
const MAPPED = `${'0'.repeat(80)}${'1'.repeat(16)}`

/** The 128 bits of an address as text; undefined if it is none. */
function bitsOf(address: string): string | undefined {
  const kind = isIP(address)
  if (kind === 4)
    return (
      MAPPED +
      address
        .split('.')
        .map(part => binary(Number(part), 8))
        .join('')
    )
  return kind === 6 ? ipv6Bits(address.split('%')[0]!) : undefined
}

function ipv6Bits(address: string): string {
  const lastColon = address.lastIndexOf(':')
  const tail = address.slice(lastColon + 1)
  const isMixed = tail.includes('.')
  const [a = 0, b = 0, c = 0, d = 0] = isMixed ? tail.split('.').map(Number) : []
  const hex = (high: number, low: number) => (high * 256 + low).toString(16)
  const whole = isMixed ? `${address.slice(0, lastColon + 1)}${hex(a, b)}:${hex(c, d)}` : address
  const [front = [], back] = whole.split('::').map(half => (half === '' ? [] : half.split(':')))
  const groups =
    back === undefined
      ? front
      : [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back]
  return groups.map(group => binary(Number.parseInt(group, 16), 16)).join('')
}

function binary(value: number, width: number): string {
  return value.toString(2).padStart(width, '0')
}

/** Addresses that are remembered; senders come and go, or make up their addresses. */
const MAX_REMEMBERED = 10_000

/** The zone for a peer, `ip:port` or `[v6]:port`. Undefined: no network has it. */
export function createTimezoneOf(
  networks: readonly Network[],
): (peer: string | undefined) => string | undefined {
  const remembered = new Map<string, string | undefined>()
  return peer => {
    if (peer === undefined) return undefined
    const address = addressOf(peer)
    if (remembered.has(address)) return remembered.get(address)
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    const timezone = longestOf(networks, bitsOf(address))
    remembered.set(address, timezone)
    return timezone
  }
}

function longestOf(networks: readonly Network[], bits: string | undefined): string | undefined {
  let longest: Network | undefined
  for (const network of networks) {
    const isOther = network.bits.length < MAPPED.length && bits?.startsWith(MAPPED)
    const holds = !isOther && bits?.startsWith(network.bits)
    if (holds && network.bits.length >= (longest?.bits.length ?? 0)) longest = network
  }
  return longest?.timezone
}

function addressOf(peer: string): string {
  const bracket = peer.indexOf(']')
  if (peer.startsWith('[') && bracket > 0) return peer.slice(1, bracket)
  const colon = peer.indexOf(':')
  return colon > 0 && colon === peer.lastIndexOf(':') ? peer.slice(0, colon) : peer
}
