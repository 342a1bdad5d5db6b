// On which hosts daemons are, as far as the addresses tell at which they were asked.
import { hostname, networkInterfaces } from 'node:os'
import { isLoopback } from '../host-port.ts'

/** This host. */
export const HERE = ''

/** The host of whoever was asked at this address; a socket is here. */
export function hostOf(door: string): string {
  if (!/^https?:\/\//.test(door) || !URL.canParse(door)) return HERE
  return hostNamed(new URL(door).hostname.replace(/^\[|\]$/g, ''))
}

/** Loopback, and the addresses and the name of this host, are here. No other name is looked up. */
export function hostNamed(name: string): string {
  const lower = name.toLowerCase()
  return isLoopback(lower) || namesHere().includes(lower) ? HERE : lower
}

let known: { names: readonly string[]; until: number } = { names: [], until: -1 }

/** They are asked for once a second: a graph may have thousands of ends. */
function namesHere(): readonly string[] {
  const now = performance.now()
  if (now < known.until) return known.names
  const name = hostname().toLowerCase()
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) =>
    all.map(({ address }) => address),
  )
  known = { names: [name, name.replace(/\..*$/, ''), ...addresses], until: now + 1_000 }
  return known.names
}
