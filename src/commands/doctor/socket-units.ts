import { basename } from 'node:path'
import { resolveSpecifiers, unitName } from './specifiers.ts'
import { pairsIn } from './units.ts'

/** What a .socket unit has systemd open (systemd.socket(5)). */
export interface SocketUnit {
  /** The path of its file. */
  origin: string
  name: string
  /** The service that is given it. */
  service: string
  addresses: { key: string; protocol: 'tcp' | 'udp'; host: string; port: number }[]
  /** Others may open the same. */
  isShared: boolean
}

const PROTOCOLS: { readonly [key: string]: 'tcp' | 'udp' } = { ListenStream: 'tcp', ListenDatagram: 'udp' }

/** Undefined for a template, of which nothing is opened. */
export function readSocketUnit(path: string, text: string): SocketUnit | undefined {
  const file = basename(path)
  const name = unitName(file)
  if (/@\.socket$/.test(file)) return undefined
  let addresses: SocketUnit['addresses'] = []
  let isShared = false
  let service = file.replace(/\.socket$/, '.service')
  for (const { key, value } of pairsIn(text)) {
    const protocol = PROTOCOLS[key]
    const resolved = resolveSpecifiers(value, name)
    if (key === 'ReusePort') isShared = /^(yes|true|1|on)$/i.test(value)
    else if (key === 'Service') service = resolved
    // An empty one forgets all of those before, of whatever kind.
    else if (/^Listen/.test(key) && value === '') addresses = []
    else if (protocol) addresses.push(...addressIn(resolved).map(at => ({ key, protocol, ...at })))
  }
  return { origin: path, name: file, service, addresses, isShared }
}

/** A port alone is one of all addresses, of both families. Nothing for a path, or a name of vsock. */
function addressIn(text: string): { host: string; port: number }[] {
  const [, six, four, port] =
    /^(?:(?:\[([\da-f:.]+)\]|([\d.]+)):)?(\d+)$/i.exec(text.replace(/%\w+$/, '')) ?? []
  return port === undefined ? [] : [{ host: six ?? four ?? '*', port: Number(port) }]
}
