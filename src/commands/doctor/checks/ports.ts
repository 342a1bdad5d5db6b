import { formatHostPort, type HostPort } from '../../../lib/host-port.ts'
import { type Finding, finder } from '../finding.ts'
import type { Host } from '../host.ts'
import { type Planned, type Setup, stageName } from '../setup.ts'
import type { SocketUnit } from '../socket-units.ts'
import { overlap } from '../sockets.ts'

const found = finder('ports')

/** Ports that only root may listen at, where the kernel does not say another number. */
const FIRST_FREE_PORT = 1024

/** An address that a daemon listens at, or systemd for it. */
export interface Listening {
  /** Where that stands. */
  origin: string
  /** Undefined of what systemd opens. */
  setup?: Setup
  about: string
  flag: string
  protocol: 'tcp' | 'udp'
  host: string
  port: number
  /** Several processes may, by --reuse-port. */
  isShared: boolean
}

export function checkPorts(
  all: readonly Planned[],
  host: Host,
  sockets: readonly SocketUnit[] = [],
): Finding[] {
  const listening = [...all.flatMap(listeningOf), ...sockets.flatMap(openedBy)]
  // What one of them has is said as a clash, and not to be killed as a stranger's.
  const ours = new Set(all.flatMap(({ setup }) => setup.pid ?? []))
  const findings = [
    ...clashes(listening),
    ...listening
      .filter(({ setup }) => setup?.pid === undefined && !setup?.isUp)
      .flatMap(one => notFree(one, host, ours, sockets)),
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
    return port === 0 ? [] : [{ ...one, origin: planned.setup.origin, setup: planned.setup, host, port }]
  })
}

function openedBy({ name, origin, addresses, isShared }: SocketUnit): Listening[] {
  return addresses.map(({ key, ...at }) => ({ ...at, about: name, origin, flag: `${key}=`, isShared }))
}

function clashes(listening: readonly Listening[]): Finding[] {
  return listening.flatMap((one, n) =>
    listening.slice(0, n).flatMap(other => {
      if (!meets(one, other) || (one.isShared && other.isShared)) return []
      return [
        found(
          'wrong',
          one.about,
          `${textOf(one)} is where ${other.about} listens as well (${other.origin})`,
          Boolean(one.setup) === Boolean(other.setup)
            ? `${written(one, one.port + 1)} for one of them`
            : `--listen systemd for the one that it is for, or another port`,
        ),
      ]
    }),
  )
}

/** Who holds all sockets of .socket units (systemd.socket(5)). */
const INIT = 1

function notFree(
  one: Listening,
  { kernel, sockets }: Host,
  ours: ReadonlySet<number>,
  units: readonly SocketUnit[],
): Finding[] {
  const { firstFreePort = FIRST_FREE_PORT } = kernel
  const findings: Finding[] = []
  const taken = sockets.find(
    ({ protocol, host, port }) => protocol === one.protocol && port === one.port && overlap(host, one.host),
  )
  const owner = taken?.owner
  const isInit = owner?.pid === INIT
  // Its own unit, which is active; or who knows whose, where only root can tell.
  const isWell = one.setup ? ours.has(owner?.pid ?? 0) : isInit || owner === undefined || ours.has(owner.pid)
  // That it is a unit which is known has been said.
  const isSaid = isInit && units.flatMap(openedBy).some(other => meets(one, other))
  if (taken && !one.isShared && !isWell && !isSaid) {
    const by = owner ? `${owner.program} (pid ${owner.pid})` : 'another process; as root, this says which'
    const fix = written(one, one.port + 1)
    findings.push(
      found(
        'wrong',
        one.about,
        `${textOf(one)} is taken by ${by}`,
        isInit
          ? `${one.flag} systemd, or ${fix}; systemctl list-sockets says which unit it is`
          : owner
            ? `sudo kill ${owner.pid}, or ${fix}`
            : fix,
      ),
    )
  }
  if (one.port < firstFreePort && one.setup?.mayBindLow === false)
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

function meets(one: Listening, other: Listening): boolean {
  return one.protocol === other.protocol && one.port === other.port && overlap(one.host, other.host)
}

/** As it is typed, or stands in a unit. */
function written({ flag, host, setup }: Listening, port: number): string {
  if (setup) return `${flag} ${formatHostPort(host, port)}`
  return `${flag}${host === '*' ? port : formatHostPort(host, port)}`
}

function textOf(one: Listening): string {
  return `${written(one, one.port)} (${one.protocol})`
}
