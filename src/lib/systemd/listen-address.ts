import { formatHostPort, type HostPort, parseHostPort } from '../host-port.ts'

/** Sockets that systemd hands over: those of a name, or all that no flag names. */
export interface FromSystemd {
  systemd: string
}

/** Where a daemon listens. */
export type ListenAddress = HostPort | FromSystemd

/** `systemd`, `systemd:NAME` (a FileDescriptorName=, of systemd.socket(5)), or what `parseHostPort` takes. */
export function parseListenAddress(text: string): ListenAddress {
  const [, name] = /^systemd(?::(.*))?$/s.exec(text) ?? []
  if (text !== 'systemd' && name === undefined) return parseHostPort(text)
  if (name === '' || name?.includes(':'))
    throw new RangeError(`"${text}": write systemd, or systemd:NAME with the FileDescriptorName= of a socket`)
  return { systemd: name ?? '' }
}

export function isFromSystemd(address: unknown): address is FromSystemd {
  return typeof (address as FromSystemd | null | undefined)?.systemd === 'string'
}

/** As it is written. */
export function formatListenAddress(address: ListenAddress): string {
  if (!isFromSystemd(address)) return formatHostPort(address.host ?? '*', address.port)
  return address.systemd === '' ? 'systemd' : `systemd:${address.systemd}`
}
