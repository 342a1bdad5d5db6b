import { existsSync } from 'node:fs'
import { kindOf } from '../../lib/endpoint.ts'
import { formatHostPort, type HostPort, isLoopback, parseHostPort } from '../../lib/host-port.ts'
import { flagOf, readValues } from '../../lib/options.ts'
import { type ProcessValues, processOptions } from '../../lib/process/options.ts'
import { addressFor, isFromSystemd } from '../../lib/service/handed.ts'
import { endpointsOf, LINK_FOLDER } from '../../lib/service/rights.ts'
import { isHidden } from '../../lib/service/sandbox.ts'
import type { Service } from '../../lib/service/service.ts'

// What is to be known when services are installed.

const nameOf = ({ unit }: Pick<Service, 'unit'>) => unit.name.replace('sluice-', '')

/** Of services that answer at a port of this host to whoever asks. */
export function openPagesOf(services: readonly Pick<Service, 'unit' | 'plan' | 'flags'>[]): string[] {
  return services.flatMap(service => [...openFaces(service), ...openLinks(service)])
}

function openFaces(service: Pick<Service, 'unit' | 'plan' | 'flags'>): string[] {
  const own = service.plan.own as {
    http?: HostPort
    httpTokenFile?: string
    accountTokens?: string
    tlsClientCa?: string
  }
  // One that knows no token is there for everybody.
  const isPublic = !('httpTokenFile' in (service.plan.daemon.options ?? {}))
  const given = new Map([...service.flags].filter(([key]) => key in processOptions))
  const { admin, adminTokenFile, adminTlsClientCa } = readValues(processOptions, given) as ProcessValues
  const faces = [
    {
      address: own.http,
      isKept: isPublic || (own.httpTokenFile ?? own.accountTokens ?? own.tlsClientCa),
      flag: '--http-token-file FILE',
    },
    {
      address: admin as Partial<HostPort> | undefined,
      isKept: adminTokenFile ?? adminTlsClientCa,
      flag: '--admin-token-file FILE',
    },
  ]
  return faces.flatMap(({ address, isKept, flag }) => {
    // What systemd hands over has no port here; without a token, what others can reach is refused.
    if (address?.port === undefined || isKept) return []
    const where = formatHostPort(address.host ?? '*', address.port)
    return [`${nameOf(service)} answers every user of this host at ${where}; ${flag} keeps them out`]
  })
}

/** What other hosts can reach is refused without keys, or was asked for in so many words. */
function openLinks(service: Pick<Service, 'unit' | 'plan'>): string[] {
  return endpointsOf(service.plan).flatMap(({ scheme, mode, direction, address, keys }) => {
    if (mode !== 'bind' || !scheme.endsWith('tcp') || keys) return []
    const { host } = parseHostPort(address.slice('tcp://'.length).replace(/\*$/, '0'))
    if (!isLoopback(host)) return []
    const what = direction === 'push' ? 'gives its records to' : 'takes records of'
    const instead = /^(pub|sub)\+/.test(scheme) ? `a ${kindOf(scheme)}ipc:// link` : 'an ack+ipc:// link'
    return [
      `${nameOf(service)} ${what} every user of this host at ${address}; ${instead}, or --curve-key, keeps them out`,
    ]
  })
}

/** Of folders that are not there: a service that has started does not see those that come later, or does not start before. */
export function missingOf(services: readonly Service[]): string[] {
  return services.flatMap(service => {
    const { rights } = service.unit
    const own = service.plan.daemon.service?.reads ?? []
    const isMissing = (path: string) => !MADE.includes(path) && !own.includes(path) && !existsSync(path)
    const unseen = rights.reads.filter(
      path => isMissing(path) && (!(rights.programs || rights.host) || isHidden(path)),
    )
    const needed = [...rights.links, ...rights.writes].filter(path => isMissing(path))
    const name = nameOf(service)
    return [
      ...unseen.map(
        path => `${name}: ${path} is not there; make it, or type afterwards: sluice service restart ${name}`,
      ),
      ...needed.map(path => `${name}: ${path} is not there; make it, since ${name} does not start before`),
    ]
  })
}

/** By what `install` runs. */
const MADE = [LINK_FOLDER, '/etc/sluice']

/** Of low ports that the daemon has to open itself, which takes more rights than to be handed them. */
export function lowPortsOf(services: readonly Service[]): string[] {
  return services.flatMap(({ unit, plan, flags, sockets }) => {
    const handed = sockets.map(({ option }) => option)
    const own = Object.keys(plan.daemon.service?.sockets ?? {}).filter(key => !handed.includes(key))
    return own.flatMap(key =>
      (flags.get(key) ?? []).filter(isLowName).map(written => {
        const [name, { host, port }] = [nameOf({ unit }), parseHostPort(written)]
        return `${name} opens ${written} itself, with CAP_NET_BIND_SERVICE, since systemd knows only addresses; type that of ${host}, as in ${flagOf(key)} 192.0.2.1:${port}`
      }),
    )
  })
}

function isLowName(written: string): boolean {
  if (isFromSystemd(written) || addressFor(written) !== undefined) return false
  const { port } = parseHostPort(written)
  return port > 0 && port < 1024
}
