import { formatHostPort, type HostPort } from '../../../lib/host-port.ts'
import { type Finding, finder } from '../finding.ts'
import type { Host } from '../host.ts'
import { type Planned, stageName } from '../setup.ts'
import { overlap } from '../sockets.ts'

const found = finder('ports')

/** Ports that only root may listen at, where the kernel does not say another number. */
const FIRST_FREE_PORT = 1024

/** An address that a daemon listens at. */
export interface Listening {
  planned: Planned
  about: string
  flag: string
  protocol: 'tcp' | 'udp'
  host: string
  port: number
  /** Several processes may, by --reuse-port. */
  isShared: boolean
}

export function checkPorts(all: readonly Planned[], host: Host): Finding[] {
  const listening = all.flatMap(listeningOf)
  const findings = [
    ...clashes(listening),
    ...listening.filter(({ planned }) => planned.setup.pid === undefined).flatMap(one => notFree(one, host)),
  ]
  if (findings.length > 0 || listening.length === 0) return findings
  return [
    found(
      'well',
      'this host',
      `${listening.length === 1 ? 'the address' : `all ${listening.length} addresses`} to listen at can be had`,
    ),
  ]
}

/** All addresses that a process listens at, beside those of its links. */
export function listeningOf(planned: Planned): Listening[] {
  const { admin, stages, name } = planned
  const own = stages.flatMap(stage => {
    const { listen, http, reusePort } = stage.own as { [key: string]: unknown }
    const about = stageName(planned, stage)
    const protocol = 'receiveBuffer' in stage.own ? ('udp' as const) : ('tcp' as const)
    const isShared = reusePort === true
    return [
      ...(Array.isArray(listen) ? listen : []).map(where => ({
        about,
        flag: '--listen',
        protocol,
        where,
        isShared,
      })),
      ...(http ? [{ about, flag: '--http', protocol: 'tcp' as const, where: http, isShared: false }] : []),
    ]
  })
  const face = admin
    ? [{ about: name, flag: '--admin', protocol: 'tcp' as const, where: admin.address, isShared: false }]
    : []
  return [...own, ...face].flatMap(({ where, ...one }) => {
    // What systemd hands over is for systemd to open; port 0 is a free one.
    const { host = '*', port = 0 } = where as Partial<HostPort>
    return port === 0 ? [] : [{ ...one, planned, host, port }]
  })
}

function clashes(listening: readonly Listening[]): Finding[] {
  return listening.flatMap((one, n) =>
    listening.slice(0, n).flatMap(other => {
      const isSame =
        one.protocol === other.protocol && one.port === other.port && overlap(one.host, other.host)
      if (!isSame || (one.isShared && other.isShared)) return []
      return [
        found(
          'wrong',
          one.about,
          `${textOf(one)} is where ${other.about} listens as well (${other.planned.setup.origin})`,
          `${one.flag} ${formatHostPort(one.host, one.port + 1)} for one of them`,
        ),
      ]
    }),
  )
}

function notFree(one: Listening, { kernel, sockets }: Host): Finding[] {
  const { firstFreePort = FIRST_FREE_PORT } = kernel
  const findings: Finding[] = []
  const taken = sockets.find(
    ({ protocol, host, port }) => protocol === one.protocol && port === one.port && overlap(host, one.host),
  )
  if (taken && !one.isShared) {
    const { owner } = taken
    const by = owner ? `${owner.program} (pid ${owner.pid})` : 'another process; as root, this says which'
    const fix = `--listen ${formatHostPort(one.host, one.port + 1)}`.replace('--listen', one.flag)
    findings.push(
      found(
        'wrong',
        one.about,
        `${textOf(one)} is taken by ${by}`,
        owner ? `sudo kill ${owner.pid}, or ${fix}` : fix,
      ),
    )
  }
  if (one.port < firstFreePort && one.planned.setup.mayBindLow === false)
    findings.push(
      found(
        'wrong',
        one.about,
        `${textOf(one)}: ports below ${firstFreePort} are for root, and it runs as somebody else`,
        `${one.flag} systemd, with a socket unit; or AmbientCapabilities=CAP_NET_BIND_SERVICE in its unit`,
      ),
    )
  return findings
}

function textOf({ flag, host, port, protocol }: Listening): string {
  return `${flag} ${formatHostPort(host, port)} (${protocol})`
}
