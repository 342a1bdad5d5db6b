import { Fatal, Misuse } from '../errors.ts'
import type { HostPort } from '../host-port.ts'
import { type Linux, loadLinux, SOCKET_OPTION } from '../linux.ts'
import { formatSocketAddress, hostPortIn } from '../socket-address.ts'
import type { Given, GivenSocket } from './given.ts'
import { type FromSystemd, formatListenAddress } from './listen-address.ts'

/** What a socket is for, as far as we read such. */
export type Kind = 'UDP' | 'TCP' | 'unix datagram' | 'unix stream'

/** A socket that systemd has opened, and keeps open: it outlives this process, with all that is in it. */
export interface HandedSocket extends GivenSocket {
  kind: Kind
  /** `ip:port`, a path, or `@name`. */
  address: string
  /** The IP address and port that it is bound to; undefined in the unix domain. */
  host: string | undefined
  port: number | undefined
}

/** Who wants sockets. */
export interface Wanting {
  /** The flag: `--listen`. */
  flag: string
  kinds: readonly Kind[]
  /** What could be written in place of `systemd`: `127.0.0.1:5514`. */
  instead: string
}

/** Connections that the kernel keeps until they are accepted, while nobody is there say; as many as systemd asks for itself. */
export const MANY_CONNECTIONS = 4096

const FAMILIES = ['', 'unix', 'IP', '', '', '', '', '', '', '', 'IP']
const STREAM = 1
const DATAGRAM = 2

/** The sockets that systemd has handed over to this process. */
export class HandedSockets {
  readonly #given: Pick<Given, 'sockets' | 'socketsOf'>
  readonly #named: ReadonlySet<string>
  readonly #taken = new Set<GivenSocket>()

  /** @param named names that flags of this process ask for: all others are for who asks for none */
  constructor(given: Pick<Given, 'sockets' | 'socketsOf'>, named: Iterable<string> = []) {
    this.#given = given
    this.#named = new Set(named)
  }

  /** Those that a flag asks for. Throws Misuse that says what there is instead. */
  async take(address: FromSystemd, { flag, kinds, instead }: Wanting): Promise<HandedSocket[]> {
    const asked = `${flag} ${formatListenAddress(address)}`
    this.#checkAny(asked, `${flag} ${instead}`)
    const linux = await loadLinux()
    if (!linux)
      throw new Fatal(`${asked}: sockets are taken over on Linux alone, on x64, arm64, riscv64 and loong64`)
    const all = this.#given.sockets.map(socket => ({ socket, ...look(linux, socket) }))
    const isAsked = ({ name }: GivenSocket) =>
      address.systemd === '' ? !this.#named.has(name) : name === address.systemd
    const found = all.filter(({ socket }) => isAsked(socket) && !this.#taken.has(socket))
    if (found.length === 0)
      throw new Misuse(
        `${asked}: there is no such socket, or another flag has it; systemd has handed over ${listOf(all)}`,
      )
    for (const { socket, kind, about, isConnection } of found) {
      if (kind === undefined || !kinds.includes(kind))
        throw new Misuse(
          `${asked}: ${about} is no ${kinds.join(' or ')} socket; give each its FileDescriptorName=, and write ${flag} systemd:NAME`,
        )
      if (isConnection)
        throw new Misuse(`${asked}: ${about} is a connection; write Accept=no into its .socket unit`)
      this.#taken.add(socket)
    }
    return found.map(({ socket, kind, address, place }) => ({
      ...{ ...socket, kind: kind!, address },
      ...{ host: place?.host, port: place?.port },
    }))
  }

  /** The only one that a flag asks for, where there can be one alone. */
  async takeOne(address: FromSystemd, wanting: Wanting): Promise<HandedSocket> {
    const [one, ...others] = await this.take(address, wanting)
    if (others.length === 0) return one!
    const asked = `${wanting.flag} ${formatListenAddress(address)}`
    throw new Misuse(
      `${asked}: one socket is used, and there are ${others.length + 1}; give each its FileDescriptorName=, and write ${wanting.flag} systemd:NAME`,
    )
  }

  /** Names of those that nobody has taken. */
  get unused(): string[] {
    return this.#given.sockets.filter(socket => !this.#taken.has(socket)).map(({ name }) => name)
  }

  #checkAny(asked: string, instead: string): void {
    const { sockets, socketsOf } = this.#given
    if (sockets.length > 0) return
    if (socketsOf !== undefined)
      throw new Misuse(
        `${asked}: the sockets of systemd are for process ${socketsOf}, and this one is ${process.pid}; a script that starts it has to exec it`,
      )
    throw new Misuse(
      `${asked}: systemd has handed over no socket; start it by its .socket unit, or write ${instead}`,
    )
  }
}

interface Looked {
  kind: Kind | undefined
  /** One with somebody at the other end. */
  isConnection: boolean
  address: string
  place: HostPort | undefined
  /** In words: `syslog (UDP [::]:514)`. */
  about: string
}

function look(linux: Linux, { fd, name }: GivenSocket): Looked {
  try {
    const number = (option: number) => linux.getOption(fd, option, 4).readInt32LE()
    const family = FAMILIES[number(SOCKET_OPTION.domain)]
    const type = number(SOCKET_OPTION.type)
    const socketAddress = linux.socketName(fd)
    const address = formatSocketAddress(socketAddress)
    const kind = kindOf(family, type)
    return {
      kind,
      isConnection: type === STREAM && number(SOCKET_OPTION.accepts) === 0,
      address,
      place: hostPortIn(socketAddress),
      about: `${name} (${kind ?? 'of another kind'}${address && ` ${address}`})`,
    }
  } catch {
    // A named pipe, say, or what was closed.
    return {
      kind: undefined,
      isConnection: false,
      address: '',
      place: undefined,
      about: `${name} (no socket)`,
    }
  }
}

function kindOf(family: string | undefined, type: number): Kind | undefined {
  if (family === 'IP') return type === DATAGRAM ? 'UDP' : type === STREAM ? 'TCP' : undefined
  if (family === 'unix')
    return type === DATAGRAM ? 'unix datagram' : type === STREAM ? 'unix stream' : undefined
  return undefined
}

function listOf(all: readonly Looked[]): string {
  return all.map(({ about }) => about).join(', ')
}
