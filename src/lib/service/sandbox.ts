import { pathWord } from './quote.ts'
import { EMPTY_FOLDER, LINK_GROUP, type Rights } from './rights.ts'

// What a service may not do, as lines of its unit. docs/services.md says why, line by line.

const ALWAYS = [
  'NoNewPrivileges=yes',
  'ProtectSystem=strict',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'PrivateIPC=yes',
  'PrivateMounts=yes',
]

const PROTECTED = [
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'KeyringMode=private',
  'LockPersonality=yes',
  'RemoveIPC=yes',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  '# No MemoryDenyWriteExecute=: V8 writes the machine code that it runs.',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  '# Each thread of ZeroMQ sets its own policy to what it is.',
  'SystemCallFilter=sched_setscheduler',
  'SystemCallErrorNumber=EPERM',
]

/** What the loader and Node read of a host, and what any daemon may. A minus: where it is there. */
const READS = [
  ...['/usr', '-/bin', '-/lib', '-/lib64', '-/etc/ld.so.cache', '-/etc/localtime', '-/etc/sluice'],
  // To tell systemd that it is ready.
  '-/run/systemd/notify',
]

/** What glibc looks names up with. */
const NAMES = [
  ...['-/etc/hosts', '-/etc/resolv.conf', '-/etc/nsswitch.conf', '-/etc/host.conf', '-/etc/gai.conf'],
  '-/run/systemd/resolve',
]

/** @param home folders of the program and its Node */
export function sandboxOf(rights: Rights, home: readonly string[]): string[] {
  const low = rights.ports.some(port => port > 0 && port < 1024)
  return [
    ...groups(rights),
    ...capabilities(low),
    // A capability within a user namespace opens no low port.
    ...(rights.users || low ? [] : ['PrivateUsers=yes']),
    ...network(rights),
    ...files(rights, home),
    ...(rights.kernel || rights.host ? [] : ['ProcSubset=pid']),
    `ProtectHome=${homes(rights)}`,
    ...ALWAYS,
    // To count processes is one thing, to read what they are another.
    `ProtectProc=${rights.host ? 'noaccess' : 'invisible'}`,
    ...PROTECTED,
  ]
}

/** Below an empty folder there may be what the unit puts there; in one that is hidden, nothing. What is hidden has no size of its own. */
function homes({ host, reads, links, writes }: Rights): string {
  if (host) return 'read-only'
  return [...reads, ...links, ...writes].some(isOfHome) ? 'tmpfs' : 'yes'
}

function capabilities(low: boolean): string[] {
  const name = 'CAP_NET_BIND_SERVICE'
  return low ? [`CapabilityBoundingSet=${name}`, `AmbientCapabilities=${name}`] : ['CapabilityBoundingSet=']
}

function groups({ groups }: Rights): string[] {
  return [`SupplementaryGroups=${[LINK_GROUP, ...groups.filter(group => group !== LINK_GROUP)].join(' ')}`]
}

function network({ peers, ports, interfaces, host }: Rights): string[] {
  const bound = ports.includes(0)
    ? []
    : ['SocketBindDeny=any', ...ports.map(port => `SocketBindAllow=${port}`)]
  if (peers.length === 0)
    return [
      // In a network of its own there would be no interface to measure.
      ...(host ? [] : ['PrivateNetwork=yes']),
      ...['RestrictAddressFamilies=AF_UNIX', 'IPAddressDeny=any', ...bound],
    ]
  const families = `RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6${interfaces ? ' AF_NETLINK' : ''}`
  if (peers === 'anybody') return [families, ...bound]
  return [
    families,
    'IPAddressDeny=any',
    ...(peers as string[]).map(peer => `IPAddressAllow=${peer}`),
    ...bound,
  ]
}

/** Of a program that starts others, who knows which, or measures the host, all of that can be seen. Any other is in an empty one. */
function files({ programs, host, names, reads, links, writes }: Rights, home: readonly string[]): string[] {
  // With ProtectProc=, `strict` leaves out /run (systemd 252).
  if (programs || host)
    return [
      'ReadOnlyPaths=/run',
      ...list(
        'ReadWritePaths',
        writes.filter(path => !isHidden(path)),
      ),
      ...list('BindReadOnlyPaths', [
        ...reads.filter(isHidden).map(path => `-${path}`),
        ...links.filter(isHidden),
      ]),
      ...list('BindPaths', writes.filter(isHidden)),
    ]
  // The links have to be there, or it would wait for them in an empty folder for ever: so it fails, and is tried again.
  const own = [...home, ...reads.map(path => `-${path}`), ...links]
  return [
    `RootDirectory=${EMPTY_FOLDER}`,
    ...list('BindReadOnlyPaths', [...READS, ...(names ? NAMES : [])]),
    ...list('BindReadOnlyPaths', own.filter(isNotOfUsr)),
    ...list('BindPaths', writes),
  ]
}

/** What ProtectHome= hides. */
function isOfHome(path: string): boolean {
  return /^\/(home|root|run\/user)(\/|$)/.test(path)
}

/** That, and what PrivateTmp= does. */
export function isHidden(path: string): boolean {
  return isOfHome(path) || /^\/(var\/)?tmp(\/|$)/.test(path)
}

function isNotOfUsr(path: string): boolean {
  return !/^-?\/usr(\/|$)/.test(path)
}

function list(key: string, paths: readonly string[]): string[] {
  return paths.length === 0 ? [] : [`${key}=${paths.map(pathWord).join(' ')}`]
}
