import { statSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import type { Daemon } from '../daemon.ts'
import type { Endpoint } from '../endpoint.ts'
import { isLoopback, parseHostPort } from '../host-port.ts'
import type { Option, Options } from '../options.ts'
import { processOptions } from '../process/options.ts'
import { optionsOf } from '../stage/options.ts'
import type { StagePlan } from '../stage/plan.ts'
import { isFromSystemd } from './handed.ts'
import { isWide, linksFrom, linksWithin } from './links.ts'

/** What a service needs of its host: it is given this, and nothing else. */
export interface Rights {
  /** Whom it speaks to over IP: addresses, `localhost` among them, or anybody. */
  peers: readonly string[] | 'anybody'
  /** Ports that it opens itself; 0 is any. */
  ports: readonly number[]
  /** It looks up names of hosts. */
  names: boolean
  /** It looks at the interfaces of the host: libzmq does so where it binds over TCP, and ends the process where it cannot. */
  interfaces: boolean
  /** Files and folders. */
  reads: readonly string[]
  /** Folders of the links that it connects to: it is not started before they are there. */
  links: readonly string[]
  writes: readonly string[]
  groups: readonly string[]
  /** It starts programs, or nobody knows what it runs: it sees the whole host, and cannot write to it. */
  programs: boolean
  kernel: boolean
  users: boolean
  /** It sees mounts, interfaces and processes of the host as they are. */
  host: boolean
}

export type Flags = ReadonlyMap<string, readonly string[]>

/** The group of those who may use the links between services of a host, and where those links are. */
export const LINK_GROUP = 'sluice'
export const LINK_FOLDER = '/run/sluice'

/** Where a service has its root: nothing is in it but what the unit puts there. No folder of a service is called so: /run/sluice-NAME. */
export const EMPTY_FOLDER = '/run/sluice.root'

/**
 * What a stage needs, as its options and its endpoints say.
 *
 * @param flags what was written for it, defaults of the options aside
 * @param handed options whose sockets systemd opens for it
 */
export function rightsOf(plan: StagePlan, flags: Flags, handed: ReadonlySet<string> = new Set()): Rights {
  const { daemon } = plan
  const { service = {} } = daemon
  const needs = new Needs()
  for (const endpoint of endpointsOf(plan)) needs.link(endpoint)
  for (const [key, option] of Object.entries(everyOption(daemon))) {
    const written = flags.get(key) ?? option.default ?? []
    if (!handed.has(key)) for (const text of written) needs.option(option, wholePath(key, option, text))
  }
  for (const { values } of plan.outputs) needs.write(values.spool)
  for (const path of service.reads ?? []) needs.reads.add(path)
  return {
    peers: service.network || needs.anybody ? 'anybody' : [...needs.peers].toSorted(),
    ports: [...needs.ports].toSorted((a, b) => a - b),
    names: needs.names || service.network === true,
    interfaces: needs.interfaces,
    reads: [...needs.reads].filter(path => !needs.writes.has(path) && !needs.links.has(path)).toSorted(),
    links: [...needs.links].filter(path => !needs.writes.has(path)).toSorted(),
    writes: [...needs.writes].toSorted(),
    groups: [...new Set([LINK_GROUP, ...(service.groups ?? [])])],
    programs: service.programs === true,
    kernel: service.kernel === true,
    users: service.users === true,
    host: service.host === true,
  }
}

/** Of several stages in one service. */
export function allRights(list: readonly Rights[]): Rights {
  const union = <T>(pick: (rights: Rights) => readonly T[]) => [...new Set(list.flatMap(pick))]
  const some = (pick: (rights: Rights) => boolean) => list.some(pick)
  const writes = union(rights => rights.writes)
  const links = union(rights => rights.links).filter(path => !writes.includes(path))
  return {
    peers: some(({ peers }) => peers === 'anybody') ? 'anybody' : union(({ peers }) => peers as string[]),
    ports: union(({ ports }) => ports),
    names: some(({ names }) => names),
    interfaces: some(({ interfaces }) => interfaces),
    reads: union(({ reads }) => reads).filter(path => !writes.includes(path) && !links.includes(path)),
    links,
    writes,
    groups: union(({ groups }) => groups),
    programs: some(({ programs }) => programs),
    kernel: some(({ kernel }) => kernel),
    users: some(({ users }) => users),
    host: some(({ host }) => host),
  }
}

/** Options with a path that only its owner should read: systemd reads the file, and hands it over. */
export function secretsOf(daemon: Daemon, flags: Flags): { key: string; path: string }[] {
  return Object.entries(everyOption(daemon)).flatMap(([key, { access }]) =>
    access === 'secret' ? (flags.get(key) ?? []).slice(-1).map(path => ({ key, path: resolve(path) })) : [],
  )
}

/** A service is started in another folder than where its flags are typed. `@name` is no file, nor is the bare name of an --exclude. */
export function wholePath(key: string, { access, value }: Option<unknown>, text: string): string {
  if (value === 'glob') return key === 'exclude' && !text.includes('/') ? text : resolve(text)
  return access === undefined || /^(@|%S\/)/.test(text) ? text : resolve(text)
}

/** Those of the process as well. */
export function everyOption(daemon: Daemon): Options {
  const { own, links, buffer } = optionsOf(daemon)
  return { ...own, ...links, ...buffer, ...processOptions }
}

export function endpointsOf({ pull, push, outputs, deadLetters }: StagePlan): Endpoint[] {
  const ends = [...pull, ...push, ...outputs.map(({ endpoint }) => endpoint)]
  return deadLetters ? [...ends, deadLetters] : ends
}

/** Collects what is needed. */
class Needs {
  readonly peers = new Set<string>()
  readonly ports = new Set<number>()
  readonly reads = new Set<string>()
  readonly links = new Set<string>()
  readonly writes = new Set<string>()
  anybody = false
  names = false
  interfaces = false

  link({ scheme, mode, address, direction, query }: Endpoint): void {
    for (const key of ['server-key', 'allow']) if (query[key] !== undefined) this.readFile(query[key])
    if (scheme.endsWith('ipc')) {
      const path = address.slice('ipc://'.length)
      // Who binds makes the socket, and takes the old one away. An abstract one is no file.
      if (!path.startsWith('@')) (mode === 'bind' ? this.writes : this.links).add(dirname(resolve(path)))
    } else if (scheme === 'file') {
      if (direction === 'push') this.writes.add(dirname(address))
      else this.readFile(address)
    } else if (scheme.endsWith('tcp')) {
      const { host, port } = parseHostPort(address.slice('tcp://'.length).replace(/\*$/, '0'))
      if (mode === 'bind') {
        this.interfaces = true
        this.listen(host, port)
      } else this.connect(host!)
    }
  }

  option(option: Option<unknown>, text: string): void {
    if (option.access === 'write') this.write(text)
    else if (option.access === 'read') this.readFile(text)
    else if (option.value === 'glob' && text.startsWith('/')) this.readGlob(text)
    else if (option.value === 'url') this.url(new URL(text))
    else if (option.value === 'host:port' && !isFromSystemd(text)) {
      const { host, port } = parseHostPort(text)
      this.listen(host, port)
    }
  }

  /** Of a file, or a unix socket, or a host. */
  url({ protocol, hostname, pathname }: URL): void {
    const path = decodeURIComponent(pathname)
    if (protocol === 'sqlite:') this.write(path || undefined)
    else if (protocol.endsWith('+unix:')) this.links.add(dirname(resolve(path)))
    else this.connect(hostname.replace(/^\[|\]$/g, ''))
  }

  listen(host: string | undefined, port: number): void {
    this.ports.add(port)
    if (isLoopback(host)) this.peers.add('localhost')
    else this.anybody = true
  }

  connect(host: string): void {
    const plain = host.replace(/%.*$/, '')
    if (isIP(plain) === 0) this.names = true
    if (isLoopback(host)) this.peers.add('localhost')
    else if (isIP(plain) > 0) this.peers.add(plain)
    else this.anybody = true
  }

  /** A folder, or a file that is made in one. What begins with a specifier is a folder of the service itself. */
  write(path: string | undefined): void {
    if (path === undefined || path.startsWith('@') || path.startsWith('%')) return
    const whole = resolve(path)
    const isFolder = statSync(whole, { throwIfNoEntry: false })?.isDirectory()
    this.writes.add(isFolder ? whole : dirname(whole))
  }

  /** With its folder, because a new version of a file is another file; but not with all of /etc. */
  readFile(path: string): void {
    for (const whole of linksFrom(resolve(path)))
      this.reads.add(isWide(dirname(whole)) ? whole : dirname(whole))
  }

  /** The folder above the first pattern. */
  readGlob(glob: string): void {
    const parts = glob.split('/')
    const first = parts.findIndex(part => /[*?[\]{}!()\\]/.test(part))
    const folder = parts.slice(0, first < 0 ? -1 : first).join('/') || '/'
    this.reads.add(folder)
    for (const path of linksWithin(folder, glob)) this.reads.add(path)
  }
}
