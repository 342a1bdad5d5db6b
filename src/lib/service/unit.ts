import { Misuse } from '../errors.ts'
import { isLoopback, parseHostPort } from '../host-port.ts'
import { assignment, commandWord, literal, type UnitText } from './quote.ts'
import type { Rights } from './rights.ts'
import { sandboxOf } from './sandbox.ts'

/** A service as a value. */
export interface Unit {
  /** Without `.service`. */
  name: string
  /** Lines at the head of the file. */
  comment: readonly string[]
  description: UnitText
  /** Words of the command line. */
  command: readonly UnitText[]
  environment: readonly (readonly [name: string, value: UnitText])[]
  /** Units whose sockets it is given. */
  sockets: readonly string[]
  /** Services that take what it sends: they are started before it, and stopped after it. */
  after: readonly string[]
  /** Files that systemd reads in its place, by the names that they have in `%d`. */
  credentials: readonly { name: string; path: string }[]
  rights: Rights
  /** Folders of the program, and of its Node. */
  home: readonly string[]
  /** Bytes that its buffers may take. */
  buffer: number
}

/** A socket that systemd opens, as a value. */
export interface SocketUnit {
  /** Without `.socket`. */
  name: string
  comment: readonly string[]
  description: string
  service: string
  kind: 'stream' | 'datagram'
  /** As ListenStream= takes them. */
  addresses: readonly string[]
  /** Which option it is for. */
  option: string
  /** Others may open the same address. */
  shared: boolean
  /** Who may write to a path, as chmod(1) says, and whose it is: USER, USER:GROUP or :GROUP. */
  mode?: string | undefined
  owner?: string | undefined
}

/** Nobody knows what the programs of one need, or the stages of a chain: as much as leaves the host alive. */
const MEMORY_OF_PROGRAMS = '50%'

/** Bytes of a process whose buffers are empty, with room for what it does at most. */
const MEMORY = 1024

export function renderUnit(unit: Unit): string {
  return file(unit.comment, {
    Unit: [
      `Description=${unit.description}`,
      ...network(unit.rights),
      ...pair('Requires', unit.sockets),
      ...pair('After', [...unit.sockets, ...unit.after]),
      // It is tried again for ever: whoever sends to it keeps what it has meanwhile.
      'StartLimitIntervalSec=0',
    ],
    Service: [...life(unit), ...limits(unit), ...folders(unit), ...sandboxOf(unit.rights, unit.home)],
    Install: ['WantedBy=multi-user.target', ...pair('Also', unit.sockets)],
  })
}

export function renderSocket(socket: SocketUnit): string {
  const { kind, addresses } = socket
  const key = kind === 'stream' ? 'ListenStream' : 'ListenDatagram'
  const isUnix = addresses.some(address => /^[/@]/.test(address))
  // A socket may queue more than net.core.rmem_max when root opens it.
  const internet = kind === 'datagram' ? ['ReceiveBuffer=8M'] : ['Backlog=4096']
  return file(socket.comment, {
    Unit: [
      `Description=${literal(socket.description)}`,
      // It would take the place of this one.
      ...(addresses.includes(JOURNALD) ? ['Conflicts=syslog.socket'] : []),
    ],
    Socket: [
      ...addresses.map(address => `${key}=${literal(address)}`),
      `FileDescriptorName=${socket.option}`,
      `Service=${socket.service}.service`,
      ...(socket.shared ? ['ReusePort=yes'] : []),
      // An address of this host that may not be there yet when it boots.
      ...(addresses.some(isOfInterface) ? ['FreeBind=yes'] : []),
      ...(isUnix ? [...accessTo(socket), 'PassCredentials=yes', 'RemoveOnStop=yes'] : internet),
    ],
    Install: ['WantedBy=sockets.target'],
  })
}

/** Neither a port of all addresses nor one of loopback. */
function isOfInterface(address: string): boolean {
  if (/^[/@]/.test(address) || !address.includes(':')) return false
  const { host } = parseHostPort(address)
  return !isLoopback(host) && host !== '0.0.0.0' && host !== '::'
}

function accessTo({ mode = '0666', owner }: SocketUnit): string[] {
  const [user, group] = owner?.split(':') ?? []
  return [
    `SocketMode=${mode}`,
    ...(user ? [`SocketUser=${literal(user)}`] : []),
    ...(group ? [`SocketGroup=${literal(group)}`] : []),
  ]
}

/** Where systemd-journald forwards to. */
export const JOURNALD = '/run/systemd/journal/syslog'

function life({ command, environment }: Unit): string[] {
  return [
    'Type=notify',
    ...environment.map(([name, value]) => `Environment=${assignment(name, value)}`),
    `ExecStart=${command.map(commandWord).join(' ')}`,
    "ExecReload=/usr/bin/env sh -c 'kill -HUP $$MAINPID'",
    'WatchdogSec=30s',
    // Its programs are its own to end.
    'KillMode=mixed',
    // More than --grace.
    'TimeoutStopSec=45s',
    'Restart=on-failure',
    'RestartSec=1s',
    'RestartPreventExitStatus=64',
    // Stopped with records that nobody had accepted: they come again, or wait in the spool.
    'SuccessExitStatus=75',
  ]
}

function folders({ name, credentials }: Unit): string[] {
  return [
    'DynamicUser=yes',
    // Of a template, systemd takes the name before the @: of sluice@ the one of the group, and then there can be no such user.
    ...(name.includes('%i') ? [`User=${name}`] : []),
    'UMask=0007',
    `StateDirectory=${name}`,
    `RuntimeDirectory=${name}`,
    'ConfigurationDirectory=sluice',
    ...credentials.map(({ name, path }) => `LoadCredential=${name}:${literal(path)}`),
  ]
}

function network({ peers }: Rights): string[] {
  const isLocal = peers !== 'anybody' && peers.every(peer => peer === 'localhost')
  return isLocal ? [] : ['Wants=network-online.target', 'After=network-online.target']
}

function limits({ rights, buffer }: Unit): string[] {
  const memory = rights.programs ? MEMORY_OF_PROGRAMS : `${MEMORY + Math.ceil((4 * buffer) / 2 ** 20)}M`
  const tasks = rights.programs ? [] : ['TasksMax=64']
  return [`MemoryMax=${memory}`, ...tasks, 'LimitNOFILE=65536']
}

function pair(key: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${key}=${values.join(' ')}`]
}

function file(
  comment: readonly string[],
  sections: { readonly [section: string]: readonly string[] },
): string {
  const head = comment.map(line => `# ${line}`)
  // What a flag or a summary holds must not become a line of its own (systemd.syntax(7)).
  const odd = [head, ...Object.values(sections)].flat().find(line => /[\0-\x08\n-\x1f\x7f]/.test(line))
  if (odd !== undefined)
    throw new Misuse(`${JSON.stringify(odd)}: a unit has no control characters; write it without`)
  const open = Object.values(sections)
    .flat()
    .find(line => line.endsWith('\\'))
  if (open !== undefined)
    throw new Misuse(`${open}: a line of a unit that ends so goes on in the next one; write it without \\`)
  const bodies = Object.entries(sections).map(([name, lines]) => [`[${name}]`, ...lines].join('\n'))
  return `${[[...head, bodies[0]].join('\n'), ...bodies.slice(1)].join('\n\n')}\n`
}
