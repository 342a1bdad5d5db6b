import { isIP } from 'node:net'
import type { Daemon } from '../daemon.ts'
import { formatHostPort, parseHostPort } from '../host-port.ts'
import type { Flags } from './rights.ts'
import type { SocketUnit } from './unit.ts'

/** Sockets that systemd opens in the place of a daemon, one unit for each option. */
export function socketsFor(service: string, daemon: Daemon, flags: Flags): SocketUnit[] {
  const kinds = Object.entries(daemon.service?.sockets ?? {})
  const found = kinds.flatMap(([option, kind]) => {
    const written = flags.get(option) ?? daemon.options?.[option]?.default ?? []
    const addresses = written.map(addressFor)
    return addresses.length > 0 && addresses.every(address => address !== undefined)
      ? [{ option, kind, addresses: addresses as string[] }]
      : []
  })
  return found.map(({ option, kind, addresses }, n) => ({
    // No name of a service has a colon in it.
    name: n === 0 ? service : `${service}:${option}`,
    comment: [],
    description: `Sluice: where ${service} ${kind === 'datagram' ? 'receives' : 'listens'}`,
    ...{ service, kind, addresses, option, shared: flags.has('reusePort') },
    ...{ mode: flags.get('socketMode')?.at(-1), owner: flags.get('socketOwner')?.at(-1) },
  }))
}

/** The flags of a daemon that is given these sockets: `--listen systemd` in the place of addresses. */
export function handOver(daemon: Daemon, flags: Flags, sockets: readonly SocketUnit[]): Flags {
  const handed = sockets.filter(({ option }) => flags.has(option))
  const rest = [...flags].filter(([key]) => !handed.some(({ option }) => option === key))
  const takes = daemon.service?.takes
  // Without a name, it would be given those of somebody else's flag as well.
  const isAlone = !rest.some(([, written]) => written.some(isFromSystemd))
  if (isAlone && (takes !== undefined || sockets.length === 1))
    return new Map([...rest, ...handed.map(({ option }) => [takes ?? option, ['systemd']] as const)])
  const named = Map.groupBy(handed, ({ option }) => takes ?? option)
  const values = [...named].map(
    ([key, units]) => [key, units.map(({ option }) => `systemd:${option}`)] as const,
  )
  return new Map([...rest, ...values])
}

/** `systemd`, `systemd:NAME`: whoever writes that has a unit for the socket already. */
export function isFromSystemd(written: string): boolean {
  return /^systemd(:|$)/.test(written)
}

/** As systemd.socket(5) writes it. Undefined for what only the daemon can open: a name, or any port that is free. */
export function addressFor(written: string): string | undefined {
  if (/^[/@]/.test(written)) return written
  if (isFromSystemd(written)) return undefined
  const { host, port } = parseHostPort(written)
  if (port === 0) return undefined
  if (host === undefined) return String(port)
  if (host === 'localhost') return formatHostPort('127.0.0.1', port)
  // The number of an interface is known when that is there (`fe80::1%eth0`); systemd would forget the line.
  if (host.includes('%')) return undefined
  return isIP(host) > 0 ? formatHostPort(host, port) : undefined
}
